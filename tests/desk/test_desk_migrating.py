"""A run is migrated on the desk: who may, what is kept, and that nothing else changes its plan."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from desk_register import KEYS, adopted, enrolled
from desk_world import ANA, BY_ANA, LOG, Hand, ending, facts, opened, path, world_of
from tocsin.desk import Writer, run_until_idle
from tocsin.desk.evidence.custody import custody_known
from tocsin.desk.plans.migrating import migrate
from tocsin.desk.plans.runs import By, answer, cancel, pause, start_run
from tocsin.dossier.account import account_of
from tocsin.facts import Access, Asserter, Author, Proof, Refused
from tocsin.facts.courses import RunMigrated
from tocsin.facts.incidents import Assigned
from tocsin.incident.timeline import words_of
from tocsin.register.statements import ENTRY_NAMESPACE

OLD = """
plan: steer
version: 1
title: Ask, then act
steps:
  ask: {ask: Over, role: commander, choices: {yes: done, no: lost}, limit: 2h, on_limit: no}
  done: {end: completed}
  lost: {end: failed}
"""
NEW = OLD.replace("version: 1", "version: 2").replace("yes: done", "yes: off").replace(
    "  done:", "  off: {act: switch, target: assistant, wanted: off, next: done, "
    "on_failure: lost}\n  done:",
)  # fmt: skip


def desk_of(folder: Path) -> Writer:
    world = msgspec.structs.replace(world_of({"switch": Hand()}), home=folder)
    desk = opened(world)
    desk.record(LOG, lambda _: [Assigned(role="commander", person="ana")], ANA)
    start_run(desk, LOG, OLD.encode(), BY_ANA)
    return desk


def test_a_run_goes_on_by_the_new_version_also_for_who_reads_it_anew(tmp_path: Path) -> None:
    desk = desk_of(tmp_path)
    migrate(desk, LOG, "run-1", NEW.encode(), "the switch is mended", BY_ANA)
    (fact,) = facts(desk.world, RunMigrated)
    run = desk.run(LOG, "run-1")
    assert run.plan_digest == fact.to_digest != fact.from_digest
    again = Writer(desk.world)
    answer(again, LOG, "run-1", "ask", "yes", "", BY_ANA)
    run_until_idle(desk.world)
    assert path(desk.world) == [("ask", "yes"), ("off", "done")]
    assert ending(desk.world) == "completed" and desk.world.journal.next_due() is None
    needed = custody_known(Writer(desk.world)).needed
    assert {fact.to_digest, fact.from_digest} <= set(needed)


def test_a_paused_run_is_migrated_and_one_that_is_over_is_not(tmp_path: Path) -> None:
    desk = desk_of(tmp_path)
    pause(desk, LOG, "run-1", "wait", BY_ANA)
    migrate(desk, LOG, "run-1", NEW.encode(), "why", BY_ANA)
    back = OLD.replace("version: 1", "version: 3")
    migrate(desk, LOG, "run-1", back.encode(), "back again", BY_ANA)
    migrate(desk, LOG, "run-1", NEW.encode(), "and forth", BY_ANA)
    assert len(Writer(desk.world).run(LOG, "run-1").migrations) == 3
    cancel(desk, LOG, "run-1", "over", BY_ANA)
    with pytest.raises(Refused, match="nothing to migrate"):
        migrate(desk, LOG, "run-1", OLD.encode(), "why", BY_ANA)


def test_every_reason_is_told_and_nothing_is_recorded(tmp_path: Path) -> None:
    desk = desk_of(tmp_path)
    other = NEW.replace("role: commander", "role: board").replace("no: lost}", "nay: lost}")
    other = other.replace("on_limit: no", "on_limit: nay")
    with pytest.raises(Refused) as no:
        migrate(desk, LOG, "run-1", other.encode(), "why", BY_ANA, file="p.yaml")
    assert "`role` differs" in str(no.value) and "`choices` differs" in str(no.value)
    for text, why in (
        (NEW.replace("act: switch", "act: lever"), "not set up"),
        (NEW.replace("next: done, on", "next: dnoe, on"), 'did you mean "done"'),
        (OLD, "this very version already"),
    ):
        with pytest.raises(Refused, match=why):
            migrate(desk, LOG, "run-1", text.encode(), "why", BY_ANA)
    with pytest.raises(Refused, match="say why"):
        migrate(desk, LOG, "run-1", NEW.encode(), "  ", BY_ANA)
    assert not facts(desk.world, RunMigrated)


def test_who_has_a_key_signs_and_no_worker_steers(tmp_path: Path) -> None:
    desk = desk_of(tmp_path)
    enrolled(adopted(desk))
    with pytest.raises(Refused, match="sign it"):
        migrate(desk, LOG, "run-1", NEW.encode(), "why", BY_ANA)
    stranger = Author(who="zoe", kind=Asserter.PERSON, proof=Proof.ACCOUNT, account="zoe")
    with pytest.raises(Refused, match="not in the register"):
        migrate(desk, LOG, "run-1", NEW.encode(), "why", By(author=stranger))
    worker = Author(who="w", kind=Asserter.WORKER, proof=Proof.PROCESS)
    with pytest.raises(Refused):
        migrate(desk, LOG, "run-1", NEW.encode(), "why", By(author=worker))
    key = KEYS["ana"]
    signed = Author(who="ana", kind=Asserter.PERSON, proof=Proof.SIGNATURE, key=key.fingerprint)
    by = By(author=signed, sign=lambda message: key.sign(message, ENTRY_NAMESPACE))
    migrate(desk, LOG, "run-1", NEW.encode(), "why", by)
    assert any(entry.author.signature for entry in desk.world.journal.read(LOG))
    (fact,) = facts(desk.world, RunMigrated)
    assert words_of(fact).startswith("Run run-1 goes on by another version of its plan (")
    (choice,) = account_of(desk.world.journal.read(LOG), frozenset(Access)).choices
    assert (choice.who, choice.on) == ("ana", "why")


def test_a_repetition_under_its_key_migrates_once(tmp_path: Path) -> None:
    desk = desk_of(tmp_path)
    by = By(author=ANA, client_key="k")
    first = migrate(desk, LOG, "run-1", NEW.encode(), "why", by)
    assert migrate(desk, LOG, "run-1", NEW.encode(), "why", by).first_seq == first.first_seq
    assert len(facts(desk.world, RunMigrated)) == 1
