"""The JSON Schema of a plan, for editors: which fields there are, where, and what each is.

Made of the reader's own tables, so that no field can be known to the one and not to the other. An
editor sees YAML's numbers and booleans where the reader sees the text that stands there; so both
are allowed wherever text is. What only the reader can know (whether a step is there, whether every
way ends) is not in it: `tocsin playbook lint` says that. Pure.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from tocsin.facts.failure_modes import TECHNIQUE, FailureMode
from tocsin.playbook.read import STEPS_MAX, TOP
from tocsin.playbook.read_attributes import HOURS, PHASES, PURPOSES
from tocsin.playbook.read_frame import SEVERITIES, TYPES, VARIABLE, WHERE
from tocsin.playbook.read_lists import LIST_MAX
from tocsin.playbook.read_steps import CRITERIA, EFFECTS, ENDINGS, FIELDS
from tocsin.playbook.steps import JOIN
from tocsin.register.strict_yaml import NAME

DIALECT = "https://json-schema.org/draft/2020-12/schema"
Schema = Mapping[str, object]

_SCALAR = ["string", "number", "boolean"]
_TEXT: Schema = {"type": _SCALAR, "pattern": r"\S"}
_NAME: Schema = {"type": _SCALAR, "pattern": f"^{NAME.pattern}$"}
_DURATION: Schema = {"type": "string", "pattern": "^(?!0+[smhd]$)[0-9]{1,6}[smhd]$"}
_DAY: Schema = {"type": "string", "pattern": r"^\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])$"}


def _ref(name: str) -> Schema:
    return {"$ref": f"#/$defs/{name}"}


def _of(of: Schema, means: str) -> Schema:
    return {**of, "description": means}


def _one_of(words: Sequence[str]) -> Schema:
    return {"enum": list(words)}


def _object(
    fields: Mapping[str, Schema], required: Sequence[str], *, more: Schema | None = None
) -> Schema:
    return {
        "type": "object",
        "properties": dict(fields),
        "required": list(required),
        "additionalProperties": False,
        **(more or {}),
    }


def _named(of: Schema, names: Schema = _NAME) -> Schema:
    """A mapping of names to one kind of thing."""
    return {
        "type": "object",
        "minProperties": 1,
        "propertyNames": {"pattern": names["pattern"]},
        "additionalProperties": of,
    }


def _rows(fields: Mapping[str, Schema]) -> Schema:
    return {
        "type": "array",
        "minItems": 1,
        "maxItems": LIST_MAX,
        "items": _object(fields, list(fields)),
    }


def _number(least: int, most: int) -> Schema:
    """A whole number, as YAML reads it or as text."""
    bounds = {1000: "([1-9][0-9]{0,2}|1000)", 100: "([1-9][0-9]?|100)"}
    digits = bounds.get(most, f"[{least}-{most}]")
    return {
        "anyOf": [
            {"type": "integer", "minimum": least, "maximum": most},
            {"type": "string", "pattern": f"^(?=[0-9]{{1,6}}$)0*{digits}$"},
        ]
    }


_LEADS = _ref("leads")
_LIMIT = _of(_DURATION, "How long is waited at most, such as 30s, 15m, 72h or 30d.")
_TEXTS = _of(_TEXT, "Words; {finding.metric} and the like are filled with what is known.")

FIELD: Mapping[str, Schema] = {
    "target": _of(_TEXT, "What is acted on or looked at; may hold {step.value}."),
    "wanted": _of(_TEXT, "The state it shall be in, not a verb; may hold {step.value}."),
    "effect": _of(_one_of([*EFFECTS]), "stop can be taken back and passes every gate; destroy "
                  "needs evidence and two approvals."),
    "evidence": _of(_ref("names"), "Items that must be sealed, and enough, before the act."),
    "undo": _of(_TEXT, "The state that takes it back, or `before`: what was there."),
    "no_undo": _of(_TEXT, "Why nothing takes it back."),
    "approvals": _of(_number(0, 2), "How many people must approve first."),
    "limit": _LIMIT,
    "on_limit": _of(_LEADS, "Where it goes on when the limit has passed; for ask, the choice that "
                    "counts then."),
    "attempts_max": _of(_number(1, 100), "How often it is tried; else 5 times."),
    "on_failure": _of(_LEADS, "Where it goes on when it fails."),
    "on_declined": _of(_LEADS, "Where it goes on when a person says no."),
    "next": _of(_LEADS, "Where it goes on when it went well."),
    "role": _of(_NAME, "The role that is asked."),
    "choices": _of(_named(_LEADS, {"pattern": ""}), "Each answer, and the step to which it leads."),
    "rounds_max": _of(_number(1, 1000), "How often it may wait before it leaves the circle."),
    "on_rounds_max": _of(_LEADS, "Where it goes on when its rounds are used up."),
    "on_not_shown": _of(_LEADS, "Where it goes on when it is shown not to be so."),
    "on_undetermined": _of(_LEADS, "Where it goes on when it cannot be told."),
    "otherwise": _of(_LEADS, "Where it goes on when no condition holds."),
    "undetermined": _of(_LEADS, "Where it goes on when something asked for is not known."),
    "budget": _of(_DURATION, "How long keeping the evidence may take."),
    "on_insufficient": _of(_LEADS, "Where it goes on when an item is missing or too small."),
    "text": _TEXTS,
    "within": _of(_DURATION, "How long each person has to answer."),
    "on_unanswered": _of(_LEADS, "Where it goes on when nobody answers."),
    "subject": _TEXTS,
    "through": _of(_NAME, "The integration that sends it."),
    "claims": _of(_ref("names"), "The claims that the words state."),
    "next_update": _of(_DURATION, "When they are promised to hear more."),
}  # fmt: skip
"""What each field beside a step's kind is."""

OF_ANY_STEP: Mapping[str, Schema] = {
    "phase": _of(_one_of([*PHASES]), "The phase of NIST SP 800-61 in which it stands."),
    "raci": _of(_ref("raci"), "Who does it, and the one who answers for it."),
    "soft": _of(_DURATION, "After which it counts as late; it goes on."),
    "from": _of(_NAME, "From when limits count: opened, found, aware, run, or the end of a step."),
    "before": _of(_NAME, "The deadline towards which limits count."),
    "pre_authorised": _of(_NAME, "The role that authorised it beforehand."),
    "hours": _of(_one_of([*HOURS]), "When it can be carried out."),
    "purpose": _of(
        {"anyOf": [_one_of([*PURPOSES]),
                   {"type": "array", "minItems": 1, "uniqueItems": True,
                    "items": _one_of([*PURPOSES])}]},
        "What it is for beyond its kind; the linter asks for some of these."),
}  # fmt: skip
"""What each field of any step is."""

_CHECK = {"probe": _NAME, "target": _TEXT, "wanted": _TEXT, "criterion": _one_of([*CRITERIA])}
KIND: Mapping[str, Schema] = {
    "act": _of(_NAME, "A hand of the register brings a target to a wanted state."),
    "ask": _of(_TEXT, "A question to the people of a role; each choice leads to a step."),
    "approve": _of(_TEXT, "What a proven person of a role says yes or no to."),
    "wait": _of(_DURATION, "Let time pass, such as 15m."),
    "probe": _of(_NAME, "An eye of the register looks whether a target is in a state."),
    "gate": _of(_rows(_CHECK), "Several looks, all of them, before it comes back into service."),
    "call": _of(_NAME, "Another plan of the home, run in the same incident."),
    "decide": _of(_rows({"when": _TEXT, "next": _LEADS}), "Conditions in CEL; the first that "
                  "holds leads on."),
    "seal": _of(_ref("names"), "Items of evidence that are kept."),
    "page": _of(_NAME, "The role whose people are called, one after another."),
    "tell": _of(_ref("names"), "The audiences that are told."),
    "parallel": _of({"type": "array", "minItems": 2, "uniqueItems": True, "items": _TEXT},
                    "The first steps of branches that begin at once; each ends with `join`."),
    "end": _of(_one_of([*ENDINGS]), "The plan is over."),
}  # fmt: skip
"""What the field of each kind holds."""

REQUIRED: Mapping[str, tuple[str, ...]] = {
    "act": ("target", "wanted", "next"),
    "ask": ("role", "choices"),
    "approve": ("role", "next", "on_declined"),
    "wait": ("next",),
    "probe": ("target", "wanted", "next"),
    "gate": ("next", "on_not_shown", "on_undetermined"),
    "call": ("next", "on_failure"),
    "decide": ("otherwise", "undetermined"),
    "seal": ("budget", "next", "on_insufficient"),
    "page": ("text", "within", "next", "on_unanswered"),
    "tell": ("subject", "text", "through", "next"),
    "parallel": ("next",),
    "end": (),
}
"""What a step of each kind must say."""

_BOTH: Schema = {"dependentRequired": {"limit": ["on_limit"], "on_limit": ["limit"]}}
_MORE: Mapping[str, Schema] = {
    "act": {
        "dependentRequired": {"on_limit": ["limit"]},
        "not": {"required": ["undo", "no_undo"]},
        "if": {"properties": {"effect": {"const": "destroy"}}, "required": ["effect"]},
        "then": {"properties": {"approvals": {"enum": [2, "2"]}},
                 "required": ["approvals", "evidence"]},
    },
    "ask": _BOTH,
    "approve": _BOTH,
    "call": _BOTH,
    "wait": {"dependentRequired": {"rounds_max": ["on_rounds_max"],
                                   "on_rounds_max": ["rounds_max"]}},
}  # fmt: skip


def _step_of(kind: str) -> Schema:
    fields = {kind: KIND[kind], **{name: FIELD[name] for name in FIELDS[kind]}, **OF_ANY_STEP}
    return _object(fields, [kind, *REQUIRED[kind]], more=_MORE.get(kind))


def _step() -> Schema:
    """A step says exactly one of the kinds, and then only what that kind may say."""
    return {
        "type": "object",
        "properties": {**KIND, **FIELD, **OF_ANY_STEP},
        "oneOf": [{"required": [kind]} for kind in FIELDS],
        "allOf": [
            {"if": {"required": [kind]}, "then": _ref(f"step-{kind}")} for kind in FIELDS
        ],
    }  # fmt: skip


_TOP_FIELDS: Mapping[str, Schema] = {
    "plan": _of(_NAME, "Its id."),
    "version": _of(_TEXT, 'Which one it is, such as "1"; a run keeps the one it began with.'),
    "title": _of(_TEXT, "What it is, in one line."),
    "failure_mode": _of(
        {"anyOf": [_one_of([mode.value for mode in FailureMode]), _NAME]},
        "How the system fails against which it stands.",
    ),
    "techniques": _of(_ref("techniques"), "Techniques of MITRE ATLAS, such as AML.T0020."),
    "systems": _of(_ref("names"), "Systems of the register."),
    "vendors": _of({"anyOf": [_TEXT, {"type": "array", "minItems": 1, "uniqueItems": True,
                                      "items": _TEXT}]},
                   "Vendors of the register whose parts it concerns."),
    "owner": _of(_NAME, "The role that looks after this plan."),
    "review_by": _of(_DAY, "The day by which its owner must have looked at it again."),
    "triggers": _of(_ref("names"), "Detectors whose findings begin it."),
    "severity": _of(_rows({"when": _TEXT, "severity": _one_of([*SEVERITIES]), "reason": _TEXT}),
                    "How bad it is: the first rule that holds."),
    "audiences": _of(_named(_ref("audience")), "To whom words go, inside or outside."),
    "communication": _of(_rows({"audience": _NAME, "within": _DURATION, "by": _NAME}),
                         "Who must hear of it, how soon, and who answers for that."),
    "continuity": _of(_object({"fallback": _NAME, "recovery_target": _DURATION},
                              ["fallback", "recovery_target"]), "What serves meanwhile."),
    "variables": _of(_named(_ref("variable"), {"pattern": f"^{VARIABLE.pattern}$"}),
                     "Values that the organisation sets once for the whole plan."),
    "deadlines": _of(_named(_TEXT), "Deadlines it reckons with, and what each is."),
    "post_mortem": _of(_rows({"duty": _TEXT, "by": _NAME, "within": _DURATION}),
                       "What is owed afterwards, by whom, how soon."),
    "first_steps": _of(_ref("names"), "The first steps of containment, for the card on the wall."),
    "waived": _of(_rows({"rule": _TEXT, "because": _TEXT}),
                  "Advice of the linter that the plan does not follow, and why."),
    "start": _of(_TEXT, "The first step; else the first that stands there."),
    "steps": _of({**_named(_ref("step"), {"pattern": f"^(?!{JOIN}$){NAME.pattern}$"}),
                  "maxProperties": STEPS_MAX}, "Each step by its name."),
}  # fmt: skip


def schema() -> Schema:
    """The JSON Schema of a plan."""
    return {
        "$schema": DIALECT,
        "title": "Tocsin response plan",
        "description": "A plan of response to a failing AI system; see playbooks/README.md.",
        **_object({name: _TOP_FIELDS[name] for name in TOP}, ["plan", "version", "title", "steps"]),
        "$defs": {
            "leads": {"type": _SCALAR, "pattern": r"\S"},
            "names": {
                "anyOf": [
                    _NAME,
                    {"type": "array", "minItems": 1, "maxItems": LIST_MAX, "items": _NAME,
                     "uniqueItems": True},
                ]
            },
            "techniques": _techniques(),
            "raci": _object(
                {"accountable": _NAME, "responsible": _ref("names"), "consulted": _ref("names"),
                 "informed": _ref("names")},
                ["accountable", "responsible"],
            ),
            "audience": _object(
                {"where": _one_of([*WHERE]), "approved_by": _ref("names")}, ["where"]
            ),
            "variable": _object(
                {"type": _one_of([*TYPES]), "value": _TEXT, "means": _TEXT},
                ["type", "value", "means"],
            ),
            "step": _step(),
            **{f"step-{kind}": _step_of(kind) for kind in FIELDS},
        },
    }  # fmt: skip


def _techniques() -> Schema:
    one = {"type": "string", "pattern": f"^{TECHNIQUE.pattern}$"}
    return {"anyOf": [one, {"type": "array", "minItems": 1, "items": one, "uniqueItems": True}]}
