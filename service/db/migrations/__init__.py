"""Schema changes, oldest first; each knows only the tables of its own time."""
