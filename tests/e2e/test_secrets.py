"""No secret leaves where it belongs: not into the log, nor the database, nor any other reply."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import psycopg
import pytest

from service.team.access import Role
from tests.api.served import NOBODY_THERE, SPEC
from tests.e2e.service_process import ServiceProcess, serving

PASSWORD = "canary-password-6021"
BEAT = {"dispatcher": "d", "cluster": "c", "nodes": [{"cpus": 8, "gpus": 0}]}


@pytest.fixture
def database_url(postgresql: Callable[[str], str]) -> str:
    """One with a password, which a server on a Unix socket does not ask for."""
    url = postgresql("secrets_database")
    assert ":@" in url
    return url.replace(":@", f":{PASSWORD}@")


@pytest.fixture
def service(tmp_path: Path, database_url: str) -> Iterator[ServiceProcess]:
    given = {"database_url": database_url, "webhook_targets": "127.0.0.1/32"}
    with serving(tmp_path / "data", "--no-dispatcher", **given) as service:
        yield service


class Said:
    """Everything that the service answers, but for the replies that show a secret once."""

    def __init__(self, service: ServiceProcess) -> None:
        self.texts: list[str] = []
        self._url = service.url

    def ask(self, token: str, method: str, path: str, **options: Any) -> httpx.Response:
        response = self.ask_for_a_secret(token, method, path, **options)
        self.texts.append(f"{response.headers} {response.text}")
        return response

    def ask_for_a_secret(
        self, token: str, method: str, path: str, **options: Any
    ) -> httpx.Response:
        headers = {"Authorization": f"Bearer {token}"} | options.pop("headers", {})
        url = f"{self._url}{path}" if path[0] == "/" else f"{self._url}/api/v1/{path}"
        return httpx.request(method, url, headers=headers, timeout=30, trust_env=False, **options)


def test_no_secret_is_told(service: ServiceProcess, database_url: str):
    said, admin = Said(service), service.token
    dispatcher = (service.data_dir / "dispatcher-token").read_text().strip()
    body = {"name": "Ada", "team": "default", "role": Role.EDITOR}
    ada = said.ask_for_a_secret(admin, "POST", "tokens", json=body).json()
    hook = said.ask_for_a_secret(admin, "POST", "webhooks", json={"url": NOBODY_THERE}).json()

    job_id = said.ask(ada["token"], "POST", "jobs", json=SPEC).json()["id"]
    said.ask_for_a_secret(dispatcher, "POST", "dispatch/beat", json=BEAT).raise_for_status()
    claim = said.ask_for_a_secret(
        dispatcher, "POST", "dispatch/claim", json={"dispatcher": "d", "cluster": "c"}
    ).json()["claim"]
    runner = claim["runner_token"]
    hello = {"epoch": claim["epoch"], "runner": "me"}
    said.ask(runner, "POST", f"runner/jobs/{job_id}/hello", json=hello).raise_for_status()
    other = said.ask(ada["token"], "POST", "jobs", json=SPEC).json()["id"]
    said.ask(ada["token"], "POST", f"jobs/{other}/cancel").raise_for_status()
    secrets = {PASSWORD, admin, dispatcher, ada["token"], hook["secret"], runner}
    assert len(secrets) == 6

    for token in secrets:
        for path in ("/", "/readyz", "/openapi.json", "jobs", "me", "tokens", "audit", "webhooks"):
            said.ask(token, "GET", path)
        # Refused in the transaction, before it, and while it is read.
        said.ask(token, "POST", "jobs", json={"name": 1})
        said.ask(token, "POST", "jobs", content=b"{")
        said.ask(token, "DELETE", f"jobs/{job_id}")
        said.ask(token, "GET", f"jobs/{other}/events")
        said.ask(token[:-1], "GET", "me")
        said.ask(token, "POST", f"runner/jobs/{job_id}/hello", json={"epoch": 9, "runner": "x"})

    with psycopg.connect(database_url, autocommit=True) as connection:
        # What the service cannot read any more: an error that nobody expects.
        connection.execute("UPDATE jobs SET tags = '[1]' WHERE id = %s", (other,))
        assert said.ask(admin, "GET", f"jobs/{other}").status_code == 500
        connection.execute("UPDATE jobs SET tags = '{}' WHERE id = %s", (other,))
        stored = list(rows(connection))
    with psycopg.connect(database_url.replace("secrets_database", "postgres")) as connection:
        connection.autocommit = True
        connection.execute("ALTER DATABASE secrets_database WITH ALLOW_CONNECTIONS false")
        connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE datname = 'secrets_database'"
        )
        assert said.ask(admin, "GET", "jobs").status_code == 503
        connection.execute("ALTER DATABASE secrets_database WITH ALLOW_CONNECTIONS true")
    assert said.ask(admin, "GET", "jobs").status_code == 200

    log = service.log_path.read_text()
    assert "database trouble" in log
    assert "Traceback" in log
    for secret in secrets:
        assert secret not in log
        assert not [text for text in said.texts if secret in text]
        assert [table for table, row in stored if secret in row] == (
            ["webhooks"] if secret == hook["secret"] else []
        )


def rows(connection: psycopg.Connection) -> Iterator[tuple[str, str]]:
    """Every row of every table, each as its table and all that it holds."""
    tables = connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
    for (table,) in tables.fetchall():
        for (row,) in connection.execute(f'SELECT to_jsonb(t) FROM "{table}" t').fetchall():
            yield table, json.dumps(row)


def test_a_database_url_that_is_none_is_not_repeated(tmp_path: Path):
    # Read as a host and its port.
    url = f"postgresql://me:x@host:{PASSWORD}@host/db"
    service = ServiceProcess(tmp_path, "--no-dispatcher", database_url=url)
    with pytest.raises(AssertionError):
        service.start()
    log = service.log_path.read_text()
    assert "the database URL is none" in log
    assert PASSWORD not in log
