"""What an answer to a webhook means: seen, refused, to be asked again later, or worth nothing."""

from __future__ import annotations

from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

import msgspec

from tocsin.connectors.calls import Answer
from tocsin.connectors.targets import plain
from tocsin.facts import ConnectorError
from tocsin.facts.learned import learned
from tocsin.facts.moments import instant_written
from tocsin.facts.runs import Outcome
from tocsin.world import Order, Receipt

STATE_CHARACTERS_MAX = 200
RETRY_AFTER_SECONDS_MAX = 3600.0
RESET_HEADERS = ("ratelimit-reset", "x-ratelimit-reset")
EPOCH_SECONDS_MIN = 1_000_000_000.0  # a larger number is an instant, not a span
# A 4xx says that nothing was done, but for these: a proxy gave up, or the same key is at work.
_UNSURE_4XX = frozenset({408, 409})
_LATER_4XX = frozenset({408, 409, 425, 429})


@learned
class _State(msgspec.Struct, frozen=True):
    state: str


@learned
class _Unknown(msgspec.Struct, frozen=True):
    unknown: str


@learned
class _Obeyed(msgspec.Struct, frozen=True):
    key: str
    before: str
    after: str


def stated(answer: Answer, of: str) -> str:
    """The state that a state_url answered. Raises ConnectorError: it answered anything else."""
    if answer.status != 200:
        raise _later_or_never(answer, f"asked for {of}, the far side answered {_status(answer)}")
    try:
        state = msgspec.json.decode(answer.body, type=_State).state
    except (msgspec.DecodeError, UnicodeDecodeError) as bad:
        raise _garbage(f'{of}: expected {{"state": TEXT}}, got something else ({bad})') from None
    return _usable(state, of)


def spoken_state(answer: Answer) -> str | None:
    """The state that the answer to an order claims, if it claims a usable one."""
    try:
        return _usable(msgspec.json.decode(answer.body, type=_State).state, "the answer")
    except (msgspec.DecodeError, UnicodeDecodeError, ConnectorError):
        return None


def looked_up(answer: Answer, order: Order) -> Receipt | None:
    """What became of an order; None when the far side says that it never arrived."""
    if answer.status == 404 and _is_unknown(answer, order):
        return None
    if answer.status != 200:
        raise _later_or_never(
            answer, f"asked for order {order.key}, the far side answered {_status(answer)}"
        )
    try:
        obeyed = msgspec.json.decode(answer.body, type=_Obeyed)
    except (msgspec.DecodeError, UnicodeDecodeError) as bad:
        raise _garbage(f"the answer about order {order.key} cannot be read ({bad})") from None
    if obeyed.key != order.key:
        raise _garbage(f"asked for order {order.key}, the answer is about {plain(obeyed.key)!r}")
    before, after = _usable(obeyed.before, "before"), _usable(obeyed.after, "after")
    outcome = Outcome.NOT_DONE if after != order.wanted else Outcome.DONE
    if before == after == order.wanted:
        outcome = Outcome.ALREADY
    return Receipt(key=order.key, outcome=outcome, before=before, after=after)


def _is_unknown(answer: Answer, order: Order) -> bool:
    try:
        return msgspec.json.decode(answer.body, type=_Unknown).unknown == order.key
    except (msgspec.DecodeError, UnicodeDecodeError):
        return False


def accepted_or_error(answer: Answer, target: str, now: datetime) -> None:
    """Returns when an order was accepted.

    Raises:
        ConnectorError: any other answer; the flags say whether it may have acted, whether asking
            again can help, and how long the far side wants us to wait.
    """
    status = answer.status
    if 200 <= status < 300:
        return
    reason = plain(answer.headers.get("ratelimit-reason", ""))
    what = f"{target}: the far side answered {_status(answer)}" + f" ({reason})" * bool(reason)
    if 300 <= status < 400 or status < 200:
        raise ConnectorError(
            f"{what}; redirects are not followed: put the final address into the register",
            may_have_acted=False,
            retry=False,
        )
    if status < 500:
        raise ConnectorError(
            what,
            may_have_acted=status in _UNSURE_4XX,
            retry=status in _LATER_4XX,
            retry_after_seconds=_retry_after(answer, now),
        )
    raise ConnectorError(
        what,
        may_have_acted=status != 501,
        retry=status != 501,
        retry_after_seconds=_retry_after(answer, now),
    )


def _retry_after(answer: Answer, now: datetime) -> float | None:
    """How long to wait: the longest that any of these headers asks for.

    Source: RFC 9110 10.2.3 (Retry-After: seconds, or a date); the header `ratelimit-reset` in
    seconds, as PagerDuty sends it; `x-ratelimit-reset` as an instant, as Jira sends it. The latter
    two count only where the answer is 429.
    """
    named = [answer.headers.get("retry-after", "")]
    if answer.status == 429:
        named += [answer.headers.get(name, "") for name in RESET_HEADERS]
    asked = [_seconds(text.strip(), now) for text in named if text.strip()]
    found = [min(max(one, 0.0), RETRY_AFTER_SECONDS_MAX) for one in asked if one is not None]
    return max(found, default=None)


def _seconds(text: str, now: datetime) -> float | None:
    if text.isascii() and text.isdigit():
        seconds = float(text[:12])
        return seconds if seconds < EPOCH_SECONDS_MIN else seconds - now.timestamp()
    try:
        date = instant_written(text) if text[:4].isdigit() else parsedate_to_datetime(text)
    except ValueError:
        return None
    return (date.replace(tzinfo=date.tzinfo or UTC) - now).total_seconds()


def _status(answer: Answer) -> str:
    said = plain(answer.body.decode("utf-8", "replace"))
    return f"{answer.status}: {said}" if said else str(answer.status)


def _later_or_never(answer: Answer, message: str) -> ConnectorError:
    later = answer.status >= 500 or answer.status in _LATER_4XX
    return ConnectorError(message, may_have_acted=False, retry=later)


def _usable(state: str, what: str) -> str:
    if not state or len(state) > STATE_CHARACTERS_MAX or not state.isprintable():
        raise _garbage(f"{what}: a state is 1 to {STATE_CHARACTERS_MAX} printable characters")
    return state


def _garbage(message: str) -> ConnectorError:
    return ConnectorError(message, may_have_acted=False)
