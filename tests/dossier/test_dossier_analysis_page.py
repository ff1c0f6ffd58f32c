"""The table for and against: whole at any width, and no word of it becomes a tag."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from datetime import UTC, datetime

import pytest

from tocsin.cli.analysis.sheet import as_text
from tocsin.dossier.analysis_page import as_html, as_svg
from tocsin.facts import Access, Author, Entry, Fact, Proof
from tocsin.facts.analysis import (
    Bearing,
    Conclusion,
    EvidenceWeighed,
    HypothesisConcluded,
    HypothesisRaised,
    Strength,
)
from tocsin.facts.failure_modes import FailureMode
from tocsin.facts.kinds import Asserter
from tocsin.incident.analysis import Analysis, analysis_of

HOSTILE = '<script>alert("x")</script>\nNext: all is well'


def told(*facts: Fact) -> Analysis:
    at = datetime(2026, 11, 27, 8, tzinfo=UTC)
    author = Author(who="ana", kind=Asserter.PERSON, proof=Proof.ACCOUNT)
    return analysis_of(
        Entry(
            log="incident/7K3AAAAAAA", seq=seq, happened_at=at, recorded_at=at, author=author,
            access=Access.OPS, fact=fact,
        )
        for seq, fact in enumerate(facts, 1)
    )  # fmt: skip


def weighed(bearing: Bearing, because: str, entry: int) -> EvidenceWeighed:
    return EvidenceWeighed(
        hypothesis="H1", evidence=None, entry=entry, bearing=bearing, strength=Strength.STRONG,
        because=because,
    )  # fmt: skip


@pytest.fixture
def known() -> Analysis:
    return told(
        HypothesisRaised(
            hypothesis="H1", statement=HOSTILE, mode=FailureMode.DEGRADATION, under=None
        ),
        weighed(Bearing.SUPPORTS, "the rate rose within a minute of the release", 3),
        HypothesisConcluded(
            hypothesis="H1", conclusion=Conclusion.SUPPORTED, because="replayed", despite=""
        ),
        weighed(Bearing.CONTRADICTS, "version 6 answers alike", 4),
        weighed(Bearing.NEUTRAL, "the vendor was calm", 5),
    )


def test_the_picture_is_one_document_without_scripts_at_every_width(known: Analysis) -> None:
    for width in (320, 640, 900, 4000):
        svg = as_svg(known, "7K3", width)
        root = ET.fromstring(svg)
        words = " ".join(" ".join(each.itertext()) for each in root.iter() if each.text)
        words = " ".join(words.split())
        assert root.get("width") == str(width)
        assert "<script" not in svg
        for said in ("version 6", "DOUBTFUL", "not answered", "For", "Against", "Neither"):
            assert said in words


def test_no_text_of_the_picture_leaves_it(known: Analysis) -> None:
    for width in (320, 700):
        root = ET.fromstring(as_svg(known, "7K3", width))
        for one in root.iter("{http://www.w3.org/2000/svg}text"):
            assert float(one.get("x", "0")) + 6.6 * len(one.text or "") <= width + 6.6


def test_the_page_shows_tags_as_words_and_forbids_what_it_does_not_need(known: Analysis) -> None:
    page = as_html(known, "7K3")
    assert "<script" not in page
    assert "default-src 'none'" in page
    assert "&lt;script&gt;" in page
    assert re.search(r"DOUBTFUL: entry 4", page)


def test_a_page_about_nothing_says_so() -> None:
    assert "No hypothesis yet" in as_html(told(), "7K3")
    assert "No hypothesis yet" in as_svg(told(), "7K3", 400)


def test_a_wide_screen_has_two_columns_and_a_narrow_one_has_one(known: Analysis) -> None:
    wide, narrow = as_text(known, "7K3", 120), as_text(known, "7K3", 50)
    assert any("FOR" in line and "AGAINST" in line for line in wide.splitlines())
    assert not any(" | " in line for line in narrow.splitlines())
    assert max(map(len, narrow.splitlines())) <= 50
    for text in (wide, narrow):
        assert "\nNext: all is well" not in text
