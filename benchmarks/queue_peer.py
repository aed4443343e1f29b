"""The peer of the front: optuna-dashboard and its optuna, in an environment of their own."""

import json
import subprocess
import sys
import venv
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

ENVIRONMENT = Path(__file__).parent / ".peer"
PACKAGES = ("optuna-dashboard>=0.21,<0.22",)


class Peer:
    """A study in the peer's memory, which is where it is fastest."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        self._process = process

    @property
    def answer(self) -> dict[str, Any]:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            raise SystemExit("the peer ended")
        return dict(json.loads(line))

    def measure(self) -> dict[str, Any]:
        """Seconds of `best` and `view`, once more."""
        assert self._process.stdin is not None
        self._process.stdin.write("\n")
        self._process.stdin.flush()
        return self.answer


@contextmanager
def peer(values: list[list[float]], parameters: list[dict[str, Any]]) -> Iterator[Peer]:
    """The peer with a study of these trials; values are to be minimised."""
    arm = Path(__file__).with_name("queue_peer_arm.py")
    process = subprocess.Popen(
        # Not from its own directory, whose `queue` is not the one that others import.
        [_python(), "-P", arm],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdin is not None
    try:
        process.stdin.write(json.dumps({"values": values, "parameters": parameters}) + "\n")
        process.stdin.flush()
        found = Peer(process)
        if found.answer["ready"] != len(values):
            raise SystemExit("the peer has lost trials")
        yield found
    finally:
        process.stdin.close()
        process.terminate()
        process.wait()


def _python() -> Path:
    """Its interpreter, installed at the first call."""
    python = ENVIRONMENT / "bin" / "python"
    if not (ENVIRONMENT / "installed").exists():
        print(f"installing {', '.join(PACKAGES)} into {ENVIRONMENT}", file=sys.stderr)
        venv.create(ENVIRONMENT, clear=True, with_pip=True)
        subprocess.run([python, "-m", "pip", "install", "--quiet", *PACKAGES], check=True)
        (ENVIRONMENT / "installed").touch()
    return python
