"""A silence has an owner and an end, and holds for nothing that must be heard."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import msgspec
import pytest

from desk_register import adopted, enrolled, signing
from desk_world import ANA, BY_ANA, NOON, facts, world_of
from tocsin.desk import Writer
from tocsin.desk.alarms.silences import end_silence, expire, in_force, limit_pages, silence
from tocsin.desk.alarms.watching import Watch
from tocsin.desk.plans.runs import By
from tocsin.facts import ALARMS_LOG, Asserter, Author, Proof, Refused
from tocsin.facts.alarms import PagingLimited, Silenced, SilenceEnded

DETECTORS = """
system: assistant
detectors:
  fallback-rate: {rate: fallback, direction: up, tolerance: 15%, basis: relative,
                  baseline: {first: 5000}, status: live}
  libel-rate: {rate: error, direction: up, tolerance: 15%, basis: relative,
               baseline: {first: 5000}, status: live, harm: critical}
  silent: {no-data: 45m, status: live}
"""
SOON = NOON + timedelta(hours=2)


@pytest.fixture
def desk(tmp_path: Path) -> Writer:
    (tmp_path / "detectors").mkdir()
    (tmp_path / "detectors" / "assistant.yaml").write_text(DETECTORS)
    return adopted(Writer(msgspec.structs.replace(world_of({}), home=tmp_path)))


def made(desk: Writer, target: str = "fallback-rate", **other: object) -> Silenced:
    said: dict[str, object] = {"system": None, "until": SOON, "because": "a test", "by": BY_ANA}
    return silence(desk, target, **(said | other))  # type: ignore[arg-type]


def test_it_names_its_owner_and_its_end(desk: Writer) -> None:
    first, second = made(desk), made(desk, "assistant")
    assert (first.silence, first.owner, first.until) == ("silence-1", "ana", SOON)
    assert (first.detector, first.system) == ("fallback-rate", None)
    assert (second.silence, second.detector, second.system) == ("silence-2", None, "assistant")
    assert [one.fact for one in in_force(desk)] == [first, second]


def test_whether_more_than_a_name_shows_who_made_it_is_told(desk: Writer) -> None:
    made(desk)
    assert [one.proven for one in in_force(desk)] == [False], "a typed name"
    enrolled(desk)
    made(desk, by=By(author=signing("ana")[0]))
    assert in_force(desk)[-1].proven


def test_repeated_under_the_same_key_it_is_one_silence(desk: Writer) -> None:
    by = By(author=ANA, client_key="k1")
    assert made(desk, by=by) == made(desk, by=by)
    assert len(facts(desk.world, Silenced, ALARMS_LOG)) == 1


@pytest.mark.parametrize(
    ("target", "other", "told"),
    [
        ("fallback-rate", {"until": NOON - timedelta(hours=1)}, "is over"),
        ("fallback-rate", {"until": NOON + timedelta(days=31)}, "after 30 days at the latest"),
        ("fallback-rate", {"because": " "}, "say why"),
        ("libel-rate", {}, "critical harm, which nothing silences"),
        ("silent", {}, "turn it off through Tocsin"),
        ("fallback-rates", {}, 'did you mean "fallback-rate"?'),
        ("fallback-rate", {"system": "other"}, "of other"),
    ],
)
def test_what_may_not_be_silenced_says_why_and_what_instead(
    desk: Writer, target: str, other: dict[str, object], told: str
) -> None:
    with pytest.raises(Refused, match=told):
        made(desk, target, **other)
    assert not facts(desk.world, Silenced, ALARMS_LOG)


def test_only_a_person_known_and_proven_silences(desk: Writer) -> None:
    machine = Author(who="m", kind=Asserter.MACHINE, proof=Proof.TOKEN, key="t")
    stranger = Author(who="eve", kind=Asserter.PERSON, proof=Proof.ACCOUNT, account="eve")
    for author in (machine, stranger):
        with pytest.raises(Refused):
            made(desk, by=By(author=author))
    enrolled(desk)
    with pytest.raises(Refused, match="has an enrolled key"):
        made(desk)
    assert made(desk, by=By(author=signing("ana")[0])).owner == "ana"


def test_a_person_ends_it_and_it_holds_no_more(desk: Writer) -> None:
    name = made(desk).silence
    end_silence(desk, name, "the test is over", BY_ANA)
    assert not in_force(desk)
    for again in (name, "silence-9"):
        with pytest.raises(Refused, match="no silence"):
            end_silence(desk, again, "again", BY_ANA)


def test_its_end_is_told_to_its_owner_once_by_the_next_pass(desk: Writer) -> None:
    made(desk)
    desk.world.clock.sleep(3600)
    assert not expire(desk, Watch(desk).author) and in_force(desk)
    desk.world.clock.sleep(3601)
    assert not in_force(desk), "its time is over, whether anybody has said so or not"
    (told, *_) = Watch(desk).one_pass().remarks
    assert "ana: silence-1 is over" in told and "fallback-rate wakes people again" in told
    assert not any("silence-1" in one for one in Watch(Writer(desk.world)).one_pass().remarks)
    (fact,) = facts(desk.world, SilenceEnded, ALARMS_LOG)
    assert fact.expired
    ended = next(e for e in desk.world.journal.read(ALARMS_LOG) if e.fact == fact)
    assert ended.happened_at == SOON


@pytest.mark.parametrize(("pages", "hours"), [(0, 8), (2, 5), (2, 0), (10**6, 8)])
def test_a_limit_that_makes_no_sense_is_refused(desk: Writer, pages: int, hours: int) -> None:
    with pytest.raises(Refused, match="give"):
        limit_pages(desk, pages, hours, "a test", BY_ANA)


def test_a_stranger_does_not_say_how_many_pages_there_may_be(desk: Writer) -> None:
    stranger = Author(who="eve", kind=Asserter.PERSON, proof=Proof.ACCOUNT, account="eve")
    with pytest.raises(Refused, match="not in the register"):
        limit_pages(desk, 1, 24, "less noise", By(author=stranger))
    assert not facts(desk.world, PagingLimited, ALARMS_LOG)


def test_what_wakes_fewer_or_more_people_has_a_reason(desk: Writer) -> None:
    name = made(desk).silence
    with pytest.raises(Refused, match="say why"):
        end_silence(desk, name, "", BY_ANA)
    with pytest.raises(Refused, match="say why"):
        limit_pages(desk, 1, 8, "\t", BY_ANA)


def test_the_limit_of_pages_is_on_record_with_who_and_why(desk: Writer) -> None:
    limit_pages(desk, 5, 12, "two teams are on call", BY_ANA)
    (fact,) = facts(desk.world, PagingLimited, ALARMS_LOG)
    assert (fact.pages, fact.shift_hours) == (5, 12)
