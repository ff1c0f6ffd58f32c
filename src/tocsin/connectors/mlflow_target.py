"""Looks for a version to go back to: the newest before the present one that is what was registered.

A version counts when it is READY, every file is the one its manifest names, and the smoke test's
questions are all answered by it, without a fallback and without an error, while nobody is served.
"""

from __future__ import annotations

from datetime import datetime

import msgspec

from tocsin.connectors.calls import Caller
from tocsin.connectors.mlflow import parted
from tocsin.connectors.mlflow_manifest import AT_BIND_TIME, Checked, checked
from tocsin.connectors.mlflow_registry import MlflowRegistry, Version
from tocsin.connectors.targets import plain
from tocsin.facts import ConnectorError, Refused
from tocsin.facts.learned import learned
from tocsin.facts.runs import Verdict
from tocsin.world import Reading

TRIED_MAX = 20


class TargetSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is needed to look for a version to go back to.

    Args:
        place, secret: as for the registry.
        smoke_url: takes POST {"version", "questions"}; empty where nothing can be asked.
        smoke_questions: parted by a bar.
        allow_unmanifested: whether a version without a manifest may be found.
    """

    place: str
    secret: str = ""
    smoke_url: str = ""
    smoke_questions: str = ""
    allow_unmanifested: bool = False

    @property
    def smoke(self) -> SmokeTest | None:
        """The smoke test, or None. Raises Refused when it is only half declared."""
        questions = tuple(q.strip() for q in self.smoke_questions.split("|") if q.strip())
        if bool(self.smoke_url) != bool(questions):
            raise Refused("smoke_url and smoke_questions belong together; write both, or neither")
        return SmokeTest(url=self.smoke_url, questions=questions) if questions else None


class _Answered(msgspec.Struct, frozen=True):
    fallback: bool = True
    error: bool = False


@learned
class _Shadow(msgspec.Struct, frozen=True):
    answers: tuple[_Answered, ...]


class SmokeTest(msgspec.Struct, frozen=True, kw_only=True):
    """Questions that a version must be able to answer.

    Args:
        url: takes POST {"version", "questions"} and answers {"answers": [{"fallback", "error"}]}.
    """

    url: str
    questions: tuple[str, ...]


class MlflowTarget:
    """A probe for a target "MODEL@ALIAS"; the value of its reading is a version's number.

    Args:
        smoke: None where nothing can be asked without serving; the reading says so.
        allow_unmanifested: whether a version without a manifest may be found.
    """

    def __init__(
        self,
        registry: MlflowRegistry,
        caller: Caller,
        smoke: SmokeTest | None,
        *,
        allow_unmanifested: bool = False,
    ) -> None:
        self._registry, self._caller, self._smoke = registry, caller, smoke
        self._allow_unmanifested = allow_unmanifested

    def sample(self, target: str, wanted: str, since: datetime) -> Reading:
        """The newest version that verifies, whatever `wanted` is called; one that cannot be asked
        about is no reason to take an older one."""
        name, alias = parted(target)
        present = self._registry.alias(name, alias)
        if present is None:
            return _reading(target, Verdict.NOT_SHOWN, 0, f"{target} names no version", "")
        before = [v for v in self._registry.versions(name) if v.number < present.number]
        refused: list[str] = []
        sampled = 0
        for version in before[:TRIED_MAX]:
            held = checked(self._registry, version)
            sampled += len(held.files)
            wrong = self._wrong(held)
            if not wrong and self._smoke is not None:
                sampled += len(self._smoke.questions)
                wrong = self._answers_wrong(self._smoke, version)
            if not wrong:
                told = "; ".join([self._told(held), *refused])
                return _reading(target, Verdict.SHOWN, sampled, told, version.version)
            refused.append(f"version {version.version} is refused: {'; '.join(wrong)}")
        told = "; ".join(refused) or f"there is no version before {present.version}"
        return _reading(target, Verdict.NOT_SHOWN, sampled, told, "")

    def _wrong(self, held: Checked) -> list[str]:
        wrong = list(held.wrong)
        if not held.manifested and not self._allow_unmanifested:
            wrong.append("no manifest was written at its registration")
        return wrong

    def _told(self, held: Checked) -> str:
        number = held.version.version
        basis = f"equal to {held.basis}" if held.manifested else AT_BIND_TIME
        smoke = "no smoke test is set up"
        if self._smoke is not None:
            count = len(self._smoke.questions)
            smoke = f"smoke test: {count} of {count} questions answered"
        return f"version {number}: {len(held.files)} files, {basis}; {smoke}"

    def _answers_wrong(self, smoke: SmokeTest, version: Version) -> list[str]:
        """What is wrong with the answers of a version to the smoke test.

        Raises:
            ConnectorError: it could not be asked.
        """
        body = msgspec.json.encode({"version": version.version, "questions": smoke.questions})
        headers = {"Content-Type": "application/json", "Accept": "application/json"}
        answer = self._caller.call("POST", smoke.url, headers, body)
        if answer.status in (404, 409, 422):
            return [f"it does not load: {plain(answer.body.decode('utf-8', 'replace'))}"]
        if answer.status != 200:
            raise _unasked(f"the smoke test answered {answer.status}")
        try:
            answers = msgspec.json.decode(answer.body, type=_Shadow).answers
        except (msgspec.DecodeError, UnicodeDecodeError) as bad:
            raise _unasked(f"the smoke test answered something else: {bad}") from None
        good = sum(not one.fallback and not one.error for one in answers)
        if len(answers) == len(smoke.questions) == good:
            return []
        return [f"smoke test: {good} of {len(smoke.questions)} questions answered"]


def _reading(target: str, verdict: Verdict, sample: int, seen: str, value: str) -> Reading:
    return Reading(
        hypothesis=f"a version before the one that {target} names is what was registered",
        sample=sample,
        error="0",
        verdict=verdict,
        seen=seen,
        value=value,
    )


def _unasked(message: str) -> ConnectorError:
    return ConnectorError(message, may_have_acted=False)
