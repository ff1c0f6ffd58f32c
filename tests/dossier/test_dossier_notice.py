"""Every form is drafted from an empty incident and from a rich one, and nothing leaks or acts."""

from __future__ import annotations

import io
import re
import zipfile
from xml.etree import ElementTree

import msgspec
import pytest

from incident_log import at, entry
from notice_log import (
    OPENED,
    REGISTER,
    SECRET,
    asked,
    claimed,
    empty,
    form,
    forms,
    more,
    rich,
    rule,
)
from tocsin.dossier.notice import notice_of
from tocsin.dossier.notice_document import document_read
from tocsin.duties.law import Grade
from tocsin.duties.notice import NOT_ADVICE, Asked, DraftedNotice, FieldState, FilledField
from tocsin.facts import Access, Entry
from tocsin.facts import incidents as said
from tocsin.facts.lessons import NarrativeWritten, Section
from tocsin.facts.notices import Answered, NoticeDrafted, NoticeFieldAnswered, NoticeSubmitted
from tocsin.facts.privilege import RootCauseAssigned
from tocsin.facts.reach import MessageWritten
from tocsin.facts.statements import Audience, Moment, StatementDrafted
from tocsin.register.model import Register

every_form = pytest.mark.parametrize("id", sorted(forms().by_id))
NASTY = 'x<script>alert(1)</script> & "q" ]]> | `c` \x00\x1b[2J\u202e\ufffe\n# not a head\n- item'


def drafted(id: str, entries: list[Entry], register: Register = REGISTER) -> DraftedNotice:
    return notice_of(asked(form(id)), entries, register)


def field(made: DraftedNotice, id: str) -> FilledField:
    return next(one for one in made.fields if one.field.id == id)


def text(made: DraftedNotice, id: str) -> str:
    return "\n".join(one.text for one in field(made, id).said)


def everything(made: DraftedNotice) -> str:
    word = zipfile.ZipFile(io.BytesIO(made.prints[2])).read("word/document.xml").decode()
    return "\n".join(
        (made.document.decode(), made.prints[0].decode(), made.prints[1].decode(), word)
    )


@every_form
def test_a_form_is_drafted_from_nothing_and_says_what_is_missing(id: str) -> None:
    made = drafted(id, empty(), Register())
    mandatory = {one.field.id for one in made.fields if one.field.needed.value == "yes"}
    filled = {one.field.id for one in made.fields if one.state is not FieldState.MISSING}
    assert set(made.missing) == mandatory - filled
    assert not made.unknown and not made.contradicts
    assert NOT_ADVICE in everything(made)


@every_form
def test_a_form_is_drafted_from_a_rich_incident_the_same_to_the_byte(id: str) -> None:
    made, again = drafted(id, rich()), drafted(id, rich())
    assert (made.document, made.prints) == (again.document, again.prints)
    assert len(made.missing) <= len(drafted(id, empty(), Register()).missing)
    for one in made.fields:
        if one.state is FieldState.FILLED:
            assert one.said
            assert all(line.text and "\n" not in line.text for line in one.said)


@every_form
def test_words_for_counsel_are_in_no_draft(id: str) -> None:
    assert SECRET not in everything(drafted(id, rich()))
    privileged = more(
        rich(),
        RootCauseAssigned(person="cleo", from_at=at(0), privileged=True, because="advice"),
    )  # fmt: skip
    cause = NarrativeWritten(section=Section.ROOT_CAUSE, text="the table was emptied by hand")
    assert "emptied by hand" not in everything(drafted(id, more(privileged, cause)))


def test_the_record_fills_what_it_knows_with_the_entries_it_rests_on() -> None:
    made = drafted("dora-initial", rich())
    assert text(made, "1.2") == "Exempla Bank AG"
    assert text(made, "1.7") == "Cleo Baker"
    assert text(made, "1.10") == "Dana Poe"
    assert text(made, "2.2") == "2026-09-03 08:40 UTC"
    assert text(made, "2.3") == "2026-09-03 10:00 UTC"
    assert field(made, "2.3").said[0].entries == (11,)
    assert text(made, "1.1") == "initial"
    assert text(made, "1.15") == "EUR" and field(made, "1.15").said[0].by == "ana"


def test_claims_are_told_as_known_and_suspected_and_never_the_refuted() -> None:
    assert text(drafted("dora-initial", rich()), "2.4") == (
        "Known: every applicant of the north was refused\nSuspected: a reference table was empty"
    )
    assert text(drafted("gdpr-34", rich()), "nature") == (
        "Known: every applicant of the north was refused"
    )


def test_a_claim_that_counsel_doubts_in_its_own_space_is_told_neither_way() -> None:
    doubt = said.ClaimGraded(claim="C1", grade=said.Grade.REFUTED, evidence=(), because=SECRET)
    entries = [*rich(), entry(16, doubt, access=Access.COUNSEL)]
    assert text(drafted("dora-initial", entries), "2.4") == "Suspected: a reference table was empty"


def test_what_was_asked_and_is_unknown_is_not_asked_again() -> None:
    made = drafted("dora-initial", rich())
    assert set(made.unknown) == {"1.4", "2.9"}
    assert "not asked yet" not in everything(made), "why a fact is unknown stays inside"
    assert "Not known yet: the plan" in made.prints[0].decode()
    assert field(made, "2.8").state is FieldState.NOT_APPLICABLE
    taken = NoticeFieldAnswered(
        fields="dora-initial", field="2.9", answer=Answered.TAKEN_BACK, text=""
    )
    assert "2.9" in drafted("dora-initial", more(rich(), taken)).missing


def test_an_answer_holds_in_every_later_stage_that_includes_the_field() -> None:
    assert text(drafted("dora-final", rich()), "1.15") == "EUR"
    assert len(drafted("dora-final", rich()).fields) == 76


def test_the_cause_is_told_once_counsel_chose_its_writer_openly() -> None:
    cause = NarrativeWritten(section=Section.ROOT_CAUSE, text="the table was emptied\nby a job")
    before = more(rich(), cause)
    assert "4.5" in drafted("dora-final", before).missing
    chosen = RootCauseAssigned(person="ana", from_at=at(0), privileged=False, because="open")
    made = drafted(
        "dora-final",
        more(rich(), chosen, cause),
    )
    assert "4.5" in made.missing or text(made, "4.5") == "the table was emptied\nby a job"


def sent(entries: list[Entry], made: DraftedNotice) -> list[Entry]:
    document = "e" * 64
    draft = NoticeDrafted(
        notice="N1", rule="eu/dora/19/initial", stage="initial", fields="dora-initial",
        fields_version="v", law="l", document=document, prints=(), missing=(), unknown=(),
        contradicts=(), corrects=None, because="",
    )  # fmt: skip
    gone = NoticeSubmitted(
        notice="N1", rule="eu/dora/19/initial", stage="initial", document=document, sent=None,
        channel="portal", to=("BaFin",), sent_by="", reference="INC-7", receipt_file=None,
        corrects=None, because="",
    )  # fmt: skip
    return more(entries, draft, gone)


def second(made: DraftedNotice, **more_: object) -> Asked:
    return msgspec.structs.replace(
        asked(form("dora-intermediate"), **more_), notice="N2", documents={"e" * 64: made.document}
    )


def test_what_the_register_says_of_the_organisation_fills_what_nobody_stated() -> None:
    said_ = msgspec.structs.replace(REGISTER, profile={"entity": "credit-institution"})
    assert text(drafted("dora-initial", empty(), said_), "1.4") == "credit-institution"
    assert text(drafted("eu-ai-act-73-draft", empty()), "3-places") == "DE, FR"
    unknown = drafted("dora-initial", rich(), said_)
    assert "1.4" in unknown.unknown, "what was said of this incident comes first"


def test_what_an_authority_was_told_otherwise_is_shown_with_both_sides() -> None:
    first = drafted("dora-initial", rich())
    later = sent(rich(), first)
    assert notice_of(second(first), later, REGISTER).contradicts == ()
    later = more(
        later,
        said.ClaimGraded(claim="C1", grade=said.Grade.REFUTED, evidence=(), because="wrong"),
        said.ClaimGraded(claim="C2", grade=said.Grade.CONFIRMED, evidence=(), because="seen"),
    )
    made = notice_of(second(first), later, REGISTER)
    assert made.contradicts == ("2.4",)
    conflicts = field(made, "2.4").conflicts
    assert {(one.told_in, one.now) for one in conflicts} == {
        ("N1", "it is refuted now"), ("N1", "Known: a reference table was empty"),
    }  # fmt: skip
    assert all(one.earlier_entries[0] == 17 for one in conflicts)
    assert field(made, "2.4").state is FieldState.CONTRADICTS
    assert "refuted now" not in everything(made), "what is in doubt is for whoever approves"
    corrected = second(first, corrects="N1")
    assert notice_of(corrected, later, REGISTER).contradicts == ()


def test_the_authoritys_number_and_earlier_reports_are_told_in_the_next_stage() -> None:
    first = drafted("dora-initial", rich())
    made = notice_of(second(first), sent(rich(), first), REGISTER)
    assert text(made, "3.1") == "INC-7"
    assert text(made, "3.31").endswith("BaFin, under eu/dora/19/initial, confirmed as INC-7")


def test_the_kind_of_report_is_told_from_what_went_before() -> None:
    def of(id: str, entries: list[Entry]) -> DraftedNotice:
        under = rule("eu/dora/19", "serious-incident")
        return notice_of(msgspec.structs.replace(asked(form(id)), rule=under), entries, REGISTER)

    assert text(of("gdpr-33", rich()), "phase") == "first notification"
    assert text(of("eu-ai-act-73-draft", rich()), "1.2e") == "initial"
    went = sent(rich(), drafted("dora-initial", rich()))
    assert text(of("gdpr-33", went), "phase").startswith("further notification; the first")
    assert "1.2e" in of("eu-ai-act-73-draft", went).missing, "follow-up or final: people say"


@every_form
def test_nothing_that_a_person_wrote_acts_on_paper(id: str) -> None:
    nasty = [
        entry(1, said.Opened(title=NASTY, systems=(NASTY,), unregistered=(NASTY,),
                             discovered_at=at(0), occurred_at=at(0))),
        entry(2, claimed("C1", NASTY, said.Grade.CONFIRMED)),
    ]  # fmt: skip
    answers = [
        NoticeFieldAnswered(fields=one.of, field=one.id, answer=Answered.WRITTEN, text=NASTY)
        for one in form(id).fields
    ]
    made = drafted(id, more(nasty, *answers))
    page = made.prints[1].decode()
    assert "<script" not in page and "\x1b" not in page and "\u202e" not in page
    assert "\n# not a head" not in made.prints[0].decode()
    assert not re.search(r"(?<!\\)<", made.prints[0].decode())
    check_package(made.prints[2])


@every_form
def test_the_docx_is_a_package_that_is_whole(id: str) -> None:
    check_package(drafted(id, rich()).prints[2])


def check_package(data: bytes) -> None:
    """Every part is well formed, has a type, and is reached; nothing outside is named."""
    archive = zipfile.ZipFile(io.BytesIO(data))
    assert archive.testzip() is None
    names = archive.namelist()
    types = ElementTree.fromstring(archive.read("[Content_Types].xml"))
    typed = {one.get("PartName") for one in types} | {one.get("Extension") for one in types}
    for name in names:
        ElementTree.fromstring(archive.read(name))
        assert name == "[Content_Types].xml" or f"/{name}" in typed or "rels" in typed
    for rels in (one for one in names if one.endswith(".rels")):
        folder = rels.partition("_rels/")[0]
        for one in ElementTree.fromstring(archive.read(rels)):
            assert f"{folder}{one.get('Target')}" in names
            assert one.get("TargetMode") is None
    body = archive.read("word/document.xml").decode()
    for cell in re.findall(r"<w:tc>(.*?)</w:tc>", body):
        assert cell.endswith("</w:p>"), "a cell ends with a paragraph, or Word calls it broken"


def test_a_document_reads_back() -> None:
    made = drafted("dora-initial", rich())
    read = document_read(made.document)
    assert read is not None and read.form.id == "dora-initial"
    assert document_read(b"{}") is None
    assert OPENED.title  # the rich log has a title with marks in it


def test_what_an_audience_was_told_otherwise_is_shown_too() -> None:
    words = StatementDrafted(
        statement="S1", audience=Audience.CUSTOMERS, moment=Moment.FIRST, language="en",
        template="customers/first", template_digest="a" * 64, text="b" * 64, known=("C1",),
        suspected=(), refuted=(), questions=(),
        figures=("noticed = 2026-09-03 08:30 UTC", "affected people = 198"), evidence=(),
        added="", next_update_at=None, corrects=None,
    )  # fmt: skip
    went = MessageWritten(
        audience="customers", subject="s", text="b" * 64, claims=("C1",),
        next_update_at=None, statement="S1",
    )  # fmt: skip
    made = drafted("dora-intermediate", more(rich(), words, went))
    assert made.contradicts == ("2.2",), "the other number is the same in both"
    (conflict,) = field(made, "2.2").conflicts
    assert (conflict.told_in, conflict.earlier) == ("S1", "noticed: 2026-09-03 08:30 UTC")
    assert conflict.now == "2026-09-03 08:40 UTC" and conflict.now_entries == (1,)


def test_what_nobody_read_says_so_on_every_paper() -> None:
    assert "Unverified" not in everything(drafted("dora-initial", rich()))
    for id, says in (("nydfs-500.17", "compared this form"), ("gdpr-33", "controller")):
        assert "Unverified" in everything(drafted(id, rich())), says
    doubtful = msgspec.structs.replace(rule(), grade=Grade.DOUBTFUL)
    made = msgspec.structs.replace(asked(form("dora-initial")), rule=doubtful)
    text_ = everything(notice_of(made, rich(), REGISTER))
    assert text_.count("nobody read the source of the rule") == 3
