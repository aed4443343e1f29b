"""A job's results in the forms of other tools; each module needs its tool, and is loaded for it."""
