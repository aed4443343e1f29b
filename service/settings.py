"""What an operator can set. Environment variables are the names in capitals after TCLSEARCH_; with
_FILE behind it, a variable names the file that holds the value, as secrets are mounted.
"""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path

from service.webhooks.targets import NOWHERE, Targets

MIB = 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Settings of the control plane; times in seconds, sizes in bytes.

    data_dir: holds the embedded database, the artifacts and the first tokens.
    database_url: SQLAlchemy URL; None for the SQLite file in `data_dir`.
    artifacts: where artifacts are, as in s3://bucket/prefix; None for a directory in `data_dir`.
    artifacts_endpoint: URL of an S3 server that is not Amazon's.
    artifacts_region: of the bucket; None for that of the usual chain, where credentials are from too.
    lease_seconds: how long a silent runner keeps its job.
    renew_after_seconds: how often a runner should renew, and so how soon it hears of a change.
    rescue_grace_seconds: no lease is rescued for this long after a start or database trouble of any
        copy of the service, when runners may have had no chance to renew.
    cancel_grace_seconds: how long a runner may take over a cancel before it is taken from it.
    idle_runner_seconds: a runner whose job has had no slot for so long gives its place up.
    ageing_seconds: a job that waits this long without a slot gains one in priority.
    dispatcher_alive_seconds: a dispatcher silent for longer counts as gone.
    device_alive_seconds: a device's agent silent for longer counts as away.
    device_lease_seconds: how long a silent agent keeps what it measures.
    sweep_seconds: how often leases and cancels are looked after.
    collect_seconds: how often artifacts that nothing names are looked for.
    artifact_keep_seconds: age below which nothing unreferenced is collected.
    artifact_max_bytes: largest artifact that is stored.
    retention_seconds: how often jobs past their team's retention, and leftovers, are deleted.
    upkeep_seconds: how often SQLite's journal is begun anew.
    rate_limit_per_second: requests of one token, sustained, to all copies together; 0 for no limit.
    rate_limit_burst: requests of one token that may come at once.
    failed_tokens_per_second: requests with a bad token from one address, as above.
    failed_tokens_burst: those that may come at once.
    event_streams: most event streams open at once, in each process.
    event_poll_seconds: how late an event may come to a stream.
    list_stream_seconds: a stream of lists, which has no end of its own, is ended after so long, so that
        copies of the service that come later get their part of them.
    token_memory_seconds: how long a revocation by another process may take to be felt.
    token_check_seconds: how often an open stream finds out whether its token is still good.
    event_heartbeat_seconds: a stream is silent for no longer.
    importance_seconds: how long it may take to tell the importance of a job's parameters.
    webhook_targets: hosts and networks that webhooks may lead to; none of them by default.
    webhook_poll_seconds: how late a webhook may be told of an event.
    ray_dashboard_url: where administrators find Ray's own dashboard; the cluster's page links to it.
    """

    data_dir: Path
    database_url: str | None = None
    artifacts: str | None = None
    artifacts_endpoint: str | None = None
    artifacts_region: str | None = None
    lease_seconds: float = 120.0
    renew_after_seconds: float = 5.0
    rescue_grace_seconds: float = 120.0
    cancel_grace_seconds: float = 30.0
    idle_runner_seconds: float = 30.0
    ageing_seconds: float = 3600.0
    dispatcher_alive_seconds: float = 60.0
    device_alive_seconds: float = 60.0
    device_lease_seconds: float = 60.0
    sweep_seconds: float = 5.0
    collect_seconds: float = 3600.0
    artifact_keep_seconds: float = 86_400.0
    artifact_max_bytes: int = 64 * MIB
    retention_seconds: float = 3600.0
    upkeep_seconds: float = 30.0
    rate_limit_per_second: float = 100.0
    rate_limit_burst: int = 1000
    failed_tokens_per_second: float = 5.0
    failed_tokens_burst: int = 100
    event_streams: int = 500
    event_poll_seconds: float = 0.5
    list_stream_seconds: float = 3600.0
    token_memory_seconds: float = 0.5
    token_check_seconds: float = 2.0
    event_heartbeat_seconds: float = 15.0
    importance_seconds: float = 30.0
    webhook_targets: Targets = NOWHERE
    webhook_poll_seconds: float = 1.0
    ray_dashboard_url: str | None = None

    def __post_init__(self) -> None:
        url = self.ray_dashboard_url
        if url is not None and not url.startswith(("http://", "https://")):
            raise ValueError(f"TCLSEARCH_RAY_DASHBOARD_URL must be http or https, not {url!r}")

    @classmethod
    def from_environment(cls, environment: Mapping[str, str], **given: object) -> "Settings":
        """Settings from TCLSEARCH_… variables; `given` values other than None come first.

        Raises:
            ValueError: a value is not of its setting's type or its file cannot be read, or there is
                no data directory.
        """
        values = {name: value for name, value in given.items() if value is not None}
        for field in fields(cls):
            variable = f"TCLSEARCH_{field.name.upper()}"
            text = _given(variable, environment)
            if field.name not in values and text is not None:
                values[field.name] = _read(variable, field.type, text)
        if "data_dir" not in values:
            raise ValueError("a data directory is needed: TCLSEARCH_DATA_DIR")
        return cls(**values)  # type: ignore[arg-type]  # field types are checked by _read

    @property
    def url(self) -> str:
        """The database's URL, the embedded one by default."""
        return self.database_url or f"sqlite:///{(self.data_dir / 'tclsearch.db').absolute()}"


def _given(variable: str, environment: Mapping[str, str]) -> str | None:
    path = environment.get(f"{variable}_FILE")
    if path is None or variable in environment:
        return environment.get(variable)
    try:
        return Path(path).read_text().strip()
    except OSError as error:
        raise ValueError(f"{variable}_FILE: {path}: {error.strerror}") from None


def _read(variable: str, kind: object, text: str) -> object:
    if kind is Targets:
        return _read_targets(variable, text)
    if kind not in (int, float):
        return Path(text) if kind is Path else text
    try:
        return int(text) if kind is int else float(text)
    except ValueError:
        raise ValueError(f"{variable} must be a number, not {text!r}") from None


def _read_targets(variable: str, text: str) -> Targets:
    try:
        return Targets.parse(text)
    except ValueError as error:
        raise ValueError(f"{variable}: {error}") from None
