"""What the bodies of requests other than a job's spec hold."""

from datetime import UTC, datetime
from typing import Annotated, Literal

from pydantic import AfterValidator, AwareDatetime, BeforeValidator, Field

from searchspace.architecture import Frozen
from searchspace.spec import Name
from service.quotas import Quotas
from service.targets import MAX_URL


def _written_out(value: object) -> object:
    # Pydantic would take seconds since 1970 too, as a number and as text.
    if not isinstance(value, str) or value[4:5] != "-":
        raise ValueError("must be a time as RFC 3339 writes it")
    return value


def _utc(value: datetime) -> datetime:
    try:
        return value.astimezone(UTC)
    except OverflowError:
        raise ValueError("must lie within the years 1 to 9999") from None


Moment = Annotated[AwareDatetime, BeforeValidator(_written_out), AfterValidator(_utc)]


class NewTeam(Frozen):
    name: Name


class TeamChanges(Frozen):
    """A quota that is not named stays; null lifts it."""

    quotas: Quotas


class NewToken(Frozen):
    """expires_at: RFC 3339 with a zone; null for a token that lasts until it is revoked."""

    name: Name
    team: Name
    role: Literal["viewer", "editor", "admin"]
    expires_at: Moment | None = None


def _once_each(kinds: tuple[str, ...]) -> tuple[str, ...]:
    if len(set(kinds)) < len(kinds):
        raise ValueError("must name each kind once")
    return kinds


class NewWebhook(Frozen):
    """events: the kinds of events to send."""

    url: Annotated[str, Field(strict=True, min_length=1, max_length=MAX_URL)]
    events: Annotated[
        tuple[Literal["job.state", "trial.state", "front.changed"], ...],
        Field(min_length=1, json_schema_extra={"uniqueItems": True}),
        AfterValidator(_once_each),
    ] = ("job.state",)


FORMS = (NewTeam, TeamChanges, NewToken, NewWebhook)
