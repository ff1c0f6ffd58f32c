"""What the record says for the law: the last answer holds, and no duty ends by itself."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta, timezone

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from incident_log import Written, at, entry, sample
from tocsin.facts import Access, Asserter, Draft, Fact, Refused
from tocsin.facts.incidents import (
    Assigned,
    AwarenessJudged,
    BecameAware,
    Closed,
    Noted,
    Opened,
    Reopened,
)
from tocsin.facts.legal import (
    Answered,
    Decided,
    DutiesReckoned,
    DutyDecided,
    DutyReckoned,
    LaterReadingAccepted,
    LegalFactStated,
    Moved,
    Standing,
)
from tocsin.facts.notices import NoticeSubmitted
from tocsin.incident.decide_legal import accept_later, decide_duty, exception_named, state_fact
from tocsin.incident.fold import replay
from tocsin.incident.legal import Legal, document, legal_of
from tocsin.incident.legal_values import value_of
from tocsin.incident.model import Actor
from tocsin.register.legal_keys import Dictionary, KeyType, LegalKey

D = "ab" * 32
ANA = Actor(who="ana")
CLEO = Actor(who="cleo", roles=frozenset({"counsel"}))
BY = datetime(2026, 9, 6, 9, 0, tzinfo=UTC)


def key(name: str, type_: KeyType, *choices: str, by: str = "legal-fact-stated") -> LegalKey:
    return LegalKey(
        key=name, type=type_, question=f"{name}?", answered_by=by,
        choices=dict.fromkeys(choices, "what it means"),
    )  # fmt: skip


KEYS = [
    key("aware", KeyType.AWARENESS, by="became-aware"),
    key("classified", KeyType.INSTANT),
    key("placed", KeyType.DATE),
    key("personal_data", KeyType.YES_NO),
    key("affected", KeyType.COUNT),
    key("entity", KeyType.CHOICE, "bank", "insurer"),
    key("sector", KeyType.CHOICES, "finance", "health"),
    key("reference", KeyType.TEXT),
    key("harms", KeyType.HARMS, "death", "health"),
    key("submitted.*", KeyType.INSTANT, by="notice-submitted"),
    key("not_required.*", KeyType.TEXT, by="duty-decided"),
]
DICTIONARY = Dictionary(keys={one.key: one for one in KEYS})
SAID = datetime(2026, 10, 1, tzinfo=UTC)
EAST = timezone(timedelta(hours=1))


class Case:
    """A log that grows by what people say."""

    def __init__(self) -> None:
        self.log, self.counts_last = Written(), frozenset[str]()
        self.fact(sample(Opened, title="t", systems=("assistant",)))

    def fact(self, *facts: Fact, who: str = "ana", access: Access = Access.OPS) -> None:
        minutes = len(self.log.entries)
        drafts = [Draft(fact=one, happened_at=at(minutes), access=access) for one in facts]
        self.log.add(drafts, who)
        for place, one in enumerate(self.log.entries[minutes:], minutes):
            if isinstance(one.fact, DutyReckoned | DutiesReckoned):
                home = msgspec.structs.replace(one.author, kind=Asserter.HOME)
                self.log.entries[place] = msgspec.structs.replace(one, author=home)

    @property
    def legal(self) -> Legal:
        return legal_of(self.log.entries)

    def says(self, name: str, answer: str) -> None:
        found = DICTIONARY.find(name)
        assert found is not None
        drafts = state_fact(
            replay(self.log.entries), self.legal, ANA, at(len(self.log.entries)), key=found,
            name=name, answer=answer, basis="asked", now=SAID,
        )  # fmt: skip
        self.log.add(drafts)

    def document(self, **profile: object) -> dict[str, object]:
        legal, incident = self.legal, replay(self.log.entries)
        return document(incident, legal, DICTIONARY, profile, self.counts_last)

    def decides(
        self, choose: Callable[..., list[Draft]], given: dict[str, object], who: Actor = CLEO
    ) -> None:
        words = {"counsel": True, "rule": "r", **given}
        incident = replay(self.log.entries)
        drafts = choose(incident, self.legal, who, at(len(self.log.entries)), **words)
        self.log.add(drafts, who.who)


def reckoned(**changes: object) -> DutyReckoned:
    words: dict[str, object] = {
        "rule": "r", "law": "1", "standing": Standing.RAISED, "conservative_at": BY,
        "latest_at": BY + timedelta(hours=1), "immediately_from": None, "submitted_at": None,
        "unverified": False, "bars": (),
        "moved": Moved.ENTRY, "entry": 2, "why": "w",
    }  # fmt: skip
    return DutyReckoned(**(words | changes))  # type: ignore[arg-type]


ANSWERS = [
    ("classified", "2026-09-03T09:00+01:00", datetime(2026, 9, 3, 9, tzinfo=EAST)),
    ("classified", "no", False),
    ("placed", "2026-08-02", date(2026, 8, 2)),
    ("personal_data", "Yes", True),
    ("personal_data", "no", False),
    ("affected", "0500", 500),
    ("entity", "bank", "bank"),
    ("sector", "finance, health", ["finance", "health"]),
    ("reference", "  A  7 ", "A 7"),
    ("harms", "no", False),
]


@pytest.mark.parametrize(("name", "answer", "value"), ANSWERS)
def test_an_answer_reads_back_as_what_was_meant(name: str, answer: str, value: object) -> None:
    case = Case()
    case.says(name, answer)
    assert case.document()[name] == value
    with pytest.raises(Refused, match="said just that"):
        case.says(name, answer)


@pytest.mark.parametrize(
    ("name", "answer", "says"),
    [
        ("classified", "2026-09-03T09:00", "has no time zone"),
        ("classified", "yesterday", "is not an instant"),
        ("classified", "0001-01-01T00:00Z", "beyond the calendar"),
        ("harms", "death=0001-02-01T00:00Z", "beyond the calendar"),
        ("classified", "2026-09-03T09:00+05:99", "is not an instant"),
        ("harms", "death=2026-09-03T09:00-05:99", "is not an instant"),
        ("placed", "soon", "is not a date"),
        ("personal_data", "perhaps", "answer yes, no or unknown"),
        ("affected", "-1", "is not a whole number"),
        ("entity", "bnak", 'did you mean "bank"'),
        ("sector", "finance,helth", 'did you mean "health"'),
        ("harms", "death", "say since when"),
        ("harms", "death=no", "is not among the harms"),
        ("reference", " ", "is empty"),
        ("aware", "2026-09-03T09:00Z", "tocsin incident aware"),
        ("submitted.initial", "2026-09-03T09:00Z", "tocsin notice submitted"),
        ("not_required.r", "yes", "tocsin law decide INCIDENT RULE not-required"),
        ("classified", "2026-10-01T00:06Z", "lies in the future"),
        ("harms", "death=2027-01-01T09:00Z", "harms, death: .* lies in the future"),
        ("entity", "unknown", "unknown as it is"),
    ],
)
def test_what_is_no_answer_is_refused_with_what_would_be(name: str, answer: str, says: str) -> None:
    with pytest.raises(Refused, match=says):
        Case().says(name, answer)


def test_harms_are_said_one_by_one_and_an_instant_may_be_mended() -> None:
    case = Case()
    for said in ("health=2026-09-03T10:00Z", "death=2026-09-04T10:00Z", "death=2026-09-04T08:00Z"):
        case.says("harms", said)
    assert case.document()["harms"] == [
        {"kind": "death", "aware": datetime(2026, 9, 4, 8, tzinfo=UTC)},
        {"kind": "health", "aware": datetime(2026, 9, 3, 10, tzinfo=UTC)},
    ]
    case.says("harms", "death=no")
    assert [one["kind"] for one in case.document()["harms"]] == ["health"]  # type: ignore[attr-defined]
    assert len(case.legal.statements) == 4


def test_the_last_answer_holds_over_the_profile_and_unknown_takes_it_back() -> None:
    case = Case()
    assert case.document(entity="insurer")["entity"] == "insurer"
    case.says("entity", "bank")
    assert case.document(entity="insurer")["entity"] == "bank"
    case.says("entity", "unknown")
    assert "entity" not in case.document(entity="insurer")


def test_an_awareness_that_counsel_judged_not_to_count_is_left_out() -> None:
    case = Case()
    case.fact(sample(BecameAware, person="ana"))
    case.fact(sample(BecameAware, person="ben"))
    assert [one["person"] for one in case.document()["aware"]] == ["ana", "ben"]  # type: ignore[attr-defined]
    case.fact(Assigned(role="counsel", person="cleo"))
    case.fact(sample(AwarenessJudged, awareness=2, counts=False), who="cleo")
    assert [one["person"] for one in case.document()["aware"]] == ["ben"]  # type: ignore[attr-defined]


def test_an_end_is_when_it_was_resolved_until_it_is_opened_again() -> None:
    case = Case()
    assert "resolved" not in case.document()
    case.fact(sample(Closed))
    assert case.document()["resolved"] == at(1)
    case.fact(sample(Reopened))
    assert "resolved" not in case.document()


def test_what_a_new_dictionary_cannot_read_is_handed_on_and_told_there() -> None:
    case = Case()
    case.says("affected", "7")
    case.fact(LegalFactStated(key="gone", answer=Answered.KNOWN, value="x", basis="b"))
    other = Dictionary(keys={"affected": key("affected", KeyType.YES_NO)})
    found = document(replay(case.log.entries), case.legal, other, {}, ())
    assert found["affected"] == "7" and found["gone"] == "x"


def test_rules_are_owed_an_asking_from_what_came_in_until_they_were_asked() -> None:
    case = Case()
    assert not case.legal.is_owed and not case.legal.ever
    case.says("entity", "bank")
    assert case.legal.is_owed and case.legal.touched == 2
    case.fact(sample(DutiesReckoned, upto=2))
    assert not case.legal.is_owed
    case.fact(sample(Closed))
    assert case.legal.is_owed


def test_only_counsel_decides_that_a_duty_is_not_required_and_it_must_be_asked() -> None:
    case = Case()
    given: dict[str, object] = {
        "decided": Decided.NOT_REQUIRED, "exception": "", "law": "1", "digest": D,
        "rationale": "encrypted",
    }  # fmt: skip
    with pytest.raises(Refused, match="nothing is to be decided"):
        case.decides(decide_duty, given)
    case.fact(reckoned())
    with pytest.raises(Refused, match="only counsel"):
        case.decides(decide_duty, given, ANA)
    with pytest.raises(Refused, match="the commander of the incident decides"):
        case.decides(decide_duty, given | {"counsel": False}, ANA)
    with pytest.raises(Refused, match="rationale is empty"):
        case.decides(decide_duty, given | {"rationale": " "})
    case.decides(decide_duty, given)
    stands = case.legal.not_required("r")
    assert stands is not None and stands.by == "cleo"
    assert stands.fact.rationale == "the reasons are for counsel, entry 3"
    reason = case.log.entries[2]
    assert reason.access is Access.COUNSEL and isinstance(reason.fact, Noted)
    assert reason.fact.text == "Why, of r: encrypted"
    with pytest.raises(Refused, match="decided so"):
        case.decides(decide_duty, given)
    case.decides(decide_duty, given | {"decided": Decided.REQUIRED})
    assert case.legal.not_required("r") is None
    with pytest.raises(Refused, match="asked of us as it is"):
        case.decides(decide_duty, given | {"decided": Decided.REQUIRED})


def test_without_counsel_in_the_register_the_commander_decides() -> None:
    case = Case()
    case.fact(Assigned(role="commander", person="ana"), reckoned())
    case.decides(accept_later, {"reason": "read it so", "counsel": False}, ANA)
    accepted = case.legal.accepted("r")
    assert accepted is not None and accepted.fact.reason == "read it so"


def test_whatever_moves_a_duty_ends_what_was_decided_of_it_and_never_the_duty() -> None:
    case = Case()
    case.fact(reckoned())
    given: dict[str, object] = {
        "decided": Decided.NOT_REQUIRED, "exception": "", "law": "1", "digest": D,
        "rationale": "why",
    }  # fmt: skip
    case.decides(decide_duty, given)
    case.fact(reckoned(conservative_at=BY - timedelta(days=5)))
    assert case.legal.not_required("r") is None


def test_a_later_reading_holds_for_the_two_instants_that_it_names() -> None:
    case = Case()
    case.fact(reckoned(latest_at=None))
    with pytest.raises(Refused, match="no later reading"):
        case.decides(accept_later, {"reason": "why"})
    case.fact(reckoned())
    assert case.legal.counts_to("r") == BY
    case.decides(accept_later, {"reason": "why"})
    assert case.legal.counts_to("r") == BY + timedelta(hours=1)
    with pytest.raises(Refused, match="accepted it"):
        case.decides(accept_later, {"reason": "why"})
    case.fact(reckoned(submitted_at=BY, latest_at=BY + timedelta(hours=2)))
    with pytest.raises(Refused, match="nothing is to be accepted"):
        case.decides(accept_later, {"reason": "why"})
    earlier = BY - timedelta(days=1)
    case.fact(reckoned(conservative_at=earlier))
    assert case.legal.accepted("r") is None and case.legal.counts_to("r") == earlier
    case.fact(reckoned(standing=Standing.NOT_RAISED))
    assert case.legal.counts_to("r") is None


def test_what_anybody_else_says_was_reckoned_moves_no_duty() -> None:
    case = Case()
    case.fact(reckoned())
    case.log.entries.append(entry(3, reckoned(standing=Standing.NOT_RAISED)))
    secret = entry(4, reckoned(rule="x"), kind=Asserter.HOME, access=Access.COUNSEL)
    case.log.entries.append(secret)
    assert case.legal.counts_to("r") == BY and case.legal.outcome("x") is None


def test_no_machine_decides_about_a_duty() -> None:
    case = Case()
    case.fact(reckoned())
    accepted = LaterReadingAccepted(
        rule="r", conservative_at=BY, accepted_at=BY + timedelta(hours=1), reason="why"
    )
    decided = sample(DutyDecided, rule="r", decided=Decided.NOT_REQUIRED)
    for fact in (accepted, decided):
        seq = len(case.log.entries) + 1
        case.log.entries.append(entry(seq, fact, kind=Asserter.WORKER))
    assert case.legal.accepted("r") is None and case.legal.not_required("r") is None


def test_an_exception_must_be_one_of_the_rule() -> None:
    assert exception_named(("encrypted",), "") == ""
    assert exception_named(("encrypted",), " encrypted ") == "encrypted"
    with pytest.raises(Refused, match="those of this rule: encrypted"):
        exception_named(("encrypted",), "small")


@given(st.integers(0, 8))
def test_where_a_log_is_cut_makes_no_difference(cut: int) -> None:
    case = Case()
    case.says("entity", "bank")
    case.fact(reckoned(), sample(DutiesReckoned, upto=2))
    case.fact(sample(BecameAware), sample(Closed))
    entries = case.log.entries
    whole, parts = legal_of(entries), legal_of(entries[cut:], legal_of(entries[:cut]))
    assert vars(whole) == vars(parts)


@given(st.datetimes(timezones=st.just(EAST)), st.booleans(), st.integers(0, 10**9))
def test_canonical_texts_read_back(when: datetime, yes: bool, count: int) -> None:
    assert value_of(KeyType.INSTANT, when.isoformat()) == when
    assert value_of(KeyType.YES_NO, "yes" if yes else "no") is yes
    assert value_of(KeyType.COUNT, str(count)) == count


def test_the_first_submission_settles_its_stage_and_a_correction_moves_none() -> None:
    case = Case()
    for corrects in (None, "N1", None):
        case.fact(sample(NoticeSubmitted, notice=None, rule="r", stage="s", corrects=corrects))
    first, last = at(1), at(3)
    assert case.legal.first_submitted("r").at == first  # type: ignore[union-attr]
    assert case.legal.submitted("r").at == last  # type: ignore[union-attr]
    assert [one.at for one in case.legal.submissions] == [first, last]
    assert case.document()["submitted.r"] == first
    case.counts_last = frozenset({"r"})
    assert case.document()["submitted.r"] == last
