"""What the bodies of requests other than a job's spec hold."""

from datetime import UTC, datetime
from typing import Annotated, Literal

from pydantic import AfterValidator, AwareDatetime, BeforeValidator, Field

from searchspace.architecture import Frozen
from searchspace.spec import Name
from service.team.access import Scope
from service.team.quotas import Quotas
from service.webhooks.targets import MAX_URL


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


def _each_once(scopes: tuple[Scope, ...]) -> tuple[Scope, ...]:
    if len(set(scopes)) != len(scopes):
        raise ValueError("scopes must not repeat")
    return scopes


Scopes = Annotated[
    tuple[Scope, ...],
    Field(min_length=1, json_schema_extra={"uniqueItems": True}),
    AfterValidator(_each_once),
]
PersonsRole = Literal["viewer", "editor", "admin"]


Days = Annotated[int, Field(strict=True, ge=1, le=36_500)]


class NewTeam(Frozen):
    name: Name


class TeamChanges(Frozen):
    """What is not named stays; null lifts a quota, and keeps ended jobs for ever."""

    quotas: Quotas = Quotas()
    retention_days: Days | None = None


class NewMember(Frozen):
    """role: the most that any token of theirs is good for."""

    name: Name
    role: PersonsRole


class MemberChange(Frozen):
    role: PersonsRole


class NewToken(Frozen):
    """A token, of a member or of nobody in particular.

    expires_at: RFC 3339 with a zone; null for a token that lasts until it is revoked.
    member: a member of the team; the token is good for no more than they may, and ends with them.
    scopes: what it may be used for; null for all that its role may.
    """

    name: Name
    team: Name
    role: PersonsRole
    expires_at: Moment | None = None
    member: Name | None = None
    scopes: Scopes | None = None


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


FORMS = (NewTeam, TeamChanges, NewMember, MemberChange, NewToken, NewWebhook)
