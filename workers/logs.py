"""The log of a process that keeps running, with secrets blotted out."""

import logging
import re
import sys
from types import TracebackType

_TOKEN = re.compile(r"\b(tcl_|tcr_(?:job_[0-9a-f]{32}_[0-9]+_)?|whs_)[A-Za-z0-9_-]{16,}")
_URL_PASSWORD = re.compile(r"(://[^\s/:@]*:)[^\s\"'<>]+(?=@)")
_NAMED_PASSWORD = re.compile(r"\b((?:password|passwd|pwd)\s*[=:]\s*)[^\s&;,\"']+", re.IGNORECASE)
_BLOT = r"\1***"


def blot(text: str) -> str:
    """A text without the tokens and passwords in it; what they were for can still be told."""
    for pattern in (_TOKEN, _URL_PASSWORD, _NAMED_PASSWORD):
        text = pattern.sub(_BLOT, text)
    return text


class BlottingFormatter(logging.Formatter):
    """Blots out of what is written in the end: arguments and tracebacks included."""

    def format(self, record: logging.LogRecord) -> str:
        return blot(super().format(record))


def start_logging(form: str = logging.BASIC_FORMAT) -> None:
    """Log to stderr from now on, errors that nobody catches included."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(BlottingFormatter(form))
    logging.basicConfig(level=logging.INFO, handlers=[handler])
    # It tells of every request at this level.
    logging.getLogger("httpx").setLevel(logging.WARNING)
    sys.excepthook = _log_uncaught


def _log_uncaught(
    kind: type[BaseException], error: BaseException, traceback: TracebackType | None
) -> None:
    if issubclass(kind, KeyboardInterrupt):
        sys.__excepthook__(kind, error, traceback)
    else:
        logging.getLogger("tclsearch").critical("ended", exc_info=(kind, error, traceback))
