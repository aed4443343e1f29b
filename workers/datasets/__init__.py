"""Image data sets on this machine: one prepared form on disk, and what brings each set into it."""
