"""What a form asks for in some circumstances is asked for where the record says they are so."""

from __future__ import annotations

import msgspec
import pytest

from incident_log import at, entry, sample
from notice_log import REGISTER, asked, empty, form, more, rich, rule
from tocsin.dossier.notice import notice_of
from tocsin.duties.notice import DraftedNotice, FieldState, FilledField
from tocsin.facts import Asserter, Entry, Fact
from tocsin.facts import incidents as said
from tocsin.facts.legal import Answered, LegalDeadlinePassed, LegalFactStated
from tocsin.facts.notices import Answered as FieldAnswered
from tocsin.facts.notices import NoticeFieldAnswered, NoticeSubmitted

GDPR = rule("eu/gdpr/33/notice", None)


def drafted(id: str, entries: list[Entry]) -> DraftedNotice:
    found = asked(form(id))
    return notice_of(
        msgspec.structs.replace(found, rule=GDPR) if id == "gdpr-33" else found, entries, REGISTER
    )


def field(made: DraftedNotice, id: str) -> FilledField:
    return next(one for one in made.fields if one.field.id == id)


def stated(key: str, answer: Answered, value: str = "") -> Fact:
    return LegalFactStated(key=key, answer=answer, value=value, basis="b")


def wrote(id: str, of: str, text: str) -> Fact:
    return NoticeFieldAnswered(fields=of, field=id, answer=FieldAnswered.WRITTEN, text=text)


def late(rule: str = GDPR.id) -> list[Entry]:
    passed = LegalDeadlinePassed(rule=rule, conservative_at=at(60), submitted_at=None)
    return [*rich(), entry(16, passed, kind=Asserter.HOME)]


def test_a_notice_that_is_late_lacks_its_reasons_until_somebody_writes_them() -> None:
    assert field(drafted("gdpr-33", rich()), "delay").is_to_check
    assert "delay" not in drafted("gdpr-33", late("eu/other")).missing
    made = drafted("gdpr-33", late())
    assert "delay" in made.missing and not field(made, "delay").is_to_check
    assert "delay" not in drafted("gdpr-33", more(late(), wrote("delay", "gdpr-33", "a"))).missing
    assert b"Why it comes later" in made.prints[0] and b"voluntary" not in made.prints[0]


def test_what_went_in_time_and_was_only_recorded_later_lacks_none() -> None:
    sent = entry(17, sample(NoticeSubmitted, rule=GDPR.id, corrects=None), happened=at(50))
    assert "delay" not in drafted("gdpr-33", [*late(), sent]).missing


@pytest.mark.parametrize(
    ("answer", "value", "missing", "state"),
    [
        (Answered.KNOWN, at(0).isoformat(), True, FieldState.MISSING),
        (Answered.DENIED, "", False, FieldState.NOT_APPLICABLE),
        (Answered.UNKNOWN, "", False, FieldState.MISSING),
    ],
)
def test_a_legal_fact_settles_it(
    answer: Answered, value: str, missing: bool, state: FieldState
) -> None:
    made = drafted("nydfs-500.17", more(empty(), stated("paid", answer, value)))
    one = field(made, "payment-why")
    assert ("payment-why" in made.missing, one.state) == (missing, state)
    assert one.is_to_check == (answer is Answered.UNKNOWN)
    if state is FieldState.NOT_APPLICABLE:
        assert one.why_entries == (2,) and "the record says that it is not so" in one.why


def test_no_is_no_in_each_type() -> None:
    said_no = stated("cra.severe_incident", Answered.KNOWN, "no")
    made = drafted("cra-notification", more(empty(), said_no))
    assert field(made, "assessment").state is FieldState.NOT_APPLICABLE
    severe = stated("cra.severe_incident", Answered.KNOWN, "yes")
    assert "assessment" in drafted("cra-notification", more(empty(), severe)).missing


@pytest.mark.parametrize(
    ("kinds", "missing"),
    [("other; system failure", {"3.24"}), ("cybersecurity", {"3.25", "3.35"}),
     ("system failure", set())],
)  # fmt: skip
def test_another_field_settles_it(kinds: str, missing: set[str]) -> None:
    made = drafted("dora-intermediate", more(rich(), wrote("3.23", "dora-intermediate", kinds)))
    assert {"3.24", "3.25", "3.35"} & set(made.missing) == missing
    before = drafted("dora-intermediate", rich())
    assert not {"3.24", "3.25", "3.35"} & set(before.missing)
    assert field(before, "3.24").is_to_check


def test_what_was_written_stays_whatever_the_record_says() -> None:
    judged = said.SeverityJudged(severity=said.Severity.SEV1, reasons=("r",), basis="b")
    denied = stated("cra.severe_incident", Answered.DENIED)
    made = drafted("cra-notification", more(empty(), judged, denied))
    assert field(made, "assessment").state is FieldState.FILLED
