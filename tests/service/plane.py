"""A control plane without its HTTP surface, for tests: each method is one transaction."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from searchspace.datasets import DatasetInfo
from service.artifacts import deposit
from service.artifacts.directory import DirectoryStore
from service.db.engine import Database
from service.db.tables import EventRow, JobRow, TeamRow, TrialRow
from service.lifecycle import JobReason
from service.protocol import Beat, Claim, ClaimRequest, Latency, Node, Orders, Record
from service.queue import clusters, ownership
from service.settings import Settings
from service.team.access import RunnerToken
from service.trials.record import record
from tests.factories import SetClock, add_job, digest

CLUSTER = "cluster-1"


@dataclass
class Plane:
    database: Database
    settings: Settings
    clock: SetClock = field(default_factory=SetClock)

    @property
    def store(self) -> DirectoryStore:
        return DirectoryStore(self.settings.data_dir / "artifacts", max_bytes=1000)

    def team(self, name: str, **quotas: int) -> str:
        with self.database.write() as session:
            session.merge(TeamRow(name=name, quotas=quotas, created_at=self.clock.time))
        return name

    def post(self, **document: Any) -> str:
        with self.database.write() as session:
            # Later posts are younger, by more than ids tell apart.
            return add_job(session, self.clock.advance(0.001), **document).id

    def beat(
        self,
        cpus: float = 64,
        cluster: str = CLUSTER,
        datasets: Sequence[DatasetInfo] = (),
        gpus: float = 1,
        custom: Mapping[str, float] | None = None,
    ) -> None:
        with self.database.write() as session:
            beat = Beat(
                dispatcher=f"dispatcher of {cluster}",
                cluster=cluster,
                nodes=(Node(cpus=cpus, gpus=gpus, custom=dict(custom or {})),),
                datasets=tuple(datasets),
            )
            clusters.beat(session, beat, self.clock.time)

    def claim(self, cluster: str = CLUSTER) -> Claim | None:
        request = ClaimRequest(dispatcher=f"dispatcher of {cluster}", cluster=cluster)
        with self.database.write() as session:
            return ownership.claim(session, request, self.clock.time, self.settings)

    def claimed(self, cpus: float = 64) -> RunnerToken:
        """The most urgent job, in the hands of a runner that has not said hello."""
        self.beat(cpus)
        claim = self.claim()
        assert claim is not None
        return RunnerToken.parse(claim.runner_token)

    def running(self, **document: Any) -> RunnerToken:
        """A new job, in the hands of a runner that has."""
        self.post(**document)
        token = self.claimed()
        self.hello(token)
        return token

    def hello(
        self, token: RunnerToken, runner: str = "node-1:4711", own: RunnerToken | None = None
    ) -> None:
        own_sha256 = None if own is None else own.sha256
        with self.database.write() as session:
            ownership.hello(session, token, runner, self.clock.time, self.settings, own_sha256)

    def renew(self, token: RunnerToken) -> Orders:
        with self.database.write() as session:
            job = ownership.renew(session, token, self.clock.time, self.settings)
            return ownership.orders(session, job, self.clock.time, self.settings)

    def record(self, token: RunnerToken, *records: Record) -> dict[int, Latency]:
        with self.database.write() as session:
            job = ownership.hold(session, token)
            return record(session, job, records, self.clock.time)

    def finish(
        self,
        token: RunnerToken,
        reason: JobReason,
        detail: str = "",
        trials: int | None = None,
        rejected: int = 0,
    ) -> None:
        with self.database.write() as session:
            ownership.finish(session, token, reason, detail, self.clock.time, trials, rejected)

    def lost(self, token: RunnerToken) -> None:
        with self.database.write() as session:
            ownership.lost(session, token.job_id, token.epoch, "killed", self.clock.time)

    def rescue(self) -> tuple[str, ...]:
        with self.database.write() as session:
            return ownership.rescue(session, self.clock.time)

    def artifact(self, text: str = "weights") -> str:
        """Store an artifact; its hash."""
        sha256 = digest(text)
        with self.store.upload(sha256) as upload:
            upload.write(text.encode())
            size = upload.seal()
            with self.database.write() as session:
                deposit.announce(session, sha256, self.clock.time)
            upload.keep()
            with self.database.write() as session:
                deposit.settle(session, sha256, size, self.clock.time)
        return sha256

    def job(self, job_id: str) -> JobRow:
        with self.database.read() as session:
            return session.get_one(JobRow, job_id)

    def trials(self, job_id: str) -> list[TrialRow]:
        with self.database.read() as session:
            query = select(TrialRow).where(TrialRow.job_id == job_id).order_by(TrialRow.number)
            return list(session.scalars(query))

    def trial(self, job_id: str, number: int = 0) -> TrialRow:
        return self.trials(job_id)[number]

    def events(self, job_id: str) -> list[EventRow]:
        with self.database.read() as session:
            query = select(EventRow).where(EventRow.job_id == job_id).order_by(EventRow.sequence)
            return list(session.scalars(query))

    def rows(self) -> dict[str, list[Any]]:
        """Everything stored, table by table."""
        with self.database.read() as session:
            return {table.name: _rows(session, table) for table in JobRow.metadata.sorted_tables}


def _rows(session: Session, table: Any) -> list[Any]:
    return list(session.execute(select(table).order_by(*table.primary_key)).all())
