"""`tocsin notice show`, `list`, `export`, `forms`: notices as they stand, on paper, and empty."""

from __future__ import annotations

import argparse
from pathlib import Path

from tocsin.cli.frame import reading, short
from tocsin.cli.frame.arguments import Commands, command
from tocsin.cli.frame.deciding import OR_ORGANISATION
from tocsin.cli.frame.plain_files import written_new
from tocsin.cli.frame.screen import DONE, PROBLEM, Answer, Screen
from tocsin.cli.law.notice_pack import pack_in_force, pack_of
from tocsin.cli.law.notice_sheet import (
    ENDINGS,
    document_lines,
    field_lines,
    form_data,
    next_command,
    notice_data,
    notice_line,
    people_lines,
    proposed_data,
    sent_data,
    sent_line,
    summary_lines,
    warnings,
)
from tocsin.desk.law import notices
from tocsin.desk.law.notice_forms import Request, notices_in
from tocsin.desk.law.notices import LookedNotice
from tocsin.desk.words.saying import kept_text
from tocsin.duties.notice import NOT_ADVICE
from tocsin.facts import Refused
from tocsin.facts.entry import INCIDENT_PREFIX
from tocsin.register.mistakes import did_you_mean
from tocsin.wiring import Opened

FORMATS = ("json", *ENDINGS)


def add_show(made: Commands) -> None:
    shown = command(made, "show", run_show, "a notice field by field, and who must approve it",
                    examples="  tocsin notice show 7K3 N1")  # fmt: skip
    shown.add_argument("incident", metavar="INCIDENT", help=OR_ORGANISATION)
    shown.add_argument("notice", metavar="NOTICE", help="N1, N2, ...")


def add_list(made: Commands) -> None:
    listed = command(made, "list", run_list, "all notices of an incident, and how they stand",
                     examples="  tocsin notice list 7K3")  # fmt: skip
    listed.add_argument("incident", metavar="INCIDENT", help=OR_ORGANISATION)


def add_export(made: Commands) -> None:
    export = command(made, "export", run_export, "the very document, as JSON or on paper",
                     examples="  tocsin notice export 7K3 N1 --to n1.docx")  # fmt: skip
    export.add_argument("incident", metavar="INCIDENT", help=OR_ORGANISATION)
    export.add_argument("notice", metavar="NOTICE", help="N1, N2, ...")
    export.add_argument("--format", choices=FORMATS, help="else by the ending of --to, or md")
    export.add_argument("--to", type=Path, metavar="FILE", help="a new file; docx needs one")


def add_forms(made: Commands) -> None:
    forms = command(made, "forms", run_forms, "the forms that notices fill, or the fields of one",
                    examples="  tocsin notice forms\n  tocsin notice forms gdpr-33")  # fmt: skip
    forms.add_argument("form", nargs="?", metavar="FORM", help="its id: gdpr-33")


def run_show(args: argparse.Namespace, screen: Screen) -> Answer:
    from tocsin.dossier.notice import notice_of
    from tocsin.dossier.notice_document import document_read

    with reading.looking(args, screen) as opened:
        log, incident, name = _named(opened, args.incident)
        desk = opened.desk
        looked = notices.look(desk, log, args.notice)
        one, document = looked.notice, document_read(looked.document)
        lines = [notice_line(one, approved=looked.agreed.holds)]
        data = _stands(looked, incident, name)
        status = DONE
        if one.is_open and document is not None:
            request = Request(rule=one.draft.rule, fields=one.draft.fields, to=document.to,
                              corrects=one.draft.corrects, wrong=one.draft.because)  # fmt: skip
            now = notices.propose(desk, log, request, pack_in_force(desk), notice_of)
            lines += [*field_lines(now.made.fields), *summary_lines(now.made.fields)]
            told = desk.law.warnings()
            told += warnings(now.asked.fields, opened.world.clock.now().date(), now.asked.rule)
            lines += told
            data |= {**proposed_data(now, incident), "changed": not now.is_recorded,
                     "document": one.draft.document, "warnings": told}  # fmt: skip
            if not now.is_recorded:
                status = PROBLEM
                lines.append(
                    "THE RECORD HAS CHANGED since this was drafted; draft it anew: "
                    f"tocsin notice draft {name} {one.draft.rule}"
                )
        elif document is not None:
            lines += document_lines(document)
        lines += people_lines(looked)
        then = next_command(looked, name, opened.in_force)
    lines += [f"digest: {one.draft.document}", f"next: {then}", NOT_ADVICE]
    return Answer(data=data | {"next": then}, text="\n".join(lines), status=status)


def after(opened: Opened, typed: str, notice: str) -> Answer:
    """How a notice stands after somebody said something about it."""
    log, incident, name = _named(opened, typed)
    looked = notices.look(opened.desk, log, notice)
    then = next_command(looked, name, opened.in_force)
    line = notice_line(looked.notice, approved=looked.agreed.holds)
    lines = [line, *people_lines(looked), f"next: {then}"]
    return Answer(data=_stands(looked, incident, name) | {"next": then}, text="\n".join(lines))


def _named(opened: Opened, typed: str) -> tuple[str, str, str]:
    """The log of an incident, its whole id, and the shortest start that means it alone."""
    log = short.log_meant(opened.store, typed)
    return log, log.removeprefix(INCIDENT_PREFIX), short.log_name(opened.store, log)


def _stands(looked: LookedNotice, incident: str, name: str) -> dict[str, object]:
    by = looked.agreed.by
    approved_by = {role: by[role].who if role in by else None for role in looked.approved_by}
    return notice_data(looked.notice) | {
        "incident": incident,
        "short": name,
        "approved_by": approved_by,
        "approved": looked.agreed.holds,
        "not_advice": NOT_ADVICE,
    }


def run_list(args: argparse.Namespace, screen: Screen) -> Answer:
    with reading.looking(args, screen) as opened:
        log, incident, name = _named(opened, args.incident)
        found = notices_in(opened.desk.known(log))
        agreed = {id for id in found.by_id if notices.look(opened.desk, log, id).agreed.holds}
    outside = [one for one in found.sent if one.fact.notice is None]
    lines = [notice_line(one, approved=id in agreed) for id, one in found.by_id.items()]
    lines += map(sent_line, outside)
    if not lines:
        lines = [f"{name}: no notice yet; what is asked for: tocsin law duties {name}"]
    return Answer(
        data={
            "incident": incident,
            "short": name,
            "notices": [notice_data(one) for one in found.by_id.values()],
            "outside": [sent_data(one) for one in outside],
            "not_advice": NOT_ADVICE,
        },
        text="\n".join(lines),
    )


def run_export(args: argparse.Namespace, screen: Screen) -> Answer:
    form = args.format or (args.to.suffix.removeprefix(".") if args.to is not None else "") or "md"
    if form not in FORMATS:
        raise Refused(f"{args.to}: name a file that ends in {', '.join(FORMATS)}, or say --format")
    if args.to is None and form == "docx":
        raise Refused("a DOCX is no text for a screen; name a new file: --to n1.docx")
    with reading.looking(args, screen) as opened:
        log, incident, name = _named(opened, args.incident)
        looked = notices.look(opened.desk, log, args.notice)
        draft = looked.notice.draft
        digest = draft.document if form == "json" else draft.prints[ENDINGS.index(form)]
        data = kept_text(opened.desk, digest)
    told: dict[str, object] = {
        "incident": incident, "notice": looked.notice.id, "format": form, "sha256": digest,
        "approved": looked.agreed.holds, "not_advice": NOT_ADVICE,
    }  # fmt: skip
    if args.to is None:
        return Answer(data=told | {"text": data.decode()}, text=data.decode())
    written_new(args.to, data)
    approved = "approved" if looked.agreed.holds else "NOT approved yet"
    return Answer(
        data=told | {"file": str(args.to.resolve())},
        text=f"{name}: {looked.notice.id} as {args.to} (SHA-256 {digest[:12]}), {approved}",
    )


def run_forms(args: argparse.Namespace, screen: Screen) -> Answer:
    forms = pack_of(args.home).forms.by_id
    if args.form is None:
        lines = [
            f"{one.id:<24} {len(one.fields):>3} fields  {one.title}"
            + ("" if one.grade.verified else "  (unverified)")
            for one in forms.values()
        ]
        return Answer(
            data={"forms": [form_data(one) for one in forms.values()], "not_advice": NOT_ADVICE},
            text="\n".join([*lines, NOT_ADVICE]),
        )
    if args.form not in forms:
        among = f"there are: {', '.join(forms)}"
        raise Refused(f"no form is called {args.form}; {did_you_mean(args.form, forms, among)}")
    form = forms[args.form]
    lines = [f"{form.id}: {form.title} ({form.instrument}, {form.version})"]
    for field in form.fields:
        need = f"if {field.needed_if}" if field.needed_if else field.needed.value
        unverified = "" if field.grade.verified else " (unverified)"
        places = ", ".join(str(place) for place in field.from_)
        lines.append(f"{field.id:<8} {field.label}{unverified}  [{need}; {field.shape.value}]")
        lines.append(f"         {field.give}  (from {places})")
    fields = [
        {
            "id": one.id, "number": one.number, "section": one.section, "label": one.label,
            "give": one.give, "needed": one.needed.value, "needed_if": one.needed_if,
            "shape": one.shape.value, "choices": one.choices, "of": one.of,
            "from": [str(place) for place in one.from_], "grade": one.grade.value,
        }
        for one in form.fields
    ]  # fmt: skip
    return Answer(
        data=form_data(form) | {"sources": form.sources, "fields": fields,
                                "not_advice": NOT_ADVICE},
        text="\n".join([*lines, *form.notes, NOT_ADVICE]),
    )  # fmt: skip
