"""Which job runs where, by whose lease, on how many slots, and what waits for what."""
