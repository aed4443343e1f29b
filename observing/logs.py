"""The log of a process that keeps running, with secrets blotted out.

`TCLSEARCH_LOG` chooses lines for people (`text`) or one JSON object a line (`json`). Both tell what
the work at hand belongs to (`observing.context`).
"""

import fcntl
import json
import logging
import os
import re
import stat
import sys
from datetime import UTC, datetime
from types import TracebackType
from typing import TextIO

from observing.context import fields

VARIABLE = "TCLSEARCH_LOG"
FORMS = ("text", "json")

_TOKEN = re.compile(r"\b(tcl_|tcr_(?:job_[0-9a-f]{32}_[0-9]+_)?|whs_)[A-Za-z0-9_-]{16,}")
_URL_PASSWORD = re.compile(r"(://[^\s/:@]*:)[^\s\"'<>]+(?=@)")
_NAMED_PASSWORD = re.compile(r"\b((?:password|passwd|pwd)\s*[=:]\s*)[^\s&;,\"']+", re.IGNORECASE)
_BLOT = r"\1***"


def blot(text: str) -> str:
    """A text without the tokens and passwords in it; what they were for can still be told."""
    for pattern in (_TOKEN, _URL_PASSWORD, _NAMED_PASSWORD):
        text = pattern.sub(_BLOT, text)
    return text


class TextFormatter(logging.Formatter):
    """Lines for people. Blots out of what is written in the end, arguments and tracebacks included."""

    def format(self, record: logging.LogRecord) -> str:
        return blot(super().format(record))

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802  logging's name
        told = " ".join(f"{name}={value}" for name, value in fields().items())
        line = super().formatMessage(record)
        return f"{line} [{told}]" if told else line


class JsonFormatter(logging.Formatter):
    """One JSON object a line: time, level, logger, message, error with its traceback, and the fields
    of `observing.context`: request_id, job_id, epoch, trial, attempt, training_epoch, trace_id.
    """

    def format(self, record: logging.LogRecord) -> str:
        told: dict[str, object] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": blot(record.getMessage()),
            **fields(),
        }
        if record.exc_info:
            told["error"] = blot(self.formatException(record.exc_info))
        # Not blotted as a whole: that could break the JSON.
        return json.dumps(told, ensure_ascii=False, default=lambda value: blot(str(value)))


class BoundedHandler(logging.StreamHandler[TextIO]):
    """Begins the file that it writes to anew when that has grown large, whoever else writes to it.

    Ray appends what a job writes to a file that it never cuts. What is no file, or is written
    elsewhere than at its end, is left alone.

    most_bytes: of the file.
    """

    def __init__(self, stream: TextIO, most_bytes: int) -> None:
        super().__init__(stream)
        self._most_bytes = most_bytes
        file = stream.fileno()
        appended = fcntl.fcntl(file, fcntl.F_GETFL) & os.O_APPEND
        self._file = file if appended and stat.S_ISREG(os.fstat(file).st_mode) else None

    def emit(self, record: logging.LogRecord) -> None:
        # Before it is written, so that the last record is always there.
        if self._file is not None and os.fstat(self._file).st_size > self._most_bytes:
            os.ftruncate(self._file, 0)
        super().emit(record)


def start_logging(form: str = logging.BASIC_FORMAT, most_bytes: int | None = None) -> None:
    """Log to stderr from now on, errors that nobody catches included.

    form: of the lines for people. most_bytes: where stderr is a file that is appended to, it is
        begun anew beyond this size.

    Raises:
        ValueError: TCLSEARCH_LOG is neither text nor json.
    """
    log_to_stderr(form, most_bytes)
    sys.excepthook = _log_uncaught


def log_to_stderr(form: str = logging.BASIC_FORMAT, most_bytes: int | None = None) -> None:
    """Log to stderr, unless whoever started this process has seen to its log already.

    Raises as `start_logging` does.
    """
    chosen = os.environ.get(VARIABLE, "text")
    if chosen not in FORMS:
        raise ValueError(f"{VARIABLE} must be text or json, not {chosen!r}")
    handler: logging.StreamHandler[TextIO] = (
        logging.StreamHandler(sys.stderr)
        if most_bytes is None
        else BoundedHandler(sys.stderr, most_bytes)
    )
    handler.setFormatter(JsonFormatter() if chosen == "json" else TextFormatter(form))
    logging.basicConfig(level=logging.INFO, handlers=[handler])
    # They tell of every request at this level, and of every look at the schema's version.
    for talkative in ("httpx", "alembic.runtime.migration"):
        logging.getLogger(talkative).setLevel(logging.WARNING)


def _log_uncaught(
    kind: type[BaseException], error: BaseException, traceback: TracebackType | None
) -> None:
    if issubclass(kind, KeyboardInterrupt):
        sys.__excepthook__(kind, error, traceback)
    else:
        logging.getLogger("tclsearch").critical("ended", exc_info=(kind, error, traceback))
