import secrets
import string
import zlib
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from service.db.tables import MemberRow, TokenRow
from service.errors import Unauthorized
from service.team.access import (
    Caller,
    Role,
    RunnerToken,
    authenticate,
    bootstrap,
    create_token,
    good_tokens,
    is_token,
    runner_token,
)
from tests.factories import SetClock, digest
from tests.service.plane import Plane


def caller(plane: Plane, token: str) -> Caller:
    with plane.database.read() as session:
        return authenticate(session, token, plane.clock.time)


def good(plane: Plane, *token_ids: str) -> frozenset[str]:
    with plane.database.read() as session:
        return good_tokens(session, token_ids, plane.clock.time)


def new_token(plane: Plane, **changes: object) -> tuple[str, str]:
    given = {"name": "Ada", "team": "default", "role": Role.EDITOR, "at": plane.clock.time}
    with plane.database.write() as session:
        row, token = create_token(session, **(given | changes))  # type: ignore[arg-type]
        return row.id, token


def test_the_first_start_makes_two_tokens_that_only_the_owner_reads(plane: Plane) -> None:
    folder = plane.settings.data_dir
    bootstrap(plane.database, plane.clock, folder)
    files = {path.name: path for path in folder.glob("*-token*")}
    assert set(files) == {"admin-token", "dispatcher-token"}
    for role in (Role.ADMIN, Role.DISPATCHER):
        path = files[f"{role.value}-token"]
        assert path.stat().st_mode & 0o777 == 0o600
        found = caller(plane, path.read_text().strip())
        assert (found.team, found.role) == ("default", role)


def test_a_later_start_leaves_the_tokens_alone(plane: Plane) -> None:
    folder = plane.settings.data_dir
    bootstrap(plane.database, plane.clock, folder)
    token = (folder / "admin-token").read_text()
    (folder / "dispatcher-token").unlink()
    told = plane.rows()
    bootstrap(plane.database, plane.clock, folder)
    assert plane.rows() == told
    assert (folder / "admin-token").read_text() == token
    assert not (folder / "dispatcher-token").exists()


def test_first_starts_at_once_make_one_token_each(plane: Plane, tmp_path: Path) -> None:
    folders = [tmp_path / str(number) for number in range(4)]
    for folder in folders:
        folder.mkdir()

    def start(folder: Path) -> None:
        bootstrap(plane.database, SetClock(), folder)

    with ThreadPoolExecutor() as pool:
        list(pool.map(start, folders))
    assert len(plane.rows()["tokens"]) == 2
    assert sum((folder / "admin-token").exists() for folder in folders) == 1


def test_a_crash_while_a_token_is_written_does_not_stop_the_next_start(plane: Plane) -> None:
    left = plane.settings.data_dir / "admin-token.new"
    left.write_text("half a tok")
    left.chmod(0o644)
    bootstrap(plane.database, plane.clock, plane.settings.data_dir)
    path = plane.settings.data_dir / "admin-token"
    assert path.stat().st_mode & 0o777 == 0o600
    assert caller(plane, path.read_text().strip()).role is Role.ADMIN


def test_only_the_hash_of_a_token_is_stored(plane: Plane) -> None:
    token_id, token = new_token(plane)
    assert token.startswith("tcl_")
    assert 62 ** (len(token) - len("tcl_") - 6) >= 2**256
    with plane.database.read() as session:
        row = session.scalars(select(TokenRow)).one()
    assert (row.id, row.token_sha256) == (token_id, digest(token))
    assert token not in repr(vars(row))


def test_a_token_says_who_asks(plane: Plane) -> None:
    token_id, token = new_token(plane, role=Role.VIEWER)
    assert caller(plane, token) == Caller(token_id, "Ada", "default", Role.VIEWER)


def test_unknown_expired_and_revoked_tokens_are_refused(plane: Plane) -> None:
    _, expiring = new_token(plane, expires_at=plane.clock.time + timedelta(seconds=10))
    revoked_id, revoked = new_token(plane)
    caller(plane, expiring)
    caller(plane, revoked)
    with plane.database.write() as session:
        session.get_one(TokenRow, revoked_id).revoked_at = plane.clock.time
    plane.clock.advance(10)
    for token in (expiring, revoked, "tcl_" + "x" * 43, ""):
        with pytest.raises(Unauthorized):
            caller(plane, token)


def test_a_token_ends_with_the_checksum_of_what_is_before(plane: Plane) -> None:
    _, token = new_token(plane)
    assert is_token(token)
    crc, digits = zlib.crc32(token[:-6].encode()), string.digits + string.ascii_letters.swapcase()
    assert sum(digits.index(c) * 62**n for n, c in enumerate(reversed(token[-6:]))) == crc
    for at in range(4, len(token)):
        for other in "0Zz":
            assert other == token[at] or not is_token(token[:at] + other + token[at + 1 :])


def test_tokens_of_before_the_checksum_stay_good(plane: Plane) -> None:
    earlier = "tcl_" + secrets.token_urlsafe(32)
    token_id, _ = new_token(plane)
    with plane.database.write() as session:
        session.get_one(TokenRow, token_id).token_sha256 = digest(earlier)
    assert is_token(earlier)
    assert caller(plane, earlier).token_id == token_id


def test_a_members_token_is_no_good_without_the_member(plane: Plane) -> None:
    token_id, token = new_token(plane, member="Grace")
    assert good(plane, token_id) == set()
    with pytest.raises(Unauthorized):
        caller(plane, token)
    with plane.database.write() as session:
        session.add(
            MemberRow(team="default", name="Grace", role="viewer", created_at=plane.clock.time)
        )
    found = caller(plane, token)
    assert (found.name, found.member, found.role) == ("Grace", "Grace", Role.VIEWER)
    assert good(plane, token_id) == {token_id}


@pytest.mark.parametrize("role", Role)
def test_larger_roles_cover_smaller_ones_and_a_dispatcher_only_itself(role: Role) -> None:
    covered = {
        Role.VIEWER: {Role.VIEWER},
        Role.EDITOR: {Role.VIEWER, Role.EDITOR},
        Role.ADMIN: {Role.VIEWER, Role.EDITOR, Role.ADMIN},
        Role.DISPATCHER: {Role.DISPATCHER},
    }
    assert {needed for needed in Role if role.covers(needed)} == covered[role]


def test_a_runners_token_names_its_claim() -> None:
    job_id = "job_" + "0" * 32
    text, token = runner_token(job_id, 12)
    assert (token.job_id, token.epoch) == (job_id, 12)
    assert RunnerToken.parse(text) == token
    for wrong in ("", "tcl_" + "x" * 43, text[:-1], text + "\n", text.replace("_12_", "_0_")):
        with pytest.raises(Unauthorized):
            RunnerToken.parse(wrong)
