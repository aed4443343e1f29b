"""Pure vocabulary and maths of the search: no web, database, Ray, Optuna or torch."""
