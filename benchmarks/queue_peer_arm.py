"""Optuna and optuna-dashboard on a study, in an environment of their own (see `queue_peer`).

Reads a study as JSON from standard input, then answers a line for each line: the seconds that
`study.best_trials` and the dashboard's view of the study took.
"""

import json
import sys
import threading
import time
import urllib.request
from wsgiref.simple_server import make_server

import optuna
from optuna.distributions import (
    BaseDistribution,
    CategoricalDistribution,
    FloatDistribution,
    IntDistribution,
)
from optuna_dashboard import wsgi


def main() -> None:
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    given = json.loads(sys.stdin.readline())
    storage = optuna.storages.InMemoryStorage()
    study = optuna.create_study(storage=storage, directions=["minimize"] * len(given["values"][0]))
    spaces = distributions(given["parameters"])
    study.add_trials(
        optuna.trial.create_trial(
            values=values, params=chosen, distributions={name: spaces[name] for name in chosen}
        )
        for values, chosen in zip(given["values"], given["parameters"], strict=True)
    )
    server = make_server("127.0.0.1", 0, wsgi(storage))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    url = f"http://127.0.0.1:{server.server_port}/api/studies/0?after=0"
    print(json.dumps({"ready": len(study.trials)}), flush=True)
    for _ in sys.stdin:
        began = time.perf_counter()
        front = study.best_trials
        best = time.perf_counter() - began
        began = time.perf_counter()
        with urllib.request.urlopen(url) as response:
            response.read()
        view = time.perf_counter() - began
        print(json.dumps({"best": best, "view": view, "front": len(front)}), flush=True)


def distributions(
    parameters: list[dict[str, bool | int | float | str]],
) -> dict[str, BaseDistribution]:
    """The smallest space that holds all the trials."""
    seen: dict[str, set[bool | int | float | str]] = {}
    for chosen in parameters:
        for name, value in chosen.items():
            seen.setdefault(name, set()).add(value)
    return {name: distribution(values) for name, values in seen.items()}


def distribution(values: set[bool | int | float | str]) -> BaseDistribution:
    if all(type(value) is int for value in values):
        return IntDistribution(min(values), max(values))
    if all(type(value) is float for value in values):
        return FloatDistribution(min(values), max(values))
    return CategoricalDistribution(sorted(values, key=str))


if __name__ == "__main__":
    main()
