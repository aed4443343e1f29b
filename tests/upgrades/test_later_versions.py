"""What a later version has migrated is told from what an earlier one left, and left alone."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import text

from service.db.engine import Database
from service.db.migrate import SCRIPTS, migrate
from service.errors import Conflict, Unprocessable
from service.operations.backup import back_up, restore
from service.operations.diagnosis import diagnose
from service.operations.findings import Level
from service.settings import Settings
from tclsearch.main import main
from tests.service.plane import Plane

NEWEST = max(path.name for path in (SCRIPTS / "versions").glob("[0-9]*.py"))[:4]


@pytest.fixture
def later(tmp_path: Path) -> Iterator[Plane]:
    settings = Settings(data_dir=tmp_path)
    with closing(Database(settings.url)) as database:
        migrate(database)
        _stamp(database)
        yield Plane(database, settings)


def _stamp(database: Database, revision: str = "9999") -> None:
    with database.write() as session:
        session.execute(text("UPDATE alembic_version SET version_num = :to"), {"to": revision})


def test_it_is_not_served(later: Plane, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(Conflict, match="later version, 9999"):
        migrate(later.database)
    assert main(["migrate", "--data-dir", str(later.settings.data_dir)]) == 1
    assert "restore a backup from before" in capsys.readouterr().err


def test_the_diagnosis_says_what_to_do(later: Plane) -> None:
    parts = later.settings, later.database, later.store, later.clock
    *_, found = diagnose(*parts, here=lambda: later.clock.time)
    assert (found.check, found.level) == ("database.migrations", Level.ERROR)
    assert "later version" in found.what
    assert "install the later version" in found.mend


def test_it_is_not_backed_up_by_halves(later: Plane, tmp_path: Path) -> None:
    with pytest.raises(Conflict, match="later version"):
        back_up(later.database, later.store, later.clock, tmp_path, tmp_path / "kept")


def test_its_backup_is_refused_and_nothing_is_restored(later: Plane, tmp_path: Path) -> None:
    kept, data_dir = tmp_path / "kept", tmp_path / "data"
    _stamp(later.database, NEWEST)
    back_up(later.database, later.store, later.clock, tmp_path, kept)
    with closing(Database(f"sqlite:///{kept / 'rows.db'}")) as rows:
        _stamp(rows)
    with closing(Database(f"sqlite:///{tmp_path / 'empty.db'}")) as empty:
        target = Plane(empty, Settings(data_dir=data_dir))
        with pytest.raises(Unprocessable, match="later version"):
            restore(kept, empty, target.store, target.clock, data_dir)
    assert not data_dir.exists()
