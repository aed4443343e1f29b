"""A runner's records of its trials, stored in order and behind the fence."""
