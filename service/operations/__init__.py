"""What keeps a deployment going: chores, retention, figures, examinations, backups."""
