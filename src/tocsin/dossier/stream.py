"""A stream of measurements as a picture: what was measured, what is tolerated, since when it is so.

Drawn here and not in a browser, so that the paper shows what the screen shows. One picture holds
two drawings of the same thing, for a wide place and for a narrow one, and the place it is shown in
chooses; light or dark is chosen likewise. No line is told from another by colour alone, and a
sentence says all of it to whoever does not see.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime

import msgspec

from tocsin.dossier.axis import WRITTEN, Unit
from tocsin.dossier.letters import lettered
from tocsin.dossier.stream_lines import NARROW, WIDE, Frame, inside
from tocsin.facts.canonical import sha256_hex
from tocsin.facts.summaries import Measured
from tocsin.playbook.show.palette import DARK, FONT, LIGHT

POINTS_MAX = 360


class Mark(msgspec.Struct, frozen=True, kw_only=True):
    """Something that happened at an instant, in one or two words."""

    at: datetime
    text: str


class Stream(msgspec.Struct, frozen=True, kw_only=True):
    """A measurement over time.

    Args:
        unit: what it is measured in.
        tolerated: up to where the detector is silent; None when there is nothing of the kind.
        before: what it was before, and the bounds within which that is known.
        since: the estimated change; `region` is where it lies, as likely as not elsewhere.
        alarm: when the detector spoke.
        marks: what was done, in order.
        rows: the log tells no time: an instant is a number of rows.
    """

    title: str
    points: Sequence[Measured]
    tolerated: float | None
    since: datetime | None
    unit: Unit = Unit.SHARE
    before: tuple[float, float, float] | None = None
    region: tuple[datetime, datetime] | None = None
    alarm: datetime | None = None
    marks: Sequence[Mark] = ()
    rows: bool = False


def drawn(stream: Stream) -> str:
    """The stream as SVG; a sentence where there is nothing to draw."""
    kept = thinned([p for p in stream.points if p.requests > 0], POINTS_MAX)
    if len(kept) < 2:
        return f"<p>{lettered(stream.title)}: too few windows to draw.</p>"
    return picture(msgspec.structs.replace(stream, points=kept))


def picture(stream: Stream) -> str:
    """The stream as one SVG picture that needs nothing else; it must have two points at least."""
    own = sha256_hex(msgspec.json.encode(stream, order="deterministic"))[:8]
    drawings = [_drawing(frame, stream) for frame in (WIDE, NARROW)]
    return (
        f'<svg class="stream" xmlns="http://www.w3.org/2000/svg" width="{WIDE.width}" '
        f'height="{WIDE.height}" role="img" aria-labelledby="t{own} d{own}">'
        f'<title id="t{own}">{lettered(stream.title)}</title>'
        f'<desc id="d{own}">{lettered(" ".join(sentences(stream)))}</desc>'
        f"<style>{style()}</style>{''.join(drawings)}</svg>"
    )


def _drawing(frame: Frame, stream: Stream) -> str:
    hidden = "" if frame is WIDE else ' display="none"'
    return (
        f'<svg class="{frame.name}"{hidden} viewBox="0 0 {frame.width} {frame.height}" '
        f'preserveAspectRatio="xMidYMin meet" aria-hidden="true">{inside(frame, stream)}</svg>'
    )


def sentences(stream: Stream) -> Iterator[str]:
    """What the picture shows, for whoever does not see it."""
    say, when = WRITTEN[stream.unit], _when(stream)
    if not stream.points:
        yield "Nothing was measured."
        return
    values = [p.value for p in stream.points]
    yield (
        f"{len(values)} windows from {when(stream.points[0].at)} to {when(stream.points[-1].at)}, "
        f"between {say(min(values))} and {say(max(values))}, at the end {say(values[-1])}."
    )
    if stream.before is not None:
        yield f"Before: {say(stream.before[0])}."
    if stream.tolerated is not None:
        yield f"Tolerated: {say(stream.tolerated)}."
    if stream.since is not None:
        yield f"It began at about {when(stream.since)}."
    if stream.region is not None:
        yield f"That lies between {when(stream.region[0])} and {when(stream.region[1])}."
    if stream.alarm is not None:
        yield f"The alarm was raised at {when(stream.alarm)}."
    for mark in stream.marks:
        yield f"{mark.text} at {when(mark.at)}."


def _when(stream: Stream) -> Callable[[datetime], str]:
    if stream.rows:
        return lambda at: f"row {int(at.timestamp()):,}"
    return lambda at: f"{at:%Y-%m-%d %H:%M:%S} UTC"


def thinned(points: Sequence[Measured], most: int) -> list[Measured]:
    """At most so many points; neighbours are averaged by their requests: no share is invented."""
    step = -(-len(points) // most) if points else 1
    return [
        Measured(
            at=group[0].at,
            value=sum(p.value * p.requests for p in group) / sum(p.requests for p in group),
            requests=sum(p.requests for p in group),
        )
        for group in (points[n : n + step] for n in range(0, len(points), step))
    ]


def style() -> str:
    """The style of the picture: light, and dark where the reader wishes it; white on paper."""
    ratio = f"{WIDE.width}/{WIDE.height}"
    narrow = f"{NARROW.width}/{NARROW.height}"
    return (
        f".stream{{width:100%;height:auto;aspect-ratio:{ratio};font:11px {FONT}}}"
        ".stream .narrow{display:none}"
        "@media (max-width:34em){"
        f".stream{{aspect-ratio:{narrow}}}"
        ".stream .wide{display:none}.stream .narrow{display:inline}}"
        ".stream .curve{fill:none;stroke-width:2;stroke-linejoin:round}"
        ".stream .tolerated{stroke-width:1.5;stroke-dasharray:7 4}"
        ".stream .before{stroke-width:1.5;stroke-dasharray:2 3}"
        ".stream .change{stroke-width:2}.stream .mark{stroke-dasharray:2 3}"
        ".stream text{paint-order:stroke;stroke-width:3px;stroke-linejoin:round}"
        f"{_colours(LIGHT)}@media screen and (prefers-color-scheme:dark){{{_colours(DARK)}}}"
    )


def _colours(table: Mapping[str, str]) -> str:
    of = ".stream"
    return "".join(
        (
            f"{of} text{{fill:{table['soft']};stroke:{table['body']}}}",
            f"{of} .ground{{fill:{table['body']}}}",
            f"{of} .grid{{stroke:{table['panel']}}}{of} .edge{{stroke:{table['edge']}}}",
            f"{of} .curve{{stroke:{table['people']}}}",
            f"{of} .tolerated,{of} .change{{stroke:{table['stop']}}}",
            f"{of} .alarm{{fill:{table['stop']}}}",
            f"{of} .region{{fill:{table['stop']};fill-opacity:.16}}",
            f"{of} .before{{stroke:{table['look']}}}",
            f"{of} .band{{fill:{table['look']};fill-opacity:.16}}",
            f"{of} .mark{{stroke:{table['keep']}}}",
        )
    )
