"""What an examination of a deployment finds."""

from dataclasses import dataclass
from enum import StrEnum


class Level(StrEnum):
    OK = "ok"
    WARNING = "warning"
    """It works, and may soon not."""
    ERROR = "error"
    """Something does not work."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at.

    check: its name, stable. what: how it is. why: what follows from that. mend: the command, or the
    change, that puts it right. Where all is well there is nothing to say beside `what`.
    """

    check: str
    level: Level
    what: str
    why: str = ""
    mend: str = ""


def fine(check: str, what: str) -> Finding:
    return Finding(check, Level.OK, what)


def warning(check: str, what: str, why: str, mend: str) -> Finding:
    return Finding(check, Level.WARNING, what, why, mend)


def error(check: str, what: str, why: str, mend: str) -> Finding:
    return Finding(check, Level.ERROR, what, why, mend)
