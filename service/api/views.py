"""Rows as the public API shows them."""

from collections.abc import Mapping, Sequence
from statistics import mean, stdev
from typing import Any

from searchspace.architecture import Architecture, HeadKind
from searchspace.baselines import AnyArchitecture, parse_architecture
from searchspace.cost import architecture_cost, cost_by_part
from searchspace.objectives import Metric
from searchspace.spec import ExportFormat
from service.api.schemas.jobs import Budget, ExtraTrials, Job, TrialCounts, WarmStart
from service.api.schemas.models import (
    Baselines,
    CheckpointLink,
    ExportLink,
    Model,
    ModelDetail,
    Part,
    PartShape,
    RetrainedSummary,
    Spread,
)
from service.api.schemas.models import Retraining as RetrainingReply
from service.api.schemas.reply import Values
from service.api.schemas.trials import CurvePoint, Trial, TrialDetail
from service.db.tables import ExportRow, JobRow, ModelRow, TrialReportRow, TrialRow
from service.front.retraining import Retraining
from service.front.revisions import Front, Member
from service.lifecycle import TrialPurpose
from service.protocol import TEST_ACCURACY, Latency

PREFIX = "/api/v1"


def job_view(row: JobRow, *, running: int, queue_position: int | None) -> Job:
    return Job(
        id=row.id,
        name=row.name,
        team=row.team,
        owner=row.owner,
        state=row.state,
        reason=row.reason,
        detail=row.detail,
        desired=row.desired,
        priority=row.priority,
        tags=row.tags,
        epoch=row.epoch,
        created_at=row.created_at,
        started_at=row.started_at,
        finished_at=row.finished_at,
        queue_position=queue_position,
        budget=Budget(trials=row.budget_trials, wall_clock_seconds=row.wall_clock_seconds),
        trials=TrialCounts(
            total=row.budget_trials,
            finished=row.trials_finished,
            running=running,
            pruned=row.trials_pruned,
            failed=row.trials_failed,
            rejected=row.trials_rejected,
        ),
        extra_trials=ExtraTrials(finished=row.extras_finished, left=row.extras_left),
        warm_start=WarmStart(observations=row.observations, dropped=row.observations_dropped),
        hypervolume=row.hypervolume,
        front_size=row.front_size,
        front_revision=row.front_revision,
        last_event=row.events,
        spec=row.spec,
    )


def trial_view(row: TrialRow) -> Trial:
    return Trial(**_trial_fields(row))


def trial_detail_view(
    row: TrialRow, curve: Sequence[TrialReportRow], models: Sequence[ModelRow]
) -> TrialDetail:
    return TrialDetail(
        **_trial_fields(row),
        curve=[
            CurvePoint(
                training_epoch=report.training_epoch,
                accuracy=report.accuracy,
                loss=report.loss,
                seconds=report.seconds,
            )
            for report in curve
        ],
        models=[model_view(model, row.parameters) for model in models],
        parts=_parts(parse_architecture(row.architecture)),
    )


def model_view(row: ModelRow, parameters: Mapping[str, Any]) -> Model:
    return Model(**_model_fields(row, parameters))


def model_detail_view(
    row: ModelRow,
    trial: TrialRow,
    exports: Sequence[ExportRow],
    retrained: Sequence[Retraining],
) -> ModelDetail:
    architecture = parse_architecture(row.architecture)
    return ModelDetail(
        **_model_fields(row, trial.parameters),
        exports={ExportFormat(export.form): _export_view(row, export) for export in exports},
        retrain_of=_retrained_model(trial),
        retrained=[_retraining_view(each) for each in retrained],
        retrained_summary=_summary(retrained),
        baselines=_other_heads(architecture) if isinstance(architecture, Architecture) else None,
        parts=_parts(architecture),
    )


def front_view(
    job: JobRow, front: Front, retrained: Mapping[str, Sequence[Retraining]]
) -> dict[str, Any]:
    """A FrontReply as plain values: checking hundreds of models again would take most of the time."""
    return {
        "job_id": job.id,
        "revision": front.revision,
        "objectives": job.spec["objectives"],
        "reference_point": job.reference_point,
        "hypervolume": front.hypervolume,
        "knee": front.knee,
        "models": [_model_fields(model, model.parameters) for model in front.models],
        "baselines": [_baseline_fields(model) for model in front.baselines],
        "retrained": {
            model_id: summary
            for model_id, each in retrained.items()
            if (summary := _summary(each)) is not None
        },
    }


def _export_view(row: ModelRow, export: ExportRow) -> ExportLink:
    latency = Latency.model_validate(export.latency or row.latency)
    accuracy = export.accuracy
    return ExportLink(
        sha256=export.sha256,
        size=export.size,
        url=f"{PREFIX}/jobs/{row.job_id}/models/{row.id}/{export.form}",
        accuracy=row.values[Metric.ACCURACY] if accuracy is None else accuracy,
        latency_ms=latency.min,
        latency=latency,
    )


def _other_heads(architecture: Architecture) -> Baselines:
    return Baselines(
        gap_params=architecture_cost(architecture.with_head(HeadKind.GAP)).params,
        flatten_params=architecture_cost(architecture.with_head(HeadKind.FLATTEN)).params,
    )


def _parts(architecture: AnyArchitecture) -> list[Part]:
    if not isinstance(architecture, Architecture):
        return []
    return [
        Part(
            part=part.part,
            output=None if part.output is None else PartShape(**part.output.model_dump()),
            params=part.cost.params,
            macs=part.cost.macs,
        )
        for part in cost_by_part(architecture)
    ]


def plain_values(values: Mapping[str, float]) -> Values:
    """Counts as whole numbers, whatever the way they came."""
    counts = ("params", "macs", "size_bytes", "dense_params")
    return {
        metric: int(value) if metric in counts else float(value)
        for metric, value in values.items()
    }


def _trial_fields(row: TrialRow) -> dict[str, Any]:
    return {
        "number": row.number,
        "purpose": row.purpose,
        "baseline": row.subject if row.purpose == TrialPurpose.BASELINE else None,
        "retrain_of": _retrained_model(row),
        "state": row.state,
        "reason": row.reason,
        "detail": row.detail,
        "parameters": row.parameters,
        "architecture": row.architecture,
        "architecture_digest": row.architecture_digest,
        "values": plain_values(row.values),
        "latency": row.latency,
        "attempts": row.attempts,
        "copy_of": row.copy_of,
        "created_at": row.created_at,
        "started_at": row.started_at,
        "finished_at": row.finished_at,
    }


def _model_fields(row: ModelRow | Member, parameters: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "id": row.id,
        "trial_number": row.trial_number,
        "head": row.head,
        "ranks": row.ranks,
        "values": plain_values(row.values),
        "latency": row.latency,
        "feasible": row.feasible,
        "on_front": row.front_from is not None and row.front_until is None,
        "parameters": parameters,
        "architecture": row.architecture,
        "architecture_digest": row.architecture_digest,
        "checkpoint": _checkpoint(row),
        "created_at": row.created_at,
    }


def _baseline_fields(row: Member) -> dict[str, Any]:
    return {
        "baseline": row.subject,
        "id": row.id,
        "trial_number": row.trial_number,
        "values": plain_values(row.values),
        "latency": row.latency,
        "architecture": row.architecture,
        "checkpoint": _checkpoint(row),
    }


def _retrained_model(trial: TrialRow) -> str | None:
    return trial.subject if trial.purpose == TrialPurpose.RETRAIN else None


def _retraining_view(each: Retraining) -> RetrainingReply:
    return RetrainingReply(
        seed=each.trial.seed,
        training_epochs=each.training_epochs,
        trial_number=each.trial.number,
        state=each.trial.state,
        accuracy=each.values.get(Metric.ACCURACY),
        test_accuracy=each.values.get(TEST_ACCURACY),
        model_id=None if each.model is None else each.model.id,
        checkpoint=None if each.model is None else _checkpoint(each.model),
    )


def _summary(retrained: Sequence[Retraining]) -> RetrainedSummary | None:
    complete = [each for each in retrained if each.model is not None]
    if not complete:
        return None
    return RetrainedSummary(
        seeds=len(complete),
        training_epochs=complete[0].training_epochs,
        accuracy=_spread([each.values[Metric.ACCURACY] for each in complete]),
        test_accuracy=_spread([each.values[TEST_ACCURACY] for each in complete]),
    )


def _spread(values: Sequence[float]) -> Spread:
    return Spread(mean=mean(values), std=stdev(values) if len(values) > 1 else None)


def _checkpoint(row: ModelRow | Member) -> CheckpointLink:
    return CheckpointLink(
        sha256=row.checkpoint,
        size=row.checkpoint_bytes,
        url=f"{PREFIX}/jobs/{row.job_id}/models/{row.id}/checkpoint",
    )
