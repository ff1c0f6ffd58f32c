"""Which exchanges are judged follows from their ids; a verdict is written once and stays."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from tocsin.exercise.judge import PaperJudge
from tocsin.facts import ConnectorError, Refused
from tocsin.facts.logs import Compare, Condition, LogMapping, Share, Term, Texts
from tocsin.facts.opinions import Exchange, Opinion
from tocsin.sources.columns import CannotRead
from tocsin.sources.engine import Engine
from tocsin.sources.exchanges import exchanges
from tocsin.sources.verdicts import judge_into, labels_in, verdicts_in
from written_log import Wound, parquet, row, rows, source

MAPPING = LogMapping(texts=Texts(question="question", answer="answer"))


def quiet(done: int, total: int | None) -> None:
    return None


def drawn(tmp_path: Path, most: int, mapping: LogMapping = MAPPING) -> list[Exchange]:
    return exchanges(tmp_path / "log", mapping, Engine(tmp_path / "spill"), most)[0]


def test_the_sample_follows_from_the_ids_alone(tmp_path: Path) -> None:
    parquet(tmp_path / "log/a.parquet", rows(0, 60))
    parquet(tmp_path / "log/b.parquet", rows(40, 60))  # twenty of them stand there twice
    few = {one.request for one in drawn(tmp_path, 10)}
    assert len(few) == 10 and few < {one.request for one in drawn(tmp_path, 30)}
    (tmp_path / "log/a.parquet").rename(tmp_path / "log/z.parquet")
    assert {one.request for one in drawn(tmp_path, 10)} == few
    assert len(drawn(tmp_path, 1000)) == 100


def test_only_answers_of_the_system_itself_are_drawn(tmp_path: Path) -> None:
    written = [row(0), row(1, served_by="people"), row(2, answer=""), row(3, answer=None),
               row(4, request_id=None), row(5, question=None)]  # fmt: skip
    parquet(tmp_path / "log/a.parquet", written)
    found = {one.request: one for one in drawn(tmp_path, 10)}
    assert set(found) == {"r0", "r5"} and found["r5"].question == ""
    assert found["r0"].version == "1" and found["r0"].at is not None
    assert found["r0"].context is None


def test_a_log_whose_texts_are_not_mapped_says_what_to_write(tmp_path: Path) -> None:
    parquet(tmp_path / "log/a.parquet", [row(0)])
    with pytest.raises(CannotRead, match="write under `log:`"):
        drawn(tmp_path, 1, LogMapping())


class Counting(PaperJudge):
    """Paper that counts, and is away after so many calls."""

    def __init__(self, away_after: int = 10**9) -> None:
        super().__init__(lambda one: one.request != "r3", Wound())
        self.calls, self.away_after = 0, away_after

    def judge(self, one: Exchange) -> Opinion:
        self.calls += 1
        if self.calls > self.away_after:
            raise ConnectorError("away", may_have_acted=False)
        return super().judge(one)


def sample(count: int) -> list[Exchange]:
    return [Exchange(request=f"r{i}", question="q", answer="a") for i in range(count)]


def test_what_was_judged_is_not_judged_again(tmp_path: Path) -> None:
    file, judge = tmp_path / "v.jsonl", Counting()
    first = judge_into(file, sample(10), judge, Wound(), 4, quiet)
    assert (first.asked, first.left, first.unreached) == (4, 6, False)
    assert first.stopped == "the calls are used up"
    second = judge_into(file, sample(10), judge, Wound(), 100, quiet)
    assert (second.asked, second.left, second.stopped, judge.calls) == (6, 0, "", 10)
    found = {one.request_id: one.judged_grounded for one in verdicts_in(file)}
    assert found == {f"r{i}": i != 3 for i in range(10)}


def test_a_line_cut_short_is_taken_away_and_judged_anew(tmp_path: Path) -> None:
    file, judge = tmp_path / "v.jsonl", Counting()
    judge_into(file, sample(3), judge, Wound(), 9, quiet)
    whole = file.read_bytes()
    file.write_bytes(whole[:-20])
    judge_into(file, sample(3), judge, Wound(), 9, quiet)
    assert judge.calls == 4 and len(verdicts_in(file)) == 3


def test_a_judge_that_is_away_leaves_what_was_judged(tmp_path: Path) -> None:
    file, judge = tmp_path / "v.jsonl", Counting(away_after=2)
    clock = Wound()
    began = clock.now()
    run = judge_into(file, sample(5), judge, clock, 9, quiet)
    assert (run.asked, run.left, run.unreached, run.stopped) == (2, 3, True, "away")
    assert judge.calls == 2 + 3 and (clock.now() - began).total_seconds() == 6  # 2, then 4
    assert len(verdicts_in(file)) == 2


def test_two_judges_do_not_share_a_file(tmp_path: Path) -> None:
    file = tmp_path / "v.jsonl"
    judge_into(file, sample(1), Counting(), Wound(), 9, quiet)
    text = file.read_text().replace('"judge_name":"rehearsed on paper"', '"judge_name":"other"')
    file.write_text(text)
    with pytest.raises(Refused, match="two judges are not one rate"):
        judge_into(file, sample(2), Counting(), Wound(), 9, quiet)
    file.write_text('{"at": 1}\n')
    with pytest.raises(Refused, match="line 1: no verdict"):
        verdicts_in(file)


def test_verdicts_are_read_as_a_log_in_which_only_judged_rows_count(tmp_path: Path) -> None:
    parquet(tmp_path / "log/a.parquet", rows(0, 60))
    drawn_ = drawn(tmp_path, 30)
    judge = PaperJudge(lambda one: {"0": None, "5": False}.get(one.request[-1], True), Wound())
    (tmp_path / "v").mkdir()
    judge_into(tmp_path / "v/verdicts.jsonl", drawn_, judge, Wound(), 99, quiet)
    term = Term(column="judged_grounded", compare=Compare.HOLDS, negated=True)
    share = Share(counts=Condition(either=((term,),)))
    how = LogMapping(rates={"judged_ungrounded": share}, window_seconds=60, profile_seconds=60)
    log = source(tmp_path, how, place="v")
    assert log.refresh().rejected == ()
    cells = [cell for window in log.windows() for cell in window.cells]
    last = [one.request[-1] for one in drawn_]
    assert sum(cell.requests for cell in cells) == 30
    assert sum(c.judged["judged_ungrounded"] for c in cells) == 30 - last.count("0") < 30
    assert sum(c.counted["judged_ungrounded"] for c in cells) == last.count("5") > 0


def test_labels_that_are_none_are_told_by_line() -> None:
    good = b'{"request_id": "a", "grounded": false}'
    assert labels_in([good, b""], "l") == {"a": False}
    with pytest.raises(Refused, match="l, line 2"):
        labels_in([good, msgspec.json.encode({"request_id": "b"})], "l")
