"""A lineage drawn: every verdict in words, every arrow between boxes, no name read as a tag."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from datetime import UTC, datetime

from tocsin.dossier.lineage_picture import lineage_svg
from tocsin.facts.lineage import DataUsed, Origin, RunState
from tocsin.incident.lineage import judged

AT = datetime(2026, 11, 27, 8, tzinfo=UTC)
SVG = "{http://www.w3.org/2000/svg}"
ORIGIN = Origin(
    model="<b>credit</b>", version="2", alias="champion", status="READY", source="models:/m-1",
    registered_by="", registered_at=None, read_at=AT, run="r1" * 20, run_from="it names it",
    run_state=RunState.DELETED, run_by="", ended_at=None,
    data=tuple(
        DataUsed(
            name=name, digest="b28eab6f", source_type="code", source="", context="", sha256=None
        )
        for name in ("train", "<script>")
    ),
    params=(), commit=None, code="", parents=(),
)  # fmt: skip


def test_every_step_from_data_to_decisions_is_a_box() -> None:
    svg = lineage_svg(ORIGIN, judged(ORIGIN, {}), "assistant", [12, 30])
    root = ET.fromstring(svg)
    words = [text.text or "" for text in root.iter(f"{SVG}text")]
    for said in ("data", "run", "version", "alias", "system", "decisions", "42 in 2 lists",
                 "AT-RISK L0", "train@b28eab6f"):  # fmt: skip
        assert said in words
    assert "<script>" not in svg and "<script>@b28eab6f" in words
    arrows = [path for path in root.iter(f"{SVG}path") if path.get("class") == "line"]
    assert len(arrows) == 2 + 1 + 1 + 1 + 1


def test_every_box_lies_in_the_picture() -> None:
    root = ET.fromstring(lineage_svg(ORIGIN, judged(ORIGIN, {}), "assistant", []))
    width, height = float(root.get("width", "0")), float(root.get("height", "0"))
    for box in root.iter(f"{SVG}rect"):
        assert float(box.get("x", "0")) + float(box.get("width", "0")) <= width
        assert float(box.get("y", "0")) + float(box.get("height", "0")) <= height
    assert "no list yet" in {text.text for text in root.iter(f"{SVG}text")}
