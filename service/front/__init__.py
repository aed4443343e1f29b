"""A job's front at any of its revisions, and what becomes of its models."""
