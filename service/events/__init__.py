"""What happened to jobs, in order and without gaps, and who is listening."""
