"""Who writes for whom: nobody is forgotten, nobody hears of a commit that did not happen."""

import threading

import pytest

from tocsin.facts import Unreachable
from tocsin.journal import spans
from tocsin.journal.appender import BATCH_MAX, Appender


def many(appender, count, each=5):
    answers = []

    def one(name):
        for n in range(each):
            try:
                answers.append(((name, n), appender.submit((name, n))))
            except (Unreachable, ZeroDivisionError) as bad:
                answers.append(((name, n), type(bad)))

    threads = [threading.Thread(target=one, args=(name,)) for name in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=20)
        assert not thread.is_alive()
    return answers


def test_each_gets_its_own_answer_and_no_two_commits_overlap():
    inside, sizes = threading.Lock(), []

    def commit(batch):
        assert inside.acquire(blocking=False)
        sizes.append(len(batch))
        threading.Event().wait(0.001)  # a disk
        inside.release()
        return [("done", what) for what in batch]

    answers = many(Appender(commit), 40)
    assert len(answers) == 200 and all(got == ("done", what) for what, got in answers)
    assert sum(sizes) == 200 and max(sizes) <= BATCH_MAX
    assert len(sizes) < 150  # they did write together


@pytest.mark.parametrize("fault", [Unreachable("no"), ZeroDivisionError("unforeseen")])
def test_a_fault_reaches_all_of_its_batch_and_the_next_one_is_written(fault):
    count = 0

    def commit(batch):
        nonlocal count
        count += 1
        if count % 2:
            raise fault
        return list(batch)

    answers = many(Appender(commit), 12)
    assert len(answers) == 60
    told = [got for _, got in answers if isinstance(got, type)]
    assert told and set(told) <= {Unreachable, ZeroDivisionError}
    assert all(got == what for what, got in answers if not isinstance(got, type))


def test_closing_waits_for_what_is_being_written():
    begun, go, written = threading.Event(), threading.Event(), []

    def commit(batch):
        begun.set()
        go.wait(10)
        written.extend(batch)
        return list(batch)

    appender = Appender(commit)
    writers = [threading.Thread(target=appender.submit, args=(n,)) for n in range(3)]
    for writer in writers:
        writer.start()
    begun.wait(10)
    closer = threading.Thread(target=appender.close)
    closer.start()
    closer.join(timeout=0.05)
    assert closer.is_alive()
    go.set()
    closer.join(timeout=10)
    for writer in writers:
        writer.join(timeout=10)
    assert 1 <= len(written) <= 3
    with pytest.raises(Unreachable, match="closed"):
        appender.submit(9)


@pytest.mark.parametrize(
    ("ids", "cut"),
    [
        ([], []),
        ([5], [(0, 1)]),
        ([5, 6, 7], [(0, 3)]),
        ([2, 5, 6, 9], [(0, 1), (1, 3), (3, 4)]),
        (list(range(1, 2_002)), [(0, 1000), (1000, 2000), (2000, 2001)]),
        ([*range(1, 900), *range(901, 1_500)], [(0, 899), (899, 1498)]),
    ],
)
def test_spans_are_cut_where_ids_leave_a_gap(ids, cut):
    assert spans.cuts(ids) == cut
