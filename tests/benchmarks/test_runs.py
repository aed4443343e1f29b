"""Runs of the comparison of searches: what is on disk is not done again."""

from pathlib import Path

from numpy.random import default_rng

from benchmarks.comparison import ARMS as COMPARED
from benchmarks.peers.runs import ARMS, Model, Run, run
from benchmarks.peers.task import Found, Replay, Task, read_found, write_found
from searchspace.dimensions import RandomSuggest


def task(folder: Path) -> Task:
    return Task("digits", None, "tiny", 1, str(folder), str(folder), seed=0)


def test_a_run_that_is_there_is_read(tmp_path: Path) -> None:
    values = {"accuracy": 0.5, "params": 100.0, "latency_ms": 0.1}
    there = Run("an arm that nobody has", 0, 12.5, (Model(10.0, values, "a.safetensors"),))
    there.write(tmp_path)
    assert run(there.arm, task(tmp_path), 1e9) == there


def test_what_several_processes_found_is_read_in_the_order_in_which_it_came(
    tmp_path: Path,
) -> None:
    one, other = Found(1.0, {"accuracy": 0.5}, "a"), Found(2.0, {"accuracy": 0.6}, "b")
    assert read_found(tmp_path) == []
    write_found(tmp_path, [one])
    write_found(tmp_path, [other])
    assert read_found(tmp_path) == [one, other]


def test_every_arm_that_is_compared_can_be_run() -> None:
    assert set(ARMS) == set(COMPARED)


def test_a_configuration_decodes_to_the_point_that_was_sampled(tmp_path: Path) -> None:
    space = task(tmp_path).space()
    asked = _Kept(RandomSuggest(default_rng(0)))
    parameters = space.sample(asked)
    assert space.sample(Replay(asked.config)) == parameters


class _Kept:
    """Keeps what was sampled under each name, as Optuna's trials do."""

    def __init__(self, suggest: RandomSuggest) -> None:
        self._suggest = suggest
        self.config = {}

    def suggest_categorical(self, name, choices):
        return self.config.setdefault(name, self._suggest.suggest_categorical(name, choices))

    def suggest_int(self, name, low, high):
        return self.config.setdefault(name, self._suggest.suggest_int(name, low, high))

    def suggest_float(self, name, low, high, *, log):
        return self.config.setdefault(name, self._suggest.suggest_float(name, low, high, log=log))
