"""Builds and runs the stages of deploy/Dockerfile without a container engine.

A stage is an overlay over this machine's root, entered by chroot in mounts of its own; what stands for the
image of Python is an environment without packages, first in PATH. All else is the file's: every RUN as
root in the stage, COPY out of what .dockerignore lets in, and then the command as the user that it names,
on a root that cannot be written, with neither capabilities nor a network but its own loopback.
Mounts need root.
"""

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path

PYTHON = "/opt/python"
BASE_PATH = f"{PYTHON}/bin:/usr/sbin:/usr/bin:/sbin:/bin"
RUN_SECONDS = 1200.0
STOP_SECONDS = 60.0


@dataclass(frozen=True)
class Stage:
    """What one FROM begins, as far as its instructions were carried out.

    layer: the folder of what was written by it and by those that it began from.
    """

    layer: Path
    environment: Mapping[str, str] = field(default_factory=dict)
    workdir: str = "/"
    user: str = "0:0"
    entrypoint: tuple[str, ...] = ()
    command: tuple[str, ...] = ()
    health: tuple[str, ...] = ()

    def mounted(self, at: Path) -> str:
        """Shell commands that mount it."""
        options = f"lowerdir=/,upperdir={self.layer / 'written'},workdir={self.layer / 'work'}"
        lines = [f"mount -t overlay overlay -o {options} {at}"]
        lines += [f"mount --rbind /{name} {at}/{name}" for name in ("proc", "dev")]
        return "\n".join(lines)

    def entered(self, at: Path, command: Sequence[str], *limits: str) -> str:
        """The shell command that becomes `command` in it."""
        variables = [f"{name}={value}" for name, value in self.environment.items()]
        inside = f"cd {shlex.quote(self.workdir)} && exec {shlex.join(command)}"
        parts = ["chroot", str(at), *limits, "env", "-i", *variables, "sh", "-ec", inside]
        return f"exec {shlex.join(parts)}"


class Images:
    """folder: for what the stages write; on a file system that may be the upper one of an overlay."""

    def __init__(self, root: Path, folder: Path) -> None:
        self._context = root
        self._folder = folder
        self._at = folder / "root"
        self._at.mkdir()
        self._stages: dict[str, Stage] = {}
        self._instructions = _instructions((root / "deploy" / "Dockerfile").read_text())

    def build(self, name: str) -> Stage:
        if name not in self._stages:
            (_, begin), *rest = self._instructions[name]
            parent = begin.split()[0]
            known = parent in self._instructions
            stage = self._on_top_of(self.build(parent) if known else self._python(), name)
            for instruction, text in rest:
                stage = self._carry_out(stage, instruction, text)
            self._stages[name] = stage
        return self._stages[name]

    def start(self, stage: Stage, data: Path, log: Path, *arguments: str) -> "Container":
        """What the image does by itself, with `data` as its volume."""
        uid, gid = (int(part) for part in stage.user.split(":"))
        os.chown(data, uid, gid)
        lines = [
            "ip link set lo up",
            stage.mounted(self._at),
            f"mount -t tmpfs tmpfs {self._at}/tmp",
            f"mount --bind {data} {self._at}/data",
            f"mount -o remount,ro {self._at}",
        ]
        limits = ["setpriv", f"--reuid={uid}", f"--regid={gid}", "--clear-groups"]
        limits += ["--no-new-privs", "--bounding-set=-all"]
        command = [*stage.entrypoint, *(arguments or stage.command)]
        script = "\n".join([*lines, stage.entered(self._at, command, *limits)])
        with log.open("wb") as file:
            process = subprocess.Popen(
                ["unshare", "--mount", "--net", "sh", "-ec", script], stdout=file, stderr=file
            )
        return Container(process, stage, self._at, tuple(limits))

    def _python(self) -> Stage:
        """What is expected of the image of Python."""
        variables = {name: value for name, value in os.environ.items() if name[:4] == "PIP_"}
        environment = {"PATH": BASE_PATH, "HOME": "/root", **variables}
        stage = Stage(self._layer("python"), environment)
        interpreter = Path(sys.base_prefix) / "bin" / "python3.11"
        self._run(stage, [str(interpreter), "-m", "venv", PYTHON])
        # Of an interpreter in somebody's home; this changes the overlay alone.
        for folder in interpreter.parents:
            self._run(stage, ["chmod", "a+x", str(folder)])
        return stage

    def _on_top_of(self, parent: Stage, name: str) -> Stage:
        layer = self._layer(name)
        # A layer below another one must not lie in the root that is below both.
        copy = ["cp", "--archive", "--preserve=all", f"{parent.layer / 'written'}/."]
        subprocess.run([*copy, str(layer / "written")], check=True)
        return replace(parent, layer=layer)

    def _layer(self, name: str) -> Path:
        layer = self._folder / name
        for part in ("written", "work"):
            (layer / part).mkdir(parents=True)
        return layer

    def _carry_out(self, stage: Stage, instruction: str, text: str) -> Stage:
        match instruction:
            case "RUN":
                self._run(stage, ["sh", "-c", text])
            case "COPY":
                self._copy(stage, text.split())
            case "ENV":
                given = dict(part.split("=", 1) for part in shlex.split(text))
                return replace(stage, environment={**stage.environment, **given})
            case "WORKDIR":
                self._run(replace(stage, workdir="/"), ["mkdir", "-p", text])
                return replace(stage, workdir=text)
            case "USER":
                return replace(stage, user=text)
            case "ENTRYPOINT":
                return replace(stage, entrypoint=tuple(json.loads(text)))
            case "CMD":
                return replace(stage, command=tuple(json.loads(text)))
            case "HEALTHCHECK":
                return replace(stage, health=tuple(json.loads(text.partition(" CMD ")[2])))
            case "ARG" | "EXPOSE" | "VOLUME":
                pass
            case _:
                raise NotImplementedError(instruction)
        return stage

    def _copy(self, stage: Stage, words: list[str]) -> None:
        *sources, target = words
        inside = Path(stage.workdir) / target
        written = stage.layer / "written" / inside.relative_to("/")
        if sources[0].startswith("--from="):
            origin = self.build(sources.pop(0).removeprefix("--from="))
            (source,) = sources
            # Its layer holds all that was copied into it, which is what is asked for.
            folder = origin.layer / "written" / source.lstrip("/")
            shutil.copytree(folder, written, dirs_exist_ok=True)
            return
        _require_let_in(sources, (self._context / ".dockerignore").read_text())
        for source in sources:
            path = self._context / source
            if path.is_dir():
                ignored = shutil.ignore_patterns("__pycache__")
                shutil.copytree(path, written, ignore=ignored, dirs_exist_ok=True)
            else:
                written.mkdir(parents=True, exist_ok=True)
                shutil.copy(path, written)

    def _run(self, stage: Stage, command: Sequence[str]) -> None:
        script = f"{stage.mounted(self._at)}\n{stage.entered(self._at, command)}"
        ran = subprocess.run(
            ["unshare", "--mount", "sh", "-ec", script],
            capture_output=True,
            text=True,
            timeout=RUN_SECONDS,
            check=False,
        )
        assert ran.returncode == 0, f"{shlex.join(command)}: {ran.stdout}\n{ran.stderr}"


@dataclass(frozen=True)
class Container:
    process: subprocess.Popen[bytes]
    stage: Stage
    at: Path
    limits: tuple[str, ...]

    def run(self, *command: str) -> subprocess.CompletedProcess[str]:
        """Another command in it."""
        script = self.stage.entered(self.at, command, *self.limits)
        inside = [
            "nsenter",
            f"--target={self.process.pid}",
            "--mount",
            "--net",
            "sh",
            "-ec",
            script,
        ]
        return subprocess.run(inside, capture_output=True, text=True, check=False, timeout=120)

    def is_healthy(self) -> bool:
        assert self.process.poll() is None, "it has ended"
        return self.run(*self.stage.health).returncode == 0

    def stop(self) -> int:
        """Its exit status."""
        self.process.terminate()
        with suppress(subprocess.TimeoutExpired):
            self.process.wait(STOP_SECONDS)
        self.process.kill()
        return self.process.wait()


def _instructions(text: str) -> dict[str, list[tuple[str, str]]]:
    """Of each stage, FROM first."""
    lines = [line for line in text.splitlines() if line.strip() and line[0] != "#"]
    whole = re.sub(r"\\\n\s*", "", "\n".join(lines))
    stages: dict[str, list[tuple[str, str]]] = {}
    name = ""
    for line in whole.splitlines():
        instruction, _, rest = line.partition(" ")
        if instruction == "FROM":
            name = rest.rpartition(" AS ")[2]
            stages[name] = []
        stages[name].append((instruction, rest))
    return stages


def _require_let_in(sources: Sequence[str], ignored: str) -> None:
    let_in = {line[1:] for line in ignored.splitlines() if line[:1] == "!"}
    assert set(sources) <= let_in, "not in the build's context"
