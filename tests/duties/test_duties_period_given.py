"""The given vectors, as far as a period and its readings alone decide them."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
from places import (
    EU_DAYS,
    FULL_HOUR,
    NOON,
    SAME_HOUR,
    WORKING_DAY,
    deadline,
    ends,
    shown,
)  # fmt: skip

from tocsin.duties.law import Shift

SHARED = Path(os.environ.get("TOCSIN_SHARED") or Path(__file__).parents[3] / "shared")
VECTORS = SHARED / "data" / "law" / "vectors.json"

# Which period and which readings each rule names; for harms, by the kind of the first.
PERIODS: Mapping[str, tuple[str, tuple[Shift, ...]]] = {
    "eu/ai-act/73 health": ("15 days", EU_DAYS),
    "eu/ai-act/73 critical-infrastructure": ("2 days", EU_DAYS),
    "eu/ai-act/73 death": ("10 days", EU_DAYS),
    "eu/gpai-code/9/initial cyber-breach": ("5 days", ()),
    "eu/gpai-code/9/initial death": ("10 days", ()),
    "eu/gpai-code/9/intermediate": ("4 weeks", ()),
    "eu/gdpr/33": ("72 hours", FULL_HOUR),
    "eu/nis2/23/early-warning": ("24 hours", FULL_HOUR),
    "eu/nis2/23/final": ("1 month", ()),
    "eu/dora/19/initial": ("4 hours", ()),
    "eu/dora/19/intermediate": ("72 hours", ()),
    "eu/dora/19/final": ("1 month", NOON),
    "eu/mdr/87 serious-incident": ("15 days", WORKING_DAY),
    "eu/mdr/87 death-or-unanticipated-deterioration": ("10 days", WORKING_DAY),
    "eu/cra/14/early-warning": ("24 hours", FULL_HOUR),
    "us/21-cfr/803.50": ("30 days", ()),
    "us/21-cfr/806.10": ("10 working_days", ()),
    "us/45-cfr/164.404": ("60 days", ()),
    "us/45-cfr/164.408-under-500": ("60 days after the year", ()),
    "us/form-8-k/1.05": ("4 working_days until 17:30", ()),
    "us-ny/23-nycrr/500.17-a": ("72 hours", SAME_HOUR),
    "us-ny/23-nycrr/500.17-c-1": ("24 hours", SAME_HOUR),
    "us-ny/gbl/1422": ("72 hours", SAME_HOUR),
    "us-ca/bpc/22757.13-c-1": ("15 days", WORKING_DAY),
    "us-ca/bpc/22757.13-c-2": ("24 hours", ()),
    "cn/cac-incident/4/cii-operator": ("1 hour", ()),
    "br/anpd-15/notice": ("3 working_days", ()),
    "sg/pdpa/26d": ("3 days", ()),
    "inquiry/reply": ("20 days", ()),
}
STARTS = ("classified", "determined", "material", "paid", "assessed", "correction_started",
          "received", "aware")  # fmt: skip


def given() -> Iterator[dict[str, object]]:
    if VECTORS.exists():
        for vector in json.loads(VECTORS.read_text())["vectors"]:
            if vector["status"] == "due":
                yield vector


def key_and_event(vector) -> tuple[str, str]:
    facts = vector["facts"]
    if "harms" in facts:
        return f"{vector['rule']} {facts['harms'][0]['kind']}", facts["harms"][0]["aware"]
    if "submitted" in facts:
        return vector["rule"], next(iter(facts["submitted"].values()))
    return vector["rule"], next(facts[start] for start in STARTS if start in facts)


@pytest.mark.skipif(
    not VECTORS.exists(), reason="NOT PROVEN: TOCSIN_SHARED names no folder with data/law in it"
)
def test_every_given_deadline_comes_out() -> None:
    vectors = list(given())
    assert len(vectors) > 30
    for vector in vectors:
        key, event = key_and_event(vector)
        said, shifts = PERIODS[key]
        found = deadline(said, event, (vector["zone"], vector["calendar"]), shifts)
        assert ends(found) == (shown(vector["due"]), shown(vector["latest_arguable"])), vector["id"]
