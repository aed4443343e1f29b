"""The execution plane: everything that needs Ray, Optuna or torch. Holds no database credentials."""
