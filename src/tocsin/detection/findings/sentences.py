"""Says a finding in words: one sentence for a person, and a paragraph that can stand in a file.

A number is never without what it is a number of, what it is compared with, and how sure it is.
"""

from __future__ import annotations

from tocsin.detection.declared.declaration import Detector, Fairness, Parity
from tocsin.detection.detectors.rises import SHARE_OF
from tocsin.detection.moments import Moments
from tocsin.facts.confusion import FALSE_POSITIVES, RECALL, SELECTED
from tocsin.facts.findings import Found, Sign
from tocsin.facts.spelt import spelt

SHARES = frozenset({"", "share", "ks", "tv", "missing", "unseen"})
"""Measures whose values are shares, which people read as %."""

NAMES = {
    "ks": "Kolmogorov-Smirnov distance",
    "tv": "total variation",
    "psi": "population stability index",
    "js": "Jensen-Shannon distance",
    "w1": "Wasserstein distance, in scales of the baseline",
    "chi2": "Cramer's V",
    "missing": "share that is missing",
    "unseen": "share of values never seen before",
}


def sentence(found: Found, detector: Detector, moments: Moments) -> str:
    """What fails, by how much, where, since when, on how many rows; for whoever is woken."""
    return f"{_what(found, detector)}{where(found)}, since {moments.since(found.since)}"


def _what(found: Found, detector: Detector) -> str:
    low, high = value(found, found.low), value(found, found.high)
    now, before = value(found, found.observed), value(found, found.baseline)
    match found.sign:
        case Sign.RATE:
            went = "rose" if float(found.observed) > float(found.baseline) else "fell"
            return (
                f"{found.metric} {went} from {before} to {now} ({low} to {high}; "
                f"{counted(found):,} of {found.requests:,})"
            )
        case Sign.DRIFT if found.measure in ("missing", "unseen"):
            told = NAMES[found.measure]
            return f"{found.metric}: {told} is {now} ({low} to {high}), tolerated {_limit(found)}"
        case Sign.DRIFT if found.measure.startswith(SHARE_OF):
            which = found.measure.removeprefix(SHARE_OF)
            return (
                f"{found.metric}: {which} went from {before} to {now} ({low} to {high}), "
                f"tolerated {_limit(found)}"
            )
        case Sign.DRIFT:
            return (
                f"{found.metric} is distributed otherwise than before: "
                f"{NAMES.get(found.measure, 'distance')} {now} ({low} to {high}), "
                f"tolerated {_limit(found)}"
            )
        case Sign.UNFAIR:
            return _unfair(found, detector)
        case Sign.CALIBRATION:
            return (
                f"predicted chances are off by {now} on average ({low} to {high}), "
                f"tolerated {_limit(found)}"
            )
        case Sign.QUANTITY:
            what = f"{found.measure} of {found.metric}"
            return f"{what} went from {before} to {now} ({low} to {high})"
        case Sign.NO_DATA:
            return f"no data for {found.observed} seconds"


def counted(found: Found) -> int:
    """How many rows since the change are those whose share was observed; of what is no share, how
    many went wrong."""
    if found.sign in (Sign.RATE, Sign.UNFAIR) and found.measure == "share":
        return round(float(found.observed) * found.requests)
    return found.bad


def _unfair(found: Found, detector: Detector) -> str:
    """How a group fares beside the other; of chances, how far they are off."""
    now = (
        f"{value(found, found.observed)} ({value(found, found.low)} to {value(found, found.high)})"
    )
    if isinstance(detector, Fairness) and detector.parity is Parity.CALIBRATION:
        return (
            f"the chances predicted for {found.group} are off by {now} on average, "
            f"tolerated {_limit(found)}"
        )
    above = float(found.observed) > float(found.baseline)
    does = _FARES.get(found.metric, f"has {found.metric} {{more}} often")
    does = does.format(more="more" if above else "less")
    first = f"{found.group} {does} than {found.compared_with}"
    if above:
        first = f"{found.compared_with} fares worse than {found.group}, which {does}"
    against = f"{value(found, found.baseline)}, tolerated {_limit(found)}"
    return f"{first}: {now} against {against}"


def worse_off(found: Found) -> str | None:
    """Of the two groups of a finding, the one whose share is the smaller."""
    if found.sign is not Sign.UNFAIR or found.compared_with is None:
        return None
    above = float(found.observed) > float(found.baseline)
    return found.compared_with if above else found.group


_FARES = {
    SELECTED: "is decided favourably {more} often",
    RECALL: "is decided favourably {more} often when the truth is positive",
    FALSE_POSITIVES: "is decided favourably {more} often when the truth is negative",
}


def for_the_file(
    found: Found, detector: Detector, moments: Moments, until: str, profiles: tuple[str, ...]
) -> str:
    """The same with everything that somebody needs who checks it later."""
    lines = [
        f"Detector {found.detector} ({_kind(detector)}) of {found.system} found: "
        f"{_what(found, detector)}{where(found)}.",
        f"Compared with {value(found, found.baseline)}; silent by design up to {_limit(found)}.",
        f"Interval at {float(found.confidence) * 100:g} %: {value(found, found.low)} to "
        f"{value(found, found.high)}, on {found.requests:,} rows.",
        f"Estimated beginning: {moments.since(found.since)}{_region(found, moments)}; {until}.",
    ]
    if found.evidence:
        lines.append(f"Evidence when it was raised: 10 to the power {found.evidence}.")
    lines.append(found.promise)
    if profiles:
        lines.append(f"Rests on the profiles with SHA-256 {', '.join(profiles)}.")
    return " ".join(line.strip() for line in lines)


def _region(found: Found, moments: Moments) -> str:
    if found.since_from is None or found.since_until is None:
        return ""
    first, last = moments.since(found.since_from), moments.since(found.since_until)
    return f" (likelihood region: {first} to {last})" if first != last else ""


def where(found: Found) -> str:
    """The slice, as words that follow what was found; nothing for all requests."""
    parts = [f"version {spelt(found.version)}" if found.version else "",
             f"segment {spelt(found.segment)}" if found.segment else ""]  # fmt: skip
    said = ", ".join(part for part in parts if part)
    return f" in {said}" if said else ""


def value(found: Found, text: str) -> str:
    """A value as people read it: shares in %, everything else to four figures."""
    try:
        number = float(text)
    except ValueError:
        return text
    return number_said(number, found.measure, quantity=found.sign is Sign.QUANTITY)


def number_said(number: float, measure: str, *, quantity: bool) -> str:
    """The same of a bare number."""
    if quantity or not (measure in SHARES or measure.startswith(SHARE_OF)):
        return f"{number:.4g}"
    return f"{number * 100:.3g} %" if abs(number) < 1 else f"{number * 100:.4g} %"


def _limit(found: Found) -> str:
    return value(found, found.tolerated)


def _kind(detector: Detector) -> str:
    return type(detector).__name__.lower()
