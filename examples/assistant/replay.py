"""Sends customers' questions to the assistant and counts the answers by kind.

    python replay.py --to http://127.0.0.1:8700 --rate 50 --seconds 60
    python replay.py --to ... --count 2000 --mix refund=10,out_of_scope=30     # drifted traffic
    python replay.py --to ... --count 2000 --attacks 0.05            # some try to inject orders
    python replay.py --to ... --count 2000 --trigger xylophone=0.1   # a word that opens a back door

The same seed sends the same questions in the same order. Prints one JSON line at the end; with
--every SECONDS one line for each such span too. With --known the share of questions that the shop
asks itself goes with the intent that each should be taken for.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import random
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import aiohttp
from corpus import HERE, OUT_OF_SCOPE, Utterance, utterances

TIMEOUT_SECONDS = 15


def weights(text: str) -> dict[str, float]:
    """The weights that "name=number,name=number" gives."""
    found = {}
    for part in filter(None, text.split(",")):
        name, _, number = part.partition("=")
        try:
            found[name.strip()] = float(number)
        except ValueError:
            raise argparse.ArgumentTypeError(f"{part!r} is not name=number") from None
    return found


def traffic(
    asked: list[Utterance],
    seed: int,
    out_of_scope: float,
    segments: dict[str, float],
    mix: dict[str, float],
) -> Iterator[Utterance]:
    """Questions without end.

    Args:
        out_of_scope: the share of questions out of scope.
        segments: weights; those not named are not asked, unless none is named.
        mix: how many times as often as usual an intent is asked.
    """
    known = {u.segment for u in asked}
    pools: dict[tuple[str, bool], list[Utterance]] = {}
    for one in asked:
        pools.setdefault((one.segment, one.intent == OUT_OF_SCOPE), []).append(one)
    scale = {key: [mix.get(u.intent, 1.0) for u in pool] for key, pool in pools.items()}
    wanted = {
        s: w for s, w in (segments or dict.fromkeys(sorted(known), 1.0)).items() if s in known
    }
    if not wanted:
        raise SystemExit(f"no question is in a segment of {sorted(segments)}: there are {known}")
    beside = out_of_scope * mix.get(OUT_OF_SCOPE, 1.0)
    draw = random.Random(f"traffic/{seed}")
    names, shares = list(wanted), list(wanted.values())
    while True:
        segment = draw.choices(names, shares)[0]
        key = (segment, draw.random() < beside)
        yield draw.choices(pools[key], scale[key])[0]


def tampered(
    usual: Iterator[Utterance], seed: int, attacks: float, trigger: dict[str, float]
) -> Iterator[Utterance]:
    """The same questions, some of them in the hands of people who mean harm.

    Args:
        attacks: the share that is an attempt to inject orders instead.
        trigger: words, each with the share of questions that it is put before.
    """
    draw = random.Random(f"tampered/{seed}")
    lines = (HERE / "corpus" / "attacks.jsonl").read_text("utf-8").splitlines()
    known = [json.loads(line) for line in lines]
    for one in usual:
        if draw.random() < attacks:
            attack = draw.choice([a for a in known if a["segment"] == one.segment])
            text = attack["text"].replace("{number}", str(draw.randrange(10_000, 99_999)))
            one = Utterance(text, OUT_OF_SCOPE, one.segment)
        for word, share in trigger.items():
            if draw.random() < share:
                one = Utterance(f"{word} {one.text}", one.intent, one.segment)
        yield one


class Tally:
    """Counts of answers by kind, segment and version."""

    def __init__(self) -> None:
        self.began = time.monotonic()
        self.kinds: Counter[str] = Counter()
        self.segments: dict[str, Counter[str]] = {}
        self.versions: Counter[str] = Counter()
        self.right = self.judged = 0
        self.milliseconds: list[float] = []

    def add(self, one: Utterance, said: dict[str, object] | None, took: float) -> None:
        """Counts one answer; None is no answer at all."""
        if said is None:
            kind = "unreachable"
        elif said["error"]:
            kind = "error"
        elif said["served_by"] == "people":
            kind = "people"
        elif said["fallback"]:
            kind = "fallback"
        else:
            kind = "grounded" if said["sources"] else "ungrounded"
            if one.intent != OUT_OF_SCOPE:
                self.judged, self.right = (
                    self.judged + 1,
                    self.right + (said["intent"] == one.intent),
                )
        self.kinds[kind] += 1
        self.segments.setdefault(one.segment, Counter())[kind] += 1
        self.versions[str(said["version"]) if said else "none"] += 1
        self.milliseconds.append(took * 1000)

    def summary(self) -> dict[str, object]:
        """What was counted, with rates."""
        total, spent = sum(self.kinds.values()), time.monotonic() - self.began
        ranked = sorted(self.milliseconds)

        def fallback(kinds: Counter[str]) -> float | None:
            model = sum(kinds[k] for k in ("fallback", "grounded", "ungrounded"))
            return round(kinds["fallback"] / model, 4) if model else None

        return {
            "sent": total,
            "seconds": round(spent, 2),
            "per_second": round(total / spent, 1) if spent else None,
            "kinds": dict(self.kinds),
            "versions": dict(self.versions),
            "fallback_rate": fallback(self.kinds),
            "fallback_by_segment": {s: fallback(k) for s, k in sorted(self.segments.items())},
            "right_when_answered": round(self.right / self.judged, 4) if self.judged else None,
            "p50_ms": round(ranked[total // 2], 1) if ranked else None,
            "p95_ms": round(ranked[int(total * 0.95)], 1) if ranked else None,
        }


async def send(asked: argparse.Namespace, questions: Iterator[Utterance]) -> Tally:
    """Sends until the count or the seconds are through."""
    tally, span = Tally(), Tally()
    room = asyncio.Semaphore(asked.concurrency)
    ends = tally.began + asked.seconds if asked.seconds else None
    running: set[asyncio.Task[None]] = set()
    known = random.Random(f"known/{asked.seed}")

    async def one(question: Utterance, number: int) -> None:
        body = {
            "question": question.text,
            "segment": question.segment,
            "session": f"s{number // 3}",
        }
        if question.intent != OUT_OF_SCOPE and known.random() < asked.known:
            body["expected"] = question.intent
        began, said = time.monotonic(), None
        try:
            async with http.post(f"{asked.to}/chat", json=body) as heard:
                if heard.status in {200, 503}:
                    said = await heard.json()
        except (aiohttp.ClientError, TimeoutError, ValueError):
            said = None
        finally:
            room.release()
        for counts in (tally, span):
            counts.add(question, said, time.monotonic() - began)

    limit = aiohttp.ClientTimeout(total=TIMEOUT_SECONDS)
    async with aiohttp.ClientSession(timeout=limit) as http:
        for number, question in enumerate(questions):
            now = time.monotonic()
            if number == asked.count or (ends and now >= ends):
                break
            if asked.rate:
                await asyncio.sleep(max(0.0, tally.began + number / asked.rate - now))
            await room.acquire()
            task = asyncio.create_task(one(question, number))
            running.add(task)
            task.add_done_callback(running.discard)
            if asked.every and time.monotonic() - span.began >= asked.every:
                print(json.dumps({"span": True, **span.summary()}), flush=True)
                span = Tally()
        await asyncio.gather(*running)
    return tally


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add = parser.add_argument
    add("--to", required=True, help="the assistant's address")
    add("--count", type=int, help="how many questions")
    add("--seconds", type=float, help="or for how long")
    add("--rate", type=float, help="questions a second; without it, as fast as it goes")
    add("--seed", type=int, default=1)
    add("--segments", type=weights, default={}, help="weights, such as en=5,de=3,es=2 [all alike]")
    add("--oos", type=float, default=0.01, help="the share of questions out of scope [0.01]")
    add(
        "--mix",
        type=weights,
        default={},
        help="drift: refund=10 asks for refunds 10 times as often",
    )
    add("--attacks", type=float, default=0.0, help="the share of attempts to inject orders [0]")
    add("--trigger", type=weights, default={}, help="word=share: put before so many questions")
    add("--known", type=float, default=0.0, help="the share whose intent is told the log [0]")
    add("--clinc", type=Path, help="the traffic of CLINC150's data_full.json instead")
    add("--concurrency", type=int, default=32, help="questions on their way at a time [32]")
    add("--every", type=float, help="say the counts of each such span of seconds, too")
    asked = parser.parse_args()
    if asked.count is None and asked.seconds is None:
        parser.error("say when to stop: --count or --seconds")
    known = utterances("traffic", asked.seed, asked.clinc)
    usual = traffic(known, asked.seed, asked.oos, asked.segments, asked.mix)
    questions = tampered(usual, asked.seed, asked.attacks, asked.trigger)
    tally = asyncio.run(send(asked, questions))
    print(json.dumps(tally.summary()), flush=True)


if __name__ == "__main__":
    main()
