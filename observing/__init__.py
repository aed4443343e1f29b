"""What processes tell of themselves while they run: logs and traces."""
