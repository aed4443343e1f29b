"""What the documentation shows can be typed: specs, commands, programs and requests."""

import argparse
import ast
import contextlib
import importlib
import io
import json
import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from scripts.docs.api_page import openapi
from scripts.docs.commands_page import leaves
from searchspace.architecture import Shape
from searchspace.datasets import KNOWN, DatasetInfo
from searchspace.spec import JobSpec
from service.api.documents import read_yaml
from service.jobs.compression_form import Compression
from service.jobs.ground import Ground
from service.jobs.plan import plan
from service.protocol import Node
from service.trials.points import check_point
from tclsearch.arguments.parser import build_parser
from tclsearch_client import AsyncClient, Client

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
FENCE = re.compile(r"^( *)```(\w+)[^\n]*\n(.*?)^\1```$", re.MULTILINE | re.DOTALL)

FOLDER = DatasetInfo(
    key="folder-leaves", image=Shape(channels=3, height=64, width=64), classes=5,
    train_images=4000, test_images=1000,
)  # fmt: skip
GROUND = Ground(
    {**KNOWN, FOLDER.key: FOLDER}, [Node(cpus=16, gpus=2)], frozenset({"raspberry-pi-4"})
)
BARE = {"version": 1, "name": "shown in part", "dataset": {"name": "cifar10"}}


def blocks(*languages: str) -> list[Any]:
    """The text of every block in one of the languages."""
    return [
        pytest.param(text, id=f"{page.relative_to(ROOT)}:{number}")
        for page in PAGES
        for number, (_, language, text) in enumerate(FENCE.findall(page.read_text()))
        if language in languages
    ]


@pytest.mark.parametrize("text", blocks("yaml"))
def test_a_spec_is_a_job_that_can_run(text: str) -> None:
    """A part of a spec stands for the whole that is otherwise left to its defaults."""
    document = read_yaml(text)
    assert isinstance(document, dict)
    if "source" in document:
        # Of a compression the weights alone are named elsewhere.
        Compression.parse({**document, "source": {**document["source"], "weights": "0" * 64}})
        return
    assert document.keys() <= JobSpec.model_fields.keys()
    plan({**BARE, **document}, GROUND)


def commands(text: str) -> Iterator[str]:
    """The command lines of a block, with continued lines joined and what they print left out."""
    joined = re.sub(r"\\\n\s*", " ", text)
    prompted = "$ " in joined
    for line in joined.splitlines():
        if line.startswith("$ ") or (line.strip() and not prompted):
            yield line.removeprefix("$ ").strip()


def calls(command: str) -> Iterator[list[str]]:
    """The arguments of every call of `tclsearch` in a command line."""
    for match in re.finditer(r"(?:^|[\s(\"'])tclsearch (?=[a-z-])", command):
        words = re.split(r"[|;&)>]", command[match.end() :])[0]
        yield shlex.split(words.replace("$(", " "), comments=True)


def test_calls_are_found_wherever_they_are() -> None:
    assert list(calls("export T=$(tclsearch token list) && tclsearch jobs | head")) == [
        ["token", "list"],
        ["jobs"],
    ]


@pytest.fixture(scope="module")
def parser() -> argparse.ArgumentParser:
    """Our parser, taking no option that is not written out: what is shown should be searchable."""
    parser = build_parser()
    for _, leaf in leaves(parser):
        leaf.allow_abbrev = False
    return parser


@pytest.mark.parametrize("text", blocks("console", "sh", "bash"))
def test_a_command_line_is_understood(text: str, parser: argparse.ArgumentParser) -> None:
    for arguments in (call for command in commands(text) for call in calls(command)):
        said = io.StringIO()
        try:
            with contextlib.redirect_stderr(said):
                parser.parse_args(arguments)
        except SystemExit:
            pytest.fail(f"tclsearch {shlex.join(arguments)}: {said.getvalue()}")


@pytest.fixture(scope="module")
def routes() -> list[tuple[str, re.Pattern[str]]]:
    return [
        (method.upper(), re.compile(re.sub(r"\\{\w+\\}|\{\w+\}", "[^/]+", path)))
        for path, methods in openapi()["paths"].items()
        for method in methods
    ]


def requests(text: str) -> Iterator[tuple[str, str]]:
    """(method, path) of every request of a block: bare, or as curl sends it."""
    for line in re.sub(r"\\\n\s*", " ", text).splitlines():
        if match := re.match(r"(GET|POST|PUT|PATCH|DELETE) (/\S*)", line):
            yield match[1], match[2].partition("?")[0]
        elif "curl " in line and (
            path := re.search(r"(/(?:api/v1|healthz|readyz)[^\s\"'?]*)", line)
        ):
            method = re.search(r"(?:-X|--request) (\w+)", line)
            sends = re.search(r" (--json|--data(-binary)?|-d) ", line)
            yield method[1] if method else "POST" if sends else "GET", path[1]


@pytest.mark.parametrize("text", blocks("http", "console", "sh", "bash"))
def test_a_request_has_its_route(text: str, routes: list[tuple[str, re.Pattern[str]]]) -> None:
    for method, path in requests(text):
        known = any(m == method and pattern.fullmatch(path) for m, pattern in routes)
        assert known, f"{method} {path}"


@pytest.mark.parametrize("text", blocks("python"))
def test_a_program_is_one(text: str) -> None:
    """One that begins with `# runs` needs no service, and is run. Of others, what they ask of our
    packages is there."""
    tree = ast.parse(text)
    for node in ast.walk(tree):
        match node:
            case ast.ImportFrom(module=str(module)) if module.startswith("tclsearch"):
                imported = importlib.import_module(module)
                assert {each.name for each in node.names} <= vars(imported).keys()
            case ast.Attribute(value=ast.Name(id="client"), attr=method):
                assert hasattr(Client, method), f"Client.{method}"
                assert hasattr(AsyncClient, method), f"AsyncClient.{method}"
    if text.startswith("# runs"):
        exec(compile(tree, "shown", "exec"), {"__name__": "shown"})


@pytest.mark.parametrize("text", blocks("json"))
def test_a_document_is_one(text: str) -> None:
    """A point is one of the job that the tutorial posts."""
    document = json.loads(text)
    if "parameters" in document:
        spec = read_yaml((ROOT / "examples" / "digits.yaml").read_text())
        check_point(spec, KNOWN["digits"].model_dump(), document["parameters"])
