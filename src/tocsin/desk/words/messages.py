"""Plans of one step that only speak: words by mail, or a call. Braces stand for themselves.

Whatever says something to somebody outside of a written plan says it by one of these, so that it
has orders, receipts and a place in the record like any other act.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import yaml


def plan_of_words(
    name: str,
    audiences: Sequence[str],
    subject: str,
    body: str,
    *,
    through: str,
    title: str | None = None,
    claims: Sequence[str] = (),
    next_update_seconds: int | None = None,
) -> bytes:
    """The plan that tells these words.

    Args:
        audiences: roles or people; each has an address.
        title: of the plan; the subject where none is given.
    """
    step: dict[str, object] = {
        "tell": list(audiences),
        "subject": _literal(subject),
        "text": _literal(body),
        "through": through,
        "next": "done",
        "on_failure": "failed",
    }
    if claims:
        step["claims"] = list(claims)
    if next_update_seconds is not None:
        step["next_update"] = f"{next_update_seconds}s"
    return _plan(name, subject if title is None else title, "tell", step)


def plan_of_call(
    name: str, role: str, text: str, *, title: str, within_seconds: int, step: str = "page"
) -> bytes:
    """The plan that calls the people of a role, one after the other.

    Args:
        step: its id, by which the record names it.
    """
    called: dict[str, object] = {
        "page": role,
        "text": _literal(text),
        "within": f"{within_seconds}s",
        "next": "done",
        "on_unanswered": "failed",
    }
    return _plan(name, title, step, called)


def _plan(name: str, title: str, id: str, step: Mapping[str, object]) -> bytes:
    whole = {
        "plan": name,
        "version": "1",
        "title": _literal(title),
        "steps": {id: step, "done": {"end": "completed"}, "failed": {"end": "failed"}},
    }
    return yaml.safe_dump(whole, sort_keys=False, allow_unicode=True).encode()


def _literal(text: str) -> str:
    return text.replace("{", "{{").replace("}", "}}")
