"""What becomes of a trained network: its bytes, its other forms, its latency."""
