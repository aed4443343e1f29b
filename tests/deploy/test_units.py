"""The units for bare machines, as systemd reads them."""

import subprocess
import sys
from pathlib import Path

import pytest

from service.settings import Settings
from tclsearch.main import build_parser

UNITS = sorted((Path(__file__).parents[2] / "deploy" / "systemd").glob("*.service"))
PROGRAM = "/opt/tclsearch/bin/tclsearch"


def values(unit: Path, key: str) -> list[str]:
    lines = unit.read_text().splitlines()
    return [line.removeprefix(f"{key}=") for line in lines if line.startswith(f"{key}=")]


@pytest.mark.slow
@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.stem)
def test_systemd_takes_it(unit: Path, tmp_path: Path) -> None:
    installed = tmp_path / unit.name
    installed.write_text(unit.read_text().replace(PROGRAM, sys.executable))
    ran = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", installed],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (ran.returncode, ran.stderr) == (0, "")


@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.stem)
def test_its_command_and_variables_are_ours(unit: Path) -> None:
    (command,) = values(unit, "ExecStart")
    program, *arguments = command.split()
    assert program == PROGRAM
    assert build_parser().parse_args(arguments).module == "serve"
    given = {pair.split("=")[0] for line in values(unit, "Environment") for pair in line.split()}
    known = {f"TCLSEARCH_{field.upper()}" for field in Settings.__dataclass_fields__}
    known |= {"TCLSEARCH_LOG", "TCLSEARCH_TOKEN"}
    assert {name.removesuffix("_FILE") for name in given} <= known


@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.stem)
def test_it_runs_without_rights_and_its_secrets_are_files(unit: Path) -> None:
    assert values(unit, "User") == ["tclsearch"] or values(unit, "DynamicUser") == ["yes"]
    assert values(unit, "NoNewPrivileges") == ["yes"]
    assert values(unit, "ProtectSystem") == ["strict"]
    credentials = {line.split(":")[0] for line in values(unit, "LoadCredential")}
    files = [line for line in values(unit, "Environment") if "_FILE=" in line]
    assert {line.partition("=%d/")[2] for line in files} == credentials
