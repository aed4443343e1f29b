"""The Ray cluster from outside: its head, its jobs, and where they differ from what should run."""
