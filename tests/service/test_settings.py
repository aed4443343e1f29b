"""Settings come from variables, and secrets from the files that variables name."""

from pathlib import Path

import pytest

from service.settings import Settings


def test_a_variable_may_name_the_file_that_holds_its_value(tmp_path: Path) -> None:
    secret = tmp_path / "database-url"
    secret.write_text("postgresql://me:secret@db/tclsearch\n")
    given = {"TCLSEARCH_DATA_DIR": "/data", "TCLSEARCH_DATABASE_URL_FILE": str(secret)}
    assert Settings.from_environment(given).database_url == "postgresql://me:secret@db/tclsearch"
    said = given | {"TCLSEARCH_DATABASE_URL": "postgresql://said/itself"}
    assert Settings.from_environment(said).database_url == "postgresql://said/itself"


def test_a_file_that_cannot_be_read_is_told_and_its_content_is_not(tmp_path: Path) -> None:
    given = {"TCLSEARCH_DATA_DIR": "/data", "TCLSEARCH_LEASE_SECONDS_FILE": str(tmp_path / "no")}
    with pytest.raises(ValueError, match=r"TCLSEARCH_LEASE_SECONDS_FILE: .*No such file"):
        Settings.from_environment(given)
