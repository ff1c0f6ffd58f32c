"""The answer of a simulation as plain data: every hour, every limit, every supposition."""

from __future__ import annotations

from tocsin.playbook.simulation.intervals import Estimate, Quantile, share
from tocsin.playbook.simulation.options import Worth
from tocsin.playbook.simulation.question import Answer
from tocsin.playbook.simulation.study import Hour
from tocsin.playbook.simulation.times import Shares, Staff, Supposed, Timing
from tocsin.playbook.simulation.words import bottleneck, hour_words, rests_on

Plain = dict[str, object]


def plain(answer: Answer) -> Plain:
    """The whole answer for programs. Times are milliseconds after the start; null is never."""
    question, study, network = answer.question, answer.study, answer.made.network
    return {
        "rests_on": rests_on(answer.made.supposed),
        "plan": question.plan.id,
        "version": question.plan.version,
        "digest": question.plan.digest,
        "seed": question.seed,
        "zone": question.zone,
        "week": question.monday.isoformat(),
        "armed": question.armed,
        "runs": study.runs,
        "sure": study.sure,
        "precision": question.precision,
        "contained": _estimate(study.contained),
        "contained_p50_ms": _quantile(study.contained_p50),
        "contained_p90_ms": _quantile(study.contained_p90),
        "ended_p50_ms": _quantile(study.ended_p50),
        "ended_p90_ms": _quantile(study.ended_p90),
        "contained_latest": {
            "hour": hour_words(answer.latest.hour),
            "p50_ms": _quantile(answer.latest.p50),
            "p90_ms": _quantile(answer.latest.p90),
        },
        "completed": _estimate(study.completed),
        "limits": [_limit(answer, number) for number in range(len(network.limits))],
        "hours": [_hour(answer, hour) for hour in study.hours],
        "waiting": _waiting(answer),
        "bottleneck": bottleneck(answer),
        "changes": [_worth(answer, one) for one in answer.worths],
        "suppositions": [_supposed(one) for one in answer.made.supposed],
    }


def _limit(answer: Answer, number: int) -> Plain:
    limit = answer.made.network.limits[number]
    worst = next((one for one in answer.worst if one.limit == number), None)
    return {
        "limit": limit.id,
        "within_ms": limit.within_ms or None,
        "missed": _estimate(answer.study.missed[number]),
        "worst": {"hour": hour_words(worst.hour), "missed": _estimate(worst.missed)}
        if worst is not None
        else None,
    }


def _hour(answer: Answer, hour: Hour) -> Plain:
    limits = answer.made.network.limits
    return {
        "hour": hour_words(hour.hour),
        "runs": hour.runs,
        "contained": _estimate(share(hour.contained, hour.runs)),
        "contained_p50_ms": _quantile(hour.contained_p50),
        "missed": {
            limit.id: _estimate(share(count, hour.runs))
            for limit, count in zip(limits, hour.missed, strict=True)
        },
    }


def _waiting(answer: Answer) -> list[Plain]:
    runs = answer.study.runs
    return [
        {
            "role": role,
            "at_work_ms": one.hours // runs,
            "notice_ms": one.notice // runs,
            "free_ms": one.queue // runs,
            "work_ms": one.work // runs,
        }
        for role, one in zip(answer.made.network.roles, answer.study.waiting, strict=True)
    ]


def _worth(answer: Answer, one: Worth) -> Plain:
    limits = answer.made.network.limits
    return {
        "change": one.words,
        "contained_ms": _estimate(one.contained_ms),
        "rank_contained": one.rank_contained,
        "limits_missed": _estimate(one.missed),
        "rank_limits_missed": one.rank_missed,
        "missed": {
            limit.id: _estimate(figure)
            for limit, figure in zip(limits, one.missed_by_limit, strict=True)
        },
    }


def _supposed(one: Supposed) -> Plain:
    told: Plain = {"name": one.name, "basis": one.basis.value, "source": one.source}
    if isinstance(one, Timing):
        told |= {"median_ms": one.spread.median_ms, "p90_ms": one.spread.p90_ms}
    if isinstance(one, Shares):
        told |= {"per_cent": dict(one.per_cent)}
    if isinstance(one, Staff):
        told |= {"people": one.people, "at_any_hour": not one.hours, "time_zone": one.time_zone}
    return told


def _estimate(one: Estimate) -> Plain:
    return {"at": round(one.at, 6), "low": round(one.low, 6), "high": round(one.high, 6)}


def _quantile(one: Quantile) -> Plain:
    return {"at": one.at, "low": one.low, "high": one.high}
