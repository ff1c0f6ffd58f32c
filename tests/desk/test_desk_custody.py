"""Evidence in and out: on record before it leaves, never destroyed under a hold, even in a race."""

from __future__ import annotations

import io
from datetime import timedelta

import pytest
from msgspec.structs import replace

from desk_world import ANA, BY_ANA, LOG, facts, opened, world_of
from tocsin.desk.evidence.custody import (
    copy_out,
    custody_known,
    destroy,
    erase_words,
    place_hold,
    recheck,
    release_hold,
    take_in,
    view,
)
from tocsin.facts import Refused, Unreachable, incident_log
from tocsin.facts.custody import (
    EvidenceAcquired,
    EvidenceCopied,
    EvidenceDeleted,
    EvidenceViewed,
    Fixity,
    FixityChecked,
    HoldPlaced,
)
from tocsin.facts.incidents import Closed, Noted
from tocsin.facts.records import Erased
from tocsin.incident.custody import DECLARATION

KEYED = replace(BY_ANA, client_key="k")


@pytest.fixture
def desk():
    return opened(world_of({}))


def taken(desk, data: bytes = b"log lines") -> str:
    return take_in(
        desk, LOG, io.BytesIO(data), name="a.log", origin="host 3", because="?", by=BY_ANA
    )


def free(desk) -> None:
    desk.record(LOG, lambda _: [Closed(because="over")], ANA)
    release_hold(desk, LOG, DECLARATION, "kept long enough", BY_ANA)


def test_a_look_is_recorded_before_the_bytes_are_handed_out(desk) -> None:
    digest = taken(desk)
    assert view(desk, LOG, digest, "to compare", BY_ANA).read() == b"log lines"
    copy_out(desk, LOG, digest, "usb stick 4", "for the lab", BY_ANA)
    assert len(facts(desk.world, EvidenceViewed)) == len(facts(desk.world, EvidenceCopied)) == 1
    desk.world.vault.contents[digest] = b"other"
    with pytest.raises(Refused, match="altered"):
        view(desk, LOG, digest, "again", BY_ANA)
    assert len(facts(desk.world, EvidenceViewed)) == 1


def test_the_declaration_holds_the_evidence(desk) -> None:
    digest = taken(desk)
    with pytest.raises(Refused, match=DECLARATION):
        destroy(desk, LOG, digest, "room", BY_ANA)
    assert digest in desk.world.vault.contents and not facts(desk.world, EvidenceDeleted)


def test_what_nothing_holds_is_destroyed_and_its_digest_stays_on_record(desk) -> None:
    digest = taken(desk)
    free(desk)
    destroy(desk, LOG, digest, "retention over", BY_ANA)
    assert digest not in desk.world.vault.contents
    assert [f.digest for f in facts(desk.world, EvidenceDeleted)] == [digest]


def test_a_crash_between_the_fact_and_the_deletion_is_finished_by_repeating(desk) -> None:
    digest = taken(desk)
    free(desk)
    delete, desk.world.vault.delete = desk.world.vault.delete, lambda *a, **k: 1 / 0
    with pytest.raises(ZeroDivisionError):
        destroy(desk, LOG, digest, "retention over", BY_ANA)
    desk.world.vault.delete = delete
    destroy(desk, LOG, digest, "retention over", BY_ANA)
    assert digest not in desk.world.vault.contents
    assert len(facts(desk.world, EvidenceDeleted)) == 1


def test_a_hold_placed_at_the_same_moment_wins(desk) -> None:
    digest = taken(desk)
    free(desk)
    other = incident_log("OTHER00000")
    opened(desk.world, other)
    append = desk.world.journal.append

    def race(log, seq, drafts, *rest, **words):
        done = append(log, seq, drafts, *rest, **words)
        if any(isinstance(d.fact, EvidenceDeleted) for d in drafts):
            place_hold(desk, other, "a court asks", BY_ANA, digests=[digest])
        return done

    desk.world.journal.append = race
    with pytest.raises(Refused, match="hold"):
        destroy(desk, LOG, digest, "retention over", BY_ANA)
    assert digest in desk.world.vault.contents
    assert custody_known(desk).pieces[digest].in_vault
    assert len(facts(desk.world, EvidenceAcquired)) == 2


def test_a_scheduled_look_finds_what_was_altered(desk) -> None:
    digest = taken(desk)
    assert list(recheck(desk, timedelta(days=30))) == []
    desk.world.clock.wind(timedelta(days=31))
    desk.world.vault.contents[digest] = b"other"
    assert list(recheck(desk, timedelta(days=30))) == [(digest, Fixity.ALTERED)]
    assert [f.fixity for f in facts(desk.world, FixityChecked)] == [Fixity.ALTERED]
    assert list(recheck(desk, timedelta(days=30))) == []


def test_a_piece_that_cannot_be_read_holds_up_no_other_and_is_due_again(desk) -> None:
    first, second = taken(desk), taken(desk, b"another piece")
    desk.world.clock.wind(timedelta(days=31))
    desk.world.vault.contents[second] = b"other"
    check = desk.world.vault.check

    def broken(digest, read=None):
        if digest == first:
            raise Unreachable("a bad sector")
        return check(digest, read)

    desk.world.vault.check = broken
    found = dict(recheck(desk, timedelta(days=30)))
    assert str(found[first]) == "a bad sector" and found[second] is Fixity.ALTERED
    assert [f.digest for f in facts(desk.world, FixityChecked)] == [second]
    desk.world.vault.check = check
    assert list(recheck(desk, timedelta(days=30))) == [(first, Fixity.INTACT)]


def test_what_was_found_is_told_although_the_record_fails_later(desk) -> None:
    """Else a piece would be on record as altered, and nobody would have been alarmed."""
    taken(desk), taken(desk, b"another piece")
    desk.world.clock.wind(timedelta(days=31))
    for digest in desk.world.vault.contents:
        desk.world.vault.contents[digest] = b"other"
    rechecked = recheck(desk, timedelta(days=30))
    told = [next(rechecked)]

    def away(*_, **__):
        raise Unreachable("the disk is full")

    desk.world.journal.append = away
    with pytest.raises(Unreachable):
        told.extend(rechecked)
    assert [f.digest for f in facts(desk.world, FixityChecked)] == [d for d, _ in told]


def test_words_are_erased_only_without_a_hold_and_the_fact_comes_first(desk) -> None:
    desk.record(LOG, lambda _: [Noted(text="a name")], ANA)
    erased: list[tuple] = []

    def erase(log, seq, fields) -> int:
        assert facts(desk.world, Erased), "the fact comes first"
        erased.append((log, seq, tuple(fields)))
        return 1

    with pytest.raises(Refused, match="hold"):
        erase_words(desk, LOG, 2, ["text"], "asked to", BY_ANA, erase)
    free(desk)
    with pytest.raises(Refused, match="cannot be erased; what can: text"):
        erase_words(desk, LOG, 2, ["kind"], "asked to", BY_ANA, erase)
    with pytest.raises(Refused, match="no 99"):
        erase_words(desk, LOG, 99, ["text"], "asked to", BY_ANA, erase)
    assert erase_words(desk, LOG, 2, ["text"], "asked to", BY_ANA, erase) == 1
    erase_words(desk, LOG, 2, ["text"], "asked to", BY_ANA, erase)
    assert erased == [(LOG, 2, ("text",))] * 2 and len(facts(desk.world, Erased)) == 1


def test_a_hold_and_its_release_are_known_again_and_nothing_else_passes_for_them(desk) -> None:
    """Both rest on the holds of all logs as they are now, so that a repetition is refused anew."""
    placed = place_hold(desk, LOG, "letter", KEYED, systems=["assistant"])
    (hold,) = (one.hold for one in facts(desk.world, HoldPlaced))
    assert place_hold(desk, LOG, "letter", KEYED, systems=["assistant"]).repeated
    with pytest.raises(Refused, match="used for something else"):
        release_hold(desk, LOG, "H9", "over", KEYED)
    other = replace(KEYED, client_key="r")
    release_hold(desk, LOG, hold, "over", other)
    assert release_hold(desk, LOG, hold, "over", other).repeated
    with pytest.raises(Refused, match="used for something else"):
        release_hold(desk, LOG, "H9", "over", other)
    assert placed.first_seq and len(facts(desk.world, HoldPlaced)) == 1


def test_a_hold_that_is_refused_is_not_taken_for_the_note_under_its_client_key(desk) -> None:
    desk.record(LOG, lambda _: [Noted(text="x")], ANA, client_key="k")
    place_hold(desk, LOG, "letter", BY_ANA)
    with pytest.raises(Refused, match="used for something else"):
        place_hold(desk, LOG, "letter", KEYED)
