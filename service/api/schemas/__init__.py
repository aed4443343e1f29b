"""What the public API answers with, a file for each thing that it answers about."""
