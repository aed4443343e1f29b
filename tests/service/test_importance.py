"""Importances by a program: its deadline, its failures, and what is kept of its answers."""

import sys
import threading

import pytest

from service.figures.importance import LEAST_TRIALS, Importance, NotComputed, Question

QUESTION = Question({}, {}, [{"parameters": {}, "values": {}}] * LEAST_TRIALS)
ANSWERS = 'print(\'{"shares": {"accuracy": {"a": 1.0}}, "trials": 3}\')'


def computing(code: str, seconds: float = 30.0) -> Importance:
    return Importance(seconds, (sys.executable, "-c", code))


def test_an_account_stands_for_nearly_all_trials():
    importance = computing(ANSWERS)
    assert importance.known("job_1", 100) is None
    account = importance.compute("job_1", 100, QUESTION)
    assert (account.shares, account.trials, account.complete) == (
        {"accuracy": {"a": 1.0}},
        3,
        LEAST_TRIALS,
    )
    assert importance.known("job_1", 105) is account
    assert importance.known("job_1", 106) is None
    assert importance.known("job_2", 100) is None


def test_whoever_waited_gets_what_another_has_computed(tmp_path):
    runs = tmp_path / "runs"
    importance = computing(f"open({str(runs)!r}, 'a').write('x'); {ANSWERS}")
    threads = [
        threading.Thread(target=importance.compute, args=("job_1", 10, QUESTION)) for _ in range(3)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert runs.read_text() == "x"


@pytest.mark.parametrize(
    ("code", "why"),
    [
        ("import no_such_optuna", "This server is without Optuna, which computes it."),
        ("raise ValueError('secret')", "It could not be computed from these trials."),
    ],
)
def test_no_account_says_why(code: str, why: str):
    importance = computing(code)
    with pytest.raises(NotComputed, match=f"^{why}$"):
        importance.compute("job_1", 10, QUESTION)
    assert importance.known("job_1", 10) is None


def test_a_program_that_takes_too_long_is_ended():
    importance = computing("import threading; threading.Event().wait()", seconds=0.2)
    with pytest.raises(NotComputed, match="not computed within"):
        importance.compute("job_1", 10, QUESTION)


def test_it_is_told_no_secret(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("TCLSEARCH_DATABASE_URL", "postgresql://secret")
    importance = computing(
        "import json, os; told = [name for name in os.environ if name.startswith('TCLSEARCH')]; "
        "print(json.dumps({'shares': {}, 'trials': len(told)}))"
    )
    assert importance.compute("job_1", 10, QUESTION).trials == 0


def test_no_program_is_run_for_too_few_trials():
    few = Question({}, {}, QUESTION.trials[1:])
    with pytest.raises(NotComputed, match="there are 9"):
        computing("raise SystemExit(1)").compute("job_1", 9, few)
