"""What was kept is there after any end; places are given once; bodies can be destroyed."""

from __future__ import annotations

import os
import sqlite3
import threading
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tocsin.facts import Unreachable
from tocsin.facts.deliveries import Arrival
from tocsin.inbox.commits import Commits
from tocsin.inbox.quota import Quotas
from tocsin.inbox.store import FILE, ROWS_MOST, Inbox, Kept

NOON = datetime(2026, 11, 26, 12, 0, 0, 123456, tzinfo=UTC)


def arrival(body: bytes = b"{}", delivery: str = "", source: str = "prom") -> Arrival:
    return Arrival(
        format="alertmanager", source=source, proven=True, delivery=delivery,
        said={"content-type": "application/json"}, body=body, received_at=NOON,
    )  # fmt: skip


def test_what_is_kept_is_read_as_it_came_by_anybody(tmp_path: Path) -> None:
    first = Inbox(tmp_path)
    assert not first.is_there
    assert (first.after(0, 10), first.last(), first.decided(), first.get(1)) == ([], 0, 0, None)
    assert first.keep([arrival(b"a"), arrival(b"b")]) == [Kept(1, False), Kept(2, False)]
    second = Inbox(tmp_path)
    assert [one.body for one in second.after(0, 10)] == [b"a", b"b"]
    assert [one.place for one in second.after(1, 10)] == [2]
    read = second.get(1)
    assert read is not None
    assert (read.received_at, read.said, read.size) == (NOON, arrival().said, 1)
    second.mark_decided(2)
    assert first.decided() == 2
    first.close()
    second.close()
    assert Inbox(tmp_path).last() == 2


def test_while_the_first_of_all_is_written_it_reads_as_empty(tmp_path: Path) -> None:
    """The file is there before its table is, and whoever decides looks at it at any time."""
    inbox = Inbox(tmp_path)
    (tmp_path / FILE).touch()
    assert (inbox.after(0, 10), inbox.last(), inbox.get(1), inbox.repeated()) == ([], 0, None, 0)
    with sqlite3.connect(tmp_path / FILE) as begun:
        begun.execute("PRAGMA journal_mode = WAL")
        assert (inbox.after(0, 10), inbox.last(), inbox.get(1), inbox.repeated()) == (
            [], 0, None, 0,
        )  # fmt: skip
    begun.close()
    inbox.keep([arrival(b"a")])
    assert (inbox.last(), [one.body for one in inbox.after(0, 10)]) == (1, [b"a"])


def test_batches_of_any_size_and_mixture_give_each_its_own_place(tmp_path: Path) -> None:
    inbox = Inbox(tmp_path)
    assert inbox.keep([]) == []
    count = 0
    for size in (1, 3, ROWS_MOST, ROWS_MOST + 1, 2 * ROWS_MOST + 7):
        for every in (0, 5):  # every fifth names its delivery, and so has a statement of its own
            batch = [
                arrival(b"%d" % (count + n), f"d{count + n}" if every and n % every == 0 else "")
                for n in range(size)
            ]
            kept = inbox.keep(batch)
            assert sorted(one.place for one in kept) == list(range(count + 1, count + size + 1))
            for one, sent in zip(kept, batch, strict=True):
                read = inbox.get(one.place)
                assert read is not None and read.body == sent.body and not one.repeated
            count += size
    inbox.close()


def test_bodies_are_for_the_account_alone_also_in_an_open_home(tmp_path: Path) -> None:
    tmp_path.chmod(0o755)
    before = os.umask(0o022)
    try:
        inbox = Inbox(tmp_path)
        inbox.keep([arrival(b"a")])
        modes = {one.name: one.stat().st_mode & 0o077 for one in tmp_path.glob(f"{FILE}*")}
    finally:
        os.umask(before)
    inbox.close()
    assert FILE in modes and set(modes.values()) == {0}


def test_the_same_delivery_is_kept_once_and_counted(tmp_path: Path) -> None:
    inbox = Inbox(tmp_path)
    kept = inbox.keep([arrival(b"a", "d1"), arrival(b"b"), arrival(b"a", "d1")])
    assert [one.repeated for one in kept] == [False, False, True]
    assert kept[2].place == kept[0].place
    (again,) = inbox.keep([arrival(b"a", "d1")])
    assert again == Kept(kept[0].place, True)
    assert not inbox.keep([arrival(b"a", "d1", source="other")])[0].repeated
    assert inbox.repeated() == 2
    assert sorted(one.body or b"" for one in inbox.after(0, 10)) == [b"a", b"a", b"b"]


def test_a_destroyed_body_is_nowhere_in_the_files(tmp_path: Path) -> None:
    inbox = Inbox(tmp_path)
    inbox.keep([arrival(b"secret-of-bo" * 20), arrival(b"harmless")])
    before = inbox.get(1)
    assert before is not None
    assert inbox.erase(1, 1) == 1
    assert inbox.erase(1, 1) == 0
    after = inbox.get(1)
    assert after is not None
    assert (after.body, after.digest, after.size) == (None, before.digest, before.size)
    for path in tmp_path.iterdir():
        assert b"secret-of-bo" not in path.read_bytes(), path.name
    assert inbox.keep([arrival()])[0].place == 3


def test_many_who_write_at_once_get_places_of_their_own(tmp_path: Path) -> None:
    """Two processes are stood for by two inboxes on one file, each with its own connection."""
    places: list[int] = []

    def write() -> None:
        inbox = Inbox(tmp_path)
        for _ in range(20):
            places.extend(one.place for one in inbox.keep([arrival(), arrival(b"x", "")]))
        inbox.close()

    threads = [threading.Thread(target=write) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(places) == list(range(1, 161))
    assert Inbox(tmp_path).last() == 160


def test_a_file_that_cannot_be_written_keeps_nothing_and_says_so(tmp_path: Path) -> None:
    (tmp_path / FILE).write_bytes(b"this is no database" * 100)
    with pytest.raises(Unreachable, match="check its disk"):
        Inbox(tmp_path).keep([arrival()])
    with pytest.raises(Unreachable):
        Inbox(tmp_path / "none").keep([arrival()])


def test_group_commit_answers_everybody_also_when_the_disk_fails(tmp_path: Path) -> None:
    answers: dict[int, object] = {}
    done = threading.Event()

    def answered(some: object) -> None:
        answers.update(some)  # type: ignore[call-overload]
        if len(answers) == 50:
            done.set()

    commits: Commits[int] = Commits(Inbox(tmp_path), answered)
    for number in range(50):
        assert commits.put(arrival(), number)
    assert done.wait(30)
    commits.close()
    assert not commits.put(arrival(), 51)
    assert sorted(one.place for one in answers.values() if isinstance(one, Kept)) == [*range(1, 51)]
    failing: Commits[int] = Commits(Inbox(tmp_path / "none"), answered)
    answers.clear()
    failing.put(arrival(), 1)
    failing.close()
    assert isinstance(answers[1], Unreachable)


def test_a_source_has_its_minute_and_what_nothing_proves_has_one_together() -> None:
    quotas = Quotas(a_minute=60, in_all=100, unproven=2)
    asked = [quotas.wait_seconds("prom", proven=True, now=0.0) for _ in range(61)]
    assert asked[:60] == [0.0] * 60
    assert asked[60] == pytest.approx(1.0)
    assert quotas.wait_seconds("prom", proven=True, now=1.0) == 0.0
    assert [quotas.wait_seconds(str(n), proven=False, now=1.0) > 0 for n in range(3)] == [
        False, False, True,
    ]  # fmt: skip
    assert quotas.wait_seconds("people", proven=False, now=1.0, is_form=True) == 0.0
    waits = [quotas.wait_seconds("other", proven=True, now=1.0) for _ in range(60)]
    assert 0.0 < waits[-1] < 60.0, "all together have one too"


def test_a_place_that_the_record_knows_is_not_given_again_when_the_file_is_lost(
    tmp_path: Path,
) -> None:
    inbox = Inbox(tmp_path)
    inbox.begin_after(500)
    assert inbox.keep([arrival()])[0].place == 501
    inbox.begin_after(7)
    assert inbox.keep([arrival(b"b", "d1"), arrival()])[0].place == 502
    inbox.begin_after(900)
    assert [one.place for one in inbox.keep([arrival(), arrival()])] == [901, 902]
