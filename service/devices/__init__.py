"""People's own devices, on which latencies are measured."""
