"""A command in a pseudo-terminal of its own, and what is on its screen."""

import fcntl
import os
import pty
import re
import select
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

ROWS, COLUMNS = 50, 120
PATIENCE_SECONDS = 40.0
_CONTROL = re.compile(r"\x1b\[[0-?]*[ -/]*[@-~]")


@dataclass
class Terminal:
    """said: everything that was written, without colours and movements of the cursor."""

    process: subprocess.Popen[bytes]
    _master: int
    _raw: bytearray = field(default_factory=bytearray)

    @property
    def said(self) -> str:
        return _CONTROL.sub("", self._raw.decode(errors="replace"))

    def wait_for(self, *texts: str) -> None:
        """Read on until every text has been written since the last wait."""
        begun, deadline = len(self.said), time.monotonic() + PATIENCE_SECONDS
        while not all(text in self.said[begun:] for text in texts):
            assert time.monotonic() < deadline, self.said[begun:][-4000:]
            assert self._read(), self.said[begun:][-4000:]

    def end(self) -> int:
        """Read to the end; the exit status."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        while self._read():
            assert time.monotonic() < deadline, self.said[-4000:]
        return self.process.wait(PATIENCE_SECONDS)

    def _read(self) -> bool:
        """Whether there may be more."""
        ready, _, _ = select.select([self._master], [], [], PATIENCE_SECONDS)
        try:
            chunk = os.read(self._master, 65536) if ready else b""
        except OSError:  # the other end is closed
            return False
        self._raw += chunk
        return bool(chunk)


@contextmanager
def terminal(*arguments: str, **environment: str) -> Iterator[Terminal]:
    master, slave = pty.openpty()
    fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", ROWS, COLUMNS, 0, 0))
    process = subprocess.Popen(
        # Who runs the tests in the background has Ctrl-C ignored by all that is started.
        ["env", "--default-signal=INT", sys.executable, "-m", "tclsearch.main", *arguments],
        stdin=slave,
        stdout=slave,
        stderr=slave,
        env={**os.environ, "TERM": "xterm-256color", **environment},
        start_new_session=True,
    )
    os.close(slave)
    try:
        yield Terminal(process, master)
    finally:
        if process.poll() is None:
            process.kill()
            process.wait()
        os.close(master)
