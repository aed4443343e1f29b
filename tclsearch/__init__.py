"""The command line, and what it takes to serve everything from one machine."""
