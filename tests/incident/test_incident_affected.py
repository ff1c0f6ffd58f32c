"""A sealed list and what was done about each of its decisions: forward, or back with a reason."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from incident_log import START, Written, at
from tocsin.facts import Draft, Refused
from tocsin.facts.affected import AffectedListed, AffectedRemedied, Remedy
from tocsin.facts.places import joined, spans_of, written
from tocsin.incident.affected import (
    ITEMS_LETTERS_MAX,
    STATES,
    AffectedList,
    Wished,
    affected_lists,
    list_meant,
    remedied,
)
from tocsin.incident.remedy_rows import read_rows, wishes_of
from tocsin.incident.timeline import words_of

LIST, OTHER = "a" * 64, "b" * 64


def made(decisions: int = 10, digest: str = LIST, finding: str = "f1") -> Draft:
    fact = AffectedListed(
        list=digest, finding=finding, since=START, until=at(9), decisions=decisions, subjects=4,
        asked="those with fallback", untold="",
    )  # fmt: skip
    return Draft(fact=fact, happened_at=at(1))


def wish(items: str, state: Remedy, **more: str) -> Wished:
    return Wished(spans=spans_of(items), state=state, **{"reference": "T-1", **more})  # type: ignore[arg-type]


class Room:
    """A log with one list."""

    def __init__(self, decisions: int = 10) -> None:
        self.log = Written()
        self.log.add([made(decisions)])

    @property
    def list(self) -> AffectedList:
        return affected_lists(self.log.entries)[LIST]

    def say(self, *wishes: Wished, who: str = "ana") -> Sequence[Draft]:
        drafts = remedied(self.list, wishes, at(5))
        self.log.add(drafts, who)
        return drafts


def test_states_go_forward_and_the_last_word_holds() -> None:
    room = Room()
    room.say(wish("1-6", Remedy.RE_DECIDED))
    room.say(wish("2,4-5", Remedy.DONE), wish("6", Remedy.NOTIFIED), who="ben")
    known = room.list
    assert [STATES[code].value for code in known.states] == [
        "re-decided", "done", "re-decided", "done", "done", "notified", *["open"] * 4,
    ]  # fmt: skip
    assert known.left == 7 and written(known.unfinished()) == "1,3,6-10"
    held = [(step.who, written(spans)) for step, spans in known.standing()]
    assert held == [("ana", "1,3"), ("ben", "2,4-5"), ("ben", "6")]


def test_back_only_with_a_reason_and_nothing_without_something_that_shows_it() -> None:
    room = Room()
    room.say(wish("1-3", Remedy.DONE))
    with pytest.raises(Refused, match="from item 2 on some are done already"):
        room.say(wish("2-5", Remedy.CORRECTED))
    room.say(wish("2", Remedy.OPEN, because="the refund bounced", reference=""))
    assert written(room.list.unfinished()) == "2,4-10"
    for state in (Remedy.RE_DECIDED, Remedy.CORRECTED, Remedy.NOTIFIED, Remedy.DONE):
        with pytest.raises(Refused, match="show it"):
            room.say(wish("9", state, reference=" "))
    with pytest.raises(Refused, match="say why"):
        room.say(wish("9", Remedy.NOT_NEEDED))
    room.say(wish("9", Remedy.NOT_NEEDED, because="a test account", reference=""))


def test_all_that_is_wrong_is_told_at_once_and_nothing_is_said() -> None:
    room = Room()
    with pytest.raises(Refused) as told:
        room.say(
            wish("1", Remedy.DONE), wish("8-11", Remedy.DONE), wish("2", Remedy.DONE, reference="")
        )
    assert "item 11 is beyond the list, which has 10" in str(told.value)
    assert "show it" in str(told.value) and len(room.log.entries) == 1


def test_many_scattered_items_are_few_facts_and_lose_none() -> None:
    room = Room(100_000)
    drafts = room.say(wish(",".join(map(str, range(1, 100_000, 2))), Remedy.DONE))
    assert 2 < len(drafts) < 20
    facts = [d.fact for d in drafts if isinstance(d.fact, AffectedRemedied)]
    assert max(len(fact.items) for fact in facts) <= ITEMS_LETTERS_MAX
    assert sum(fact.count for fact in facts) == 50_000 == room.list.left
    assert len(words_of(facts[0])) < 300


def test_a_list_is_meant_by_the_start_of_its_digest() -> None:
    log = Written()
    with pytest.raises(Refused, match="no list of affected decisions yet"):
        list_meant(affected_lists(log.entries), None)
    log.add([made(), made(digest=OTHER)])
    lists = affected_lists(log.entries)
    assert list_meant(lists, "B").fact.list == OTHER
    with pytest.raises(Refused, match="several lists"):
        list_meant(lists, None)
    with pytest.raises(Refused, match="0 lists are meant by 'c'"):
        list_meant(lists, "c")


def test_a_list_that_is_made_again_keeps_what_was_done() -> None:
    room = Room()
    room.say(wish("1-10", Remedy.DONE))
    room.log.add([made(digest=OTHER), made(finding="f2")])
    assert room.list.left == 0 and room.list.seq == 1
    assert room.list.findings == ["f1", "f2"], "each of them is listed"
    assert list(affected_lists(room.log.entries)) == [OTHER, LIST], "the last word is the newest"


@given(st.lists(st.tuples(st.integers(1, 20), st.integers(1, 20), st.sampled_from(STATES))))
def test_the_fold_is_what_a_plain_walk_over_the_items_gives(
    said: list[tuple[int, int, Remedy]],
) -> None:
    room, plain = Room(20), ["open"] * 20
    for a, b, state in said:
        first, last = sorted((a, b))
        room.say(wish(f"{first}-{last}", state, because="so"))
        plain[first - 1 : last] = [state.value] * (last - first + 1)
    known = room.list
    assert [STATES[code].value for code in known.states] == plain
    unfinished = [n for n, word in enumerate(plain, 1) if word not in ("done", "not-needed")]
    assert list(known.unfinished()) == joined((n, n) for n in unfinished)
    assert sum(known.counts.values()) == 20 and known.left == len(unfinished)


def test_words_say_whom_it_touched_and_what_was_done() -> None:
    told = words_of(made().fact)
    assert "10 decisions about 4 subjects are affected by finding f1" in told
    room = Room()
    room.say(wish("1-2", Remedy.RE_DECIDED, done_by="a panel"))
    assert words_of(room.log.entries[-1].fact) == (
        f"2 decisions of list {LIST[:12]} re-decided by a panel (items 1-2), shown by T-1"
    )


GOOD = b"Item;State;because;by;note\n1-3;done;;ben;x\n7;not-needed;a test;;y\n\n"


def test_a_table_becomes_a_wish_for_each_state_reason_and_person() -> None:
    rows, told = read_rows(GOOD, "t.csv")
    assert not told
    wishes, told = wishes_of(rows, "t.csv", {}, 10)
    assert not told
    assert [(written(w.spans), w.state, w.because, w.done_by, w.line) for w in wishes] == [
        ("1-3", Remedy.DONE, "", "ben", 2),
        ("7", Remedy.NOT_NEEDED, "a test", "", 3),
    ]


def test_a_request_means_all_its_places() -> None:
    rows, _ = read_rows(b"request,state\nr7,done\nr8,done\n", "t.csv")
    wishes, told = wishes_of(rows, "t.csv", {"r7": [2, 9]}, 10)
    assert [written(w.spans) for w in wishes] == ["2,9"]
    assert [(one.line, "not in the list" in one.found) for one in told] == [(3, True)]


def test_every_mistake_of_every_row_is_told_with_its_line() -> None:
    table = (
        b"item,request,state\n1,r1,done\n,,done\n1,,finished\n5-2,,done\n3,,doone\n1,2\n2,,done\n"
    )
    rows, told = read_rows(table, "t.csv")
    assert [row.line for row in rows] == [8]
    assert {one.line for one in told} == {2, 3, 4, 5, 6, 7}
    assert any('did you mean "done"?' in one.remedy for one in told)
    for spoilt in (b"", b"item\n1\n", b"state\ndone\n", b"item,state\n", b"item,state\n\xff,done\n",
                   b'item,state\n"1,done\n', b"item,item,state\n1,1,done\n"):  # fmt: skip
        assert read_rows(spoilt, "t.csv")[1]


def test_one_item_in_two_states_is_a_mistake_and_twice_in_the_same_is_not() -> None:
    rows, _ = read_rows(b"item,state,by\n1-9,done,a\n3,notified,a\n4,done,b\n12,done,\n", "t.csv")
    _, told = wishes_of(rows, "t.csv", {}, 10)
    assert [(one.line, one.path) for one in told] == [(3, "item"), (5, "item")]
    assert "line 2 too" in told[0].found and "list of 10" in told[1].found
