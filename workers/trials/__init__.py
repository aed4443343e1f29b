"""One trial in its process: measured, trained, delivered."""
