"""What each group of commands takes. Nothing here loads what the commands need."""
