"""Records that a random history wishes for: sensible ones and any others."""

from collections.abc import Callable
from typing import NamedTuple

from hypothesis import strategies as st

from service.lifecycle import TrialReason
from service.protocol import Record
from tests.factories import measure, model, report, reserve, start, stop
from tests.service.plane import Plane
from tests.service.queue_model import STOPPED_AS, TRIAL_TERMINAL, ModelJob


class Wish(NamedTuple):
    """A record that may or may not be acceptable.

    place: among the job's trials; for a reservation, from the next number on. ahead: of the
    trial's attempt. twist: says something else than the untwisted record of the same place.
    """

    kind: str
    place: int
    ahead: int = 0
    reason: str = "finished"
    twist: bool = False
    epoch: int = 1


ANY_WISH = st.builds(
    Wish,
    st.sampled_from(["reserve", "start", "measure", "report", "stop"]),
    st.integers(-1, 5),
    st.integers(-1, 1),
    st.sampled_from(sorted(STOPPED_AS)),
    st.booleans(),
    st.integers(1, 3),
)


def sensible(job: ModelJob, pick: int) -> Wish:
    """What a good runner could say next; something that is said already when all is done."""
    live = [n for n, trial in enumerate(job.trials) if trial.state not in TRIAL_TERMINAL]
    if len(job.trials) < job.budget and (pick % 3 == 0 or not live):
        return Wish("reserve", pick % 2)
    if not live:
        return Wish("reserve", -(pick % 2))
    number = live[pick % len(live)]
    if job.trials[number].state != "running":
        return Wish("start", number)
    kind = ("measure", "report", "stop", "report")[pick % 4]
    reason = ("finished", "paused", "finished", "crash", "early_stopped")[pick // 16 % 5]
    return Wish(kind, number, reason=reason, epoch=1 + pick // 4 % 3)


def fulfil(job: ModelJob, wish: Wish, plane: Plane) -> tuple[Record, Callable[[], None]]:
    """The record that is wished for, and what storing it does to the model."""
    if wish.kind == "reserve":
        number = max(0, len(job.trials) + wish.ahead + min(0, wish.place))
        seed = 1 if wish.twist else 1000 + number
        point = job.points[0] if job.points and wish.place % 2 == 0 else None
        if wish.place == 5:
            point = "pnt_unheard"
        made = reserve(number, seed=seed, point=point)
        return made, lambda: job.reserve(number, seed, point)
    number = max(0, wish.place)
    began = job.trials[number].attempts if number < len(job.trials) else 0
    attempt = max(1, began + wish.ahead + (wish.kind == "start"))
    accuracy = 0.75 if wish.twist else 0.5
    match wish.kind:
        case "start":
            return start(number, attempt), lambda: job.trial(number).start(attempt)
        case "measure":
            made = measure(number, attempt, fastest=accuracy)
            return made, lambda: job.trial(number).measure(attempt, accuracy)
        case "report":
            kept = plane.artifact(f"{number} {wish.epoch}") if wish.epoch == 3 else None
            made = report(number, wish.epoch, attempt, accuracy=accuracy, checkpoint=kept)
            return made, lambda: job.trial(number).report(attempt, wish.epoch, accuracy)
    reason = TrialReason(wish.reason)
    if reason is not TrialReason.FINISHED:
        made = stop(number, reason=reason, attempt=attempt)
        return made, lambda: job.stop(number, attempt, wish.reason, None)
    accuracy = wish.epoch / 4 + wish.twist / 8
    ended = model(plane.artifact(f"{number} {wish.epoch}"), accuracy, ms=1 + number % 2)
    made = stop(number, ended, attempt=attempt)
    return made, lambda: job.stop(number, attempt, wish.reason, ended)
