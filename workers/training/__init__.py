"""Training of one network, and its scores."""
