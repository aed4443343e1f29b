"""How slots are shared out, and whose turn is next: the deciders, against a plain one."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from service.protocol import Node
from service.queue.slots import Capacity, Contender, Held, entitled, line, share_out


def capacity(*cpus: float, gpus: float = 0) -> Capacity:
    return Capacity(tuple(Node(cpus=c, gpus=gpus) for c in cpus))


def contender(job_id: str, **given: object) -> Contender:
    """A job of one-CPU trials that would take all there is."""
    job = Contender(
        job_id, team="blue", owner="Ada", priority=0, cpus=1, gpus=0, custom=None, wanted=100
    )
    return replace(job, **given)  # type: ignore[arg-type]


def shared(offered: Capacity, *jobs: Contender, **limits: float) -> list[int]:
    """Slots in the order of the jobs."""
    return list(share_out(offered, jobs, limits).values())


def test_a_job_alone_gets_what_it_wants_and_no_more_than_there_is() -> None:
    assert shared(capacity(8), contender("a", wanted=3)) == [3]
    assert shared(capacity(8), contender("a")) == [8]
    assert shared(capacity(8), contender("a", cpus=3)) == [2]
    assert shared(capacity(8), contender("a", wanted=0)) == [0]
    assert shared(Capacity(), contender("a")) == [0]


def test_tenths_of_a_cpu_fill_it() -> None:
    assert shared(capacity(0.3), contender("a", cpus=0.1)) == [3]


def test_a_more_urgent_job_takes_everything_it_wants() -> None:
    usual, urgent = contender("a", slots=4), contender("b", priority=1, wanted=3)
    assert shared(capacity(4), usual, urgent) == [1, 3]
    assert shared(capacity(4), usual, replace(urgent, wanted=9)) == [0, 4]


def test_jobs_of_one_owner_share_evenly_and_the_odd_slot_stays_where_it_is() -> None:
    assert shared(capacity(5), contender("a"), contender("b")) == [3, 2]
    assert shared(capacity(5), contender("a", slots=2), contender("b", slots=3)) == [2, 3]
    assert shared(capacity(2), contender("a"), contender("b"), contender("c")) == [1, 1, 0]


def test_what_one_does_not_want_the_others_get() -> None:
    assert shared(capacity(9), contender("a", wanted=1), contender("b"), contender("c")) == [
        1,
        4,
        4,
    ]


def test_teams_share_evenly_however_many_jobs_and_owners_they_have() -> None:
    crowd = [contender(f"a{i}", owner=f"owner {i % 3}") for i in range(6)]
    lone = contender("z", team="red")
    slots = share_out(capacity(8), [*crowd, lone], {})
    assert slots["z"] == 4
    assert sum(slots[job.job_id] for job in crowd) == 4


def test_owners_of_a_team_share_evenly_however_many_jobs_they_have() -> None:
    many = [contender(f"a{i}") for i in range(5)]
    one = contender("z", owner="Grace")
    slots = share_out(capacity(6), [*many, one], {})
    assert slots["z"] == 3


def test_what_a_team_holds_by_priority_counts_against_it_among_equals() -> None:
    urgent = contender("a", priority=5, wanted=2)
    mine, yours = contender("b", slots=4), contender("c", team="red")
    assert shared(capacity(6), urgent, mine, yours) == [2, 1, 3]


def test_a_trial_needs_one_node_that_holds_it_whole() -> None:
    assert shared(capacity(2, 2, 1), contender("a", cpus=2)) == [2]
    assert shared(capacity(3, 3), contender("a", cpus=2), contender("b", team="red")) == [2, 2]


def test_trials_without_a_gpu_leave_the_gpus_to_those_with_one() -> None:
    nodes = Capacity((Node(cpus=2, gpus=2), Node(cpus=2, gpus=0)))
    plain, needy = contender("a", wanted=2), contender("b", team="red", gpus=1, wanted=2)
    assert shared(nodes, plain, needy) == [2, 2]
    assert shared(capacity(4), contender("a", gpus=1)) == [0]


def test_a_custom_resource_is_taken_where_it_is_and_left_to_those_that_need_it() -> None:
    nodes = Capacity((Node(cpus=2, gpus=0, custom={"tpu": 1}), Node(cpus=2, gpus=0)))
    needy = contender("b", team="red", custom={"tpu": 0.5})
    assert shared(nodes, needy) == [2]
    assert shared(nodes, contender("a", wanted=2), needy) == [2, 2]
    assert shared(nodes, contender("a", custom={"fpga": 1})) == [0]


def test_a_custom_resource_counts_by_its_part_of_all_there_are() -> None:
    node = Capacity((Node(cpus=100, gpus=0, custom={"tpu": 4}),))
    greedy = contender("a", custom={"tpu": 1})
    modest = contender("b", team="red", custom={"tpu": 0.5})
    assert shared(node, greedy, modest) == [2, 4]


def test_a_job_that_needs_what_another_lacks_is_not_passed_over_with_it() -> None:
    offered = Capacity((Node(cpus=2, gpus=0, custom={"tpu": 1}),))
    running = [contender("r", custom={"tpu": 1}, slots=1, wanted=1)]
    waiting = [
        contender("1", custom={"tpu": 1}),
        contender("2", custom={"tpu": 1}),
        contender("3"),
    ]
    assert [job.job_id for job, _ in entitled(waiting, offered, running, {})] == ["3"]


def test_gpus_count_by_the_larger_part() -> None:
    node = Capacity((Node(cpus=100, gpus=4),))
    greedy = contender("a", gpus=1)
    modest = contender("b", team="red", gpus=0.5)
    assert shared(node, greedy, modest) == [2, 4]


def test_a_quota_of_slots_holds_a_team_back_and_gives_the_rest_away() -> None:
    mine, yours = contender("a"), contender("b", team="red")
    assert shared(capacity(8), mine, yours, blue=2) == [2, 6]
    assert shared(capacity(8), replace(mine, cpus=1.5), yours, blue=2) == [1, 6]
    assert shared(capacity(8), mine, yours, blue=-1) == [0, 8]


def test_no_trial_is_stopped_for_an_equal() -> None:
    running = contender("b", team="red", slots=1)
    assert shared(capacity(1), contender("a"), running) == [0, 1]
    assert shared(capacity(1), contender("a", team="red"), running) == [0, 1]
    assert shared(capacity(1), contender("a", team="red", owner="Ada Z"), running) == [0, 1]


names = st.sampled_from("abc")
jobs_of_one_cpu = st.lists(
    st.builds(
        Contender,
        job_id=st.uuids().map(str),
        team=names,
        owner=names,
        priority=st.integers(-1, 1),
        cpus=st.just(1.0),
        gpus=st.just(0.0),
        custom=st.none(),
        wanted=st.integers(0, 5),
        slots=st.integers(0, 3),
    ),
    max_size=8,
    unique_by=lambda job: job.job_id,
)


def plainly(cpus: int, jobs: list[Contender], limits: dict[str, float]) -> dict[str, int]:
    """The same rule, slot by slot and without heaps."""
    slots = {job.job_id: 0 for job in jobs}

    def holds(*who: str) -> tuple[int, bool]:
        theirs = [job for job in jobs if (job.team, job.owner)[: len(who)] == who]
        now = sum(slots[job.job_id] for job in theirs)
        return now, now >= sum(job.slots for job in theirs)

    def alone(job: Contender) -> tuple[int, bool, str]:
        return slots[job.job_id], slots[job.job_id] >= job.slots, job.job_id

    for _ in range(cpus):
        takers = [
            job
            for job in jobs
            if slots[job.job_id] < job.wanted and holds(job.team)[0] < limits.get(job.team, cpus)
        ]
        takers = [job for job in takers if job.priority == max(t.priority for t in takers)]
        of_owners: dict[tuple[str, str], Contender] = {}
        for job in sorted(takers, key=alone):
            of_owners.setdefault((job.team, job.owner), job)
        of_teams: dict[str, Contender] = {}
        by_owner = sorted(of_owners.values(), key=lambda j: (*holds(j.team, j.owner), j.job_id))
        for job in by_owner:
            of_teams.setdefault(job.team, job)
        if not of_teams:
            break
        chosen = min(of_teams.values(), key=lambda j: (*holds(j.team), j.job_id))
        slots[chosen.job_id] += 1
    return slots


@given(st.integers(0, 12), jobs_of_one_cpu, st.dictionaries(names, st.integers(0, 4), max_size=2))
def test_shares_equal_those_of_the_plain_rule(
    cpus: int, jobs: list[Contender], limits: dict[str, float]
) -> None:
    offered = Capacity(tuple(Node(cpus=1, gpus=0) for _ in range(cpus)))
    ours = share_out(offered, jobs, limits)
    assert sum(ours.values()) <= cpus
    assert ours == plainly(cpus, jobs, limits)


@given(st.integers(0, 12), jobs_of_one_cpu)
def test_shares_do_not_move_by_themselves(cpus: int, jobs: list[Contender]) -> None:
    offered = capacity(cpus)
    once = share_out(offered, jobs, {})
    settled = [replace(job, slots=once[job.job_id]) for job in jobs]
    assert share_out(offered, settled, {}) == once


def test_turns_go_by_priority_then_between_teams_then_between_owners_then_by_age() -> None:
    waiting = [
        contender("1"),
        contender("2"),
        contender("3", owner="Grace"),
        contender("4", team="red"),
        contender("5", team="red"),
        contender("6", priority=1),
    ]
    turns = [job.job_id for job in line(waiting, Held(capacity(4)))]
    # Job 6 gives blue and Ada their first turn.
    assert turns == ["6", "4", "3", "5", "1", "2"]


def test_who_holds_the_most_comes_last() -> None:
    held = Held(capacity(4))
    held.add(contender("0"), trials=3)
    waiting = [contender("1"), contender("2", owner="Grace"), contender("3", team="red")]
    assert [job.job_id for job in line(waiting, held)] == ["3", "2", "1"]
