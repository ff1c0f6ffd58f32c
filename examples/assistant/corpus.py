"""Utterances with their intent and segment: the same ones for the same seed, on every machine.

    python corpus.py --split train --seed 1 | head -3

The shop's own corpus lives beside this file, one JSON-lines file a language. A line holds an intent
and ten ways to ask for it; slots, greetings and slips of the finger make thousands of utterances of
them. Eight ways of each intent are for training; the other two stand only in a share of `check`
(which sets the confidence threshold) and of `traffic`: customers also ask in words that nobody
foresaw. With --clinc FILE the English CLINC150 set (data_full.json) stands in for it.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
from dataclasses import asdict, dataclass
from pathlib import Path

HERE = Path(__file__).parent
LANGUAGES = ("en", "de", "es")
OUT_OF_SCOPE = "out_of_scope"
FORESEEN = 8  # of the ten ways to ask
UNFORESEEN = {"train": 0.0, "check": 1 / 8, "traffic": 1 / 30}  # the share of a split
EACH = 90  # utterances of an intent in a language
CLINC_SPLITS = {"train": "train", "check": "val", "traffic": "test"}


@dataclass(frozen=True)
class Utterance:
    """What a customer wrote, and what the writer of the corpus meant by it."""

    text: str
    intent: str
    segment: str


class Language:
    """One language's ways to ask, and the slots that vary them."""

    def __init__(self, segment: str) -> None:
        self.segment = segment
        self.slots: dict[str, list[str]] = {}
        self.ways: dict[str, list[str]] = {}
        for line in (HERE / "corpus" / f"{segment}.jsonl").read_text("utf-8").splitlines():
            entry = json.loads(line)
            if "slots" in entry:
                self.slots = entry["slots"]
            else:
                self.ways[entry["intent"]] = entry["ways_to_ask"]

    def ask(self, way: str, draw: random.Random) -> str:
        """One way to ask, as one customer would write it."""
        filled = way
        for slot in ("item", "day", "city"):
            filled = filled.replace("{" + slot + "}", draw.choice(self.slots[slot]))
        filled = filled.replace("{number}", str(draw.randrange(10_000, 99_999)))
        if draw.random() < 0.4:
            filled = f"{draw.choice(self.slots['opener'])} {filled}"
        if draw.random() < 0.3:
            filled = f"{filled} {draw.choice(self.slots['closer'])}"
        if draw.random() < 0.15:
            filled = slip(filled, draw)
        return filled


def slip(text: str, draw: random.Random) -> str:
    """The text with one pair of neighbouring letters swapped."""
    at = draw.randrange(len(text) - 1)
    return text[:at] + text[at + 1] + text[at] + text[at + 2 :]


def pool(ways: list[str], intent: str, split: str, draw: random.Random) -> list[str]:
    """The ways to ask that one utterance may use. Out of scope, no split repeats another."""
    if intent == OUT_OF_SCOPE:
        third = len(ways) // 3
        start = sorted(UNFORESEEN).index(split) * third
        return ways[start : start + third]
    unforeseen = draw.random() < UNFORESEEN[split]
    if split == "check":
        return ways[FORESEEN : FORESEEN + 1] if unforeseen else ways[:FORESEEN]
    return ways[FORESEEN:] if unforeseen else ways[:FORESEEN]


def own(split: str, seed: int, each: int = EACH) -> list[Utterance]:
    """The shop's corpus; the shortest texts of one split may stand in another, as in life."""
    found = []
    for segment in LANGUAGES:
        language = Language(segment)
        for intent, ways in language.ways.items():
            draw = random.Random(f"{split}/{seed}/{segment}/{intent}")
            for _ in range(each):
                way = draw.choice(pool(ways, intent, split, draw))
                found.append(Utterance(language.ask(way, draw), intent, segment))
    return found


def clinc(path: Path, split: str) -> list[Utterance]:
    """The CLINC150 utterances of a split: English, 150 intents, and questions out of scope."""
    data = json.loads(path.read_text("utf-8"))
    name = CLINC_SPLITS[split]
    pairs = [*data[name], *data[f"oos_{name}"]]
    return [Utterance(text, OUT_OF_SCOPE if i == "oos" else i, "en") for text, i in pairs]


def utterances(split: str, seed: int, clinc_file: Path | None = None) -> list[Utterance]:
    """The utterances of a split (train, check, traffic) in an order that the seed decides."""
    found = clinc(clinc_file, split) if clinc_file else own(split, seed)
    random.Random(f"order/{split}/{seed}").shuffle(found)
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n\n")[0])
    parser.add_argument("--split", choices=sorted(CLINC_SPLITS), default="train")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--clinc", type=Path, help="CLINC150's data_full.json instead")
    asked = parser.parse_args()
    for one in utterances(asked.split, asked.seed, asked.clinc):
        print(json.dumps(asdict(one), ensure_ascii=False))


if __name__ == "__main__":
    try:
        main()
    except BrokenPipeError:
        sys.stderr.close()
