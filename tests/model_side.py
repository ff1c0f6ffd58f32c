"""A model on the other end of the line that judges answers, as well or as badly as it is told."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from small_web import Asked, Said

Verdict = dict[str, Any]
Rule = Callable[[Verdict], bool]


def material(asked: Asked) -> Verdict:
    """What was put before the model: challenge, context, question, answer."""
    body = json.loads(asked.body)
    found: Verdict = json.loads(body["messages"][1]["content"])
    return found


def completion(content: str | None, *, finish: str = "stop") -> Said:
    """What a far side answers whose model says this."""
    choice = {"message": {"role": "assistant", "content": content}, "finish_reason": finish}
    body = {"model": "one-2026-05", "system_fingerprint": "fp1", "choices": [choice]}
    return Said(body=json.dumps(body).encode())


def verdict(put: Verdict, grounded: bool) -> str:
    """An honest answer in the form that is asked for."""
    source = put["context"] if grounded else put["answer"]
    quotes = [] if source is None else [source[:40]]
    return json.dumps({"challenge": put["challenge"], "grounded": grounded, "quotes": quotes})


def model(rule: Rule) -> Callable[[Asked], Said]:
    """A model that judges by a rule."""

    def answer(asked: Asked) -> Said:
        put = material(asked)
        return completion(verdict(put, rule(put)))

    return answer
