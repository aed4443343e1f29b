"""One job's search: what to try next, who goes on, and what is recorded of it."""
