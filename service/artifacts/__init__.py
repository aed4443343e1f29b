"""Where checkpoints and exported models live: bytes named by their SHA-256, checked when read."""
