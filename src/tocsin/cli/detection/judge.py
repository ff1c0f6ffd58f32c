"""`tocsin judge`: a model's verdicts on a sample of answers, written as a log beside the log.

The verdicts are observations: each carries what was asked, of whom and when, and none decides
anything. `tocsin detect` reads the file as it reads any log.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

import msgspec

from tocsin.cli.frame.arguments import Commands, between, command
from tocsin.cli.frame.plain_files import whole_bytes
from tocsin.cli.frame.screen import DONE, WORLD_FAILED, Answer, Screen
from tocsin.detection.compared.judged import (
    JudgeErrors,
    UngroundedShare,
    corrected,
    errors_of,
    observed,
)
from tocsin.detection.declared.read_log import mapping_of
from tocsin.facts import Refused
from tocsin.facts.logs import LogMapping, Texts
from tocsin.wiring.judging import (
    Judging,
    Verdict,
    judge_at,
    judge_into,
    judge_named,
    labels_in,
    sample_of,
    verdicts_in,
)
from tocsin.world import Judge, RealClock

USUAL_TEXTS = Texts(question="question", answer="answer", context="context")
SAMPLE_MOST = 1_000_000

LABELS_BYTES_MAX = 64 * 1024 * 1024


def add(places: Commands) -> None:
    made = command(
        places,
        "judge",
        run_judge,
        "ask a model whether answers rest on their context, and keep what it says as a log",
        examples="  tocsin judge logs/assistant --with truth --sample 200 --to verdicts.jsonl\n"
        "  tocsin judge chats.jsonl --with https://models.example/v1 --model one-2026-05 "
        "--secret env:KEY --sample 500 --to verdicts.jsonl --labels labels.jsonl",
    )
    made.add_argument("log", metavar="LOG", help="a file, a folder or a pattern")
    made.add_argument("--with", dest="judge", metavar="NAME|URL", required=True,
                      help="a judge of the register, or the address of one")  # fmt: skip
    made.add_argument("--model", help="which model to ask for; needed with an address")
    made.add_argument("--secret", metavar="REFERENCE", help="env:NAME or file:PATH, for an address")
    made.add_argument("--sample", type=_many, metavar="N", required=True,
                      help="so many exchanges, drawn by their ids")  # fmt: skip
    made.add_argument("--calls", type=_many, metavar="N",
                      help="at most so many calls in this run")  # fmt: skip
    made.add_argument("--to", type=Path, metavar="FILE", required=True,
                      help="where verdicts go; what stands there is not asked again")  # fmt: skip
    made.add_argument("--mapping", type=Path, metavar="FILE",
                      help="how the log is read; else the columns request_id, question, answer, "
                      "context")  # fmt: skip
    made.add_argument("--labels", type=Path, metavar="FILE",
                      help='what people say, {"request_id": ..., "grounded": true} a line: by them '
                      "the judge's own errors are taken out")  # fmt: skip


def run_judge(args: argparse.Namespace, screen: Screen) -> Answer:
    clock = RealClock()
    labels = _labels(args.labels)
    judge = _judge(args, clock)
    sample, total = sample_of(args.log, _mapping(args.mapping), args.sample)
    if not sample:
        raise Refused(f"{args.log} has no answer to judge: no row has an id and an answer")
    step = screen.progress("judged", "answers")
    run = judge_into(args.to, sample, judge, clock, args.calls or args.sample, step)
    drawn = {one.request for one in sample}
    verdicts = [one for one in verdicts_in(args.to) if one.request_id in drawn]
    return _answer(run, verdicts, total, labels, judge)


def _many(text: str) -> int:
    return between(text, 1, SAMPLE_MOST)


def _judge(args: argparse.Namespace, clock: RealClock) -> Judge:
    if "://" not in args.judge:
        if args.model or args.secret:
            raise Refused(f"the register says the model and the secret of {args.judge}")
        return judge_named(args.judge, args.home, clock)
    if not args.model:
        raise Refused("say which model to ask for with --model; its name is part of each verdict")
    return judge_at(args.judge, args.model, args.secret, args.home, clock)


def _mapping(file: Path | None) -> LogMapping:
    if file is None:
        usual = LogMapping(texts=USUAL_TEXTS)
        return msgspec.structs.replace(usual, assumed=usual.assumed | {"context", "at"})
    mapping, mistakes = mapping_of(_bytes(file), str(file))
    if mapping is None:
        raise Refused("\n".join(str(mistake) for mistake in mistakes))
    return mapping


def _labels(file: Path | None) -> dict[str, bool]:
    return {} if file is None else labels_in(_bytes(file).splitlines(), str(file))


def _bytes(file: Path) -> bytes:
    return whole_bytes(file, "a file of labels or a mapping", LABELS_BYTES_MAX)


def _answer(
    run: Judging, verdicts: Sequence[Verdict], total: int, labels: dict[str, bool], judge: Judge
) -> Answer:
    said = {one.request_id: one.judged_grounded for one in verdicts}
    judged = [grounded for grounded in said.values() if grounded is not None]
    bad = judged.count(False)
    plain = observed(bad, len(judged))
    errors = errors_of(said, labels)
    better = corrected(bad, len(judged), errors) if labels else None
    lines = [
        f"{len(said):,} of {total:,} exchanges were put before {judge.name}: {len(judged):,} "
        f"verdicts, {len(said) - len(judged):,} without one",
        *(f"  no verdict, {count:,}: {why}" for why, count in _reasons(verdicts)),
        _told("not grounded, as the judge says", plain),
        _corrected(better, errors),
    ]
    if run.left:
        lines.append(f"{run.left:,} of the sample are not judged: {run.stopped}; run it again")
    data = {
        "judge": judge.name, "exchanges": total, "asked": run.asked, "left": run.left,
        "stopped": run.stopped, "verdicts": len(judged), "without_verdict": len(said) - len(judged),
        "not_grounded": bad, "observed": plain, "corrected": better,
        "judge_errors": errors if labels else None,
    }  # fmt: skip
    status = WORLD_FAILED if run.unreached else DONE
    return Answer(data=data, text="\n".join(lines), status=status)


def _reasons(verdicts: Sequence[Verdict]) -> list[tuple[str, int]]:
    told = [one.no_verdict for one in verdicts if one.no_verdict is not None]
    return sorted(((why, told.count(why)) for why in set(told)), key=lambda two: (-two[1], two[0]))


def _told(what: str, share: UngroundedShare) -> str:
    if share.share is None:
        return f"{what}: cannot be said, {share.why}"
    return f"{what}: {share.share:.1%} (95 %: {share.low:.1%} to {share.high:.1%})"


def _corrected(share: UngroundedShare | None, errors: JudgeErrors) -> str:
    if share is None:
        return "uncorrected: how often this judge errs is not known; give --labels"
    erred = (
        f"it noticed {errors.noticed:,} of {errors.ungrounded:,} that are not grounded and passed "
        f"{errors.passed:,} of {errors.grounded:,} that are"
    )
    return f"{_told('not grounded, its errors taken out', share)}; {erred}"
