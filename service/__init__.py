"""The control plane: the only code that touches the database. Never loads Ray, Optuna or torch."""
