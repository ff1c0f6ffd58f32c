"""The contract of the record, held on both engines."""

from tocsin.world import State
from journal_checks import ANNA, check_journal, notes, texts_of


def test_append(store):
    done = store.append("a", 0, notes("one", "two"), ANNA)
    assert (done.first_seq, done.last_seq, done.repeated) == (1, 2, False)
    assert texts_of(store, "a") == ["one", "two"]
    check_journal(store)
