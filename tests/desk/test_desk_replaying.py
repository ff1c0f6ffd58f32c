"""A replay counts each request once, however often it is broken off, and seals what came of it."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from desk_world import BY_ANA, LOG, facts, opened, world_of
from tocsin.desk import Writer
from tocsin.desk.evidence.replay_kept import Kept, Line
from tocsin.desk.evidence.replaying import Asked, Outcome, Target, replayed
from tocsin.desk.plans.runs import By
from tocsin.facts import Refused
from tocsin.facts.analysis import ReplayBegan, Replayed
from tocsin.facts.replays import Item, Said
from tocsin.incident.analysis import analysis_of

SET = "".join(
    json.dumps({"id": f"a{n}", "request": f"attack {n}", "expect": {"not_matches": "refund"}})
    + "\n"
    for n in range(20)
).encode()


class Killed(BaseException):
    """Stands for the end of the process."""


class Room:
    """A desk with an open incident, and versions that answer as a test says."""

    def __init__(self, folder: Path) -> None:
        self.world = world_of({})
        self.desk: Writer = opened(self.world)
        self.folder = folder
        self.asked: list[tuple[str, str]] = []
        self._turn = threading.Lock()

    def target(self, name: str, text: Callable[[Item], str], threads: int = 4) -> Target:
        def ask(item: Item) -> Said:
            with self._turn:
                self.asked.append((name, item.id))
            return Said(text=text(item), version=name.rpartition("@")[2])

        return Target(against=name, ask=ask, concurrency=threads)

    def replay(self, *targets: Target, data: bytes = SET, by: By = BY_ANA) -> Outcome:
        asked = Asked(
            data=data, name="attack.jsonl", targets=targets, purpose="the attack",
            folder=self.folder,
        )  # fmt: skip
        return replayed(self.desk, LOG, asked, by)


@pytest.fixture
def room(tmp_path: Path) -> Room:
    return Room(tmp_path / "replays")


def bad(item: Item) -> str:
    return "a refund for you" if int(item.id[1:]) < 8 else "no"


def test_versions_are_counted_and_compared_pair_by_pair(room: Room) -> None:
    outcome = room.replay(room.target("s@6", bad), room.target("s@7", lambda item: "no"))
    six, seven = outcome.ended
    assert (six.held, six.failed, six.served, seven.held) == (12, 8, "6", 20)
    assert float(six.low) < 0.6 < float(six.high)
    [pair] = outcome.compared
    assert (pair.mended, pair.broken, pair.difference) == (8, 0, "0.4")
    assert pair.chance == "0.007812"
    assert list(outcome.failed["s@6"]) == [f"a{n}" for n in range(8)]
    sealed = room.world.vault.open(six.result).read().splitlines()
    assert [json.loads(line)["held"] for line in sealed] == [False] * 8 + [True] * 12
    assert not room.folder.exists() or not list(room.folder.iterdir())


def test_killed_in_the_middle_it_goes_on_and_counts_each_request_once(room: Room) -> None:
    def dies(item: Item) -> str:
        if item.id == "a7":
            raise Killed
        return "no"

    with pytest.raises(Killed):
        room.replay(room.target("s@7", dies, threads=1))
    before = [id_ for _, id_ in room.asked if id_ != "a7"]
    outcome = room.replay(room.target("s@7", lambda item: "no", threads=1))
    assert outcome.resumed == len(before) >= 7
    assert sorted(id_ for _, id_ in room.asked if id_ != "a7") == sorted(
        f"a{n}" for n in range(20) if n != 7
    )
    assert (outcome.ended[0].held, outcome.ended[0].items) == (20, 20)
    assert len(facts(room.world, ReplayBegan)) == len(facts(room.world, Replayed)) == 1


def test_a_line_that_was_cut_short_and_one_that_stands_twice_count_once(tmp_path: Path) -> None:
    kept = Kept(tmp_path / "r")
    with kept.alone(), kept.more("s") as writing:
        writing.keep("a1", Said(text="first"))
        writing.keep("a1", Said(text="second"))
    [path] = (tmp_path / "r").glob("*.jsonl")
    path.write_bytes(path.read_bytes() + b'{"id": "a2", "said": {"te')
    with kept.alone(), kept.more("s") as writing:
        writing.keep("a3", Said(text="third"))
    assert {id_: said.text for id_, said in kept.answers("s").items()} == {
        "a1": "first", "a3": "third",
    }  # fmt: skip
    assert path.stat().st_mode & 0o077 == 0
    assert Line(id="x", said=Said())


def test_one_process_at_a_time(tmp_path: Path) -> None:
    one, two = Kept(tmp_path / "r"), Kept(tmp_path / "r")
    with one.alone(), pytest.raises(Refused, match="under way in another process"), two.alone():
        pass
    with two.alone():
        pass


def test_a_replay_that_is_over_is_begun_anew_unless_the_key_is_the_same(room: Room) -> None:
    by = By(author=BY_ANA.author, client_key="k1")
    first = room.replay(room.target("s@6", bad), by=by)
    again = room.replay(room.target("s@6", bad), by=by)
    assert first.began == again.began and first.ended == again.ended
    assert first.failed == again.failed
    assert len(room.asked) == 20
    assert room.replay(room.target("s@6", bad)).began.replay == "R2"


def test_what_got_no_answer_is_in_no_rate_and_in_no_pair(room: Room) -> None:
    silent = Target(against="s@7", ask=lambda item: Said(why="no answer within 5 s"))
    outcome = room.replay(room.target("s@6", bad), silent)
    seven = outcome.ended[1]
    assert (seven.held, seven.failed, seven.unanswered) == (0, 0, 20)
    assert (seven.low, seven.high) == ("0", "1")
    assert (outcome.compared[0].unpaired, outcome.compared[0].chance) == (20, "1")


def test_a_set_that_is_none_asks_nobody_and_leaves_no_fact(room: Room) -> None:
    with pytest.raises(Refused, match="not a JSON object"):
        room.replay(room.target("s@6", bad), data=b"nonsense")
    with pytest.raises(Refused, match="each version once"):
        room.replay(room.target("s@6", bad), room.target("s@6", bad))
    assert room.asked == [] and facts(room.world, ReplayBegan) == []


def test_what_a_crash_left_behind_after_sealing_is_thrown_away(room: Room) -> None:
    room.replay(room.target("s@6", bad))
    left = room.folder / f"{LOG.rpartition('/')[2]}-R1"
    left.mkdir(parents=True)
    (left / "x.jsonl").write_text("{}")
    room.replay(room.target("s@6", bad))
    assert not left.exists()
    assert all(one.is_over for one in analysis_of(room.world.journal.read(LOG)).replays.values())
