"""A look at the record names its logs, and those that have grown since the look before."""

import threading

import pytest

from journal_checks import ANNA, notes


def test_logs_are_sorted_by_their_bytes_and_found_by_prefix(store):
    names = ["home", "incident/b", "incident/B", "incident/é", "incidenta", "incident/😀"]
    for name in names:
        store.append(name, 0, notes("x", "y"), ANNA)
    assert store.logs() == sorted(names)
    assert store.logs("incident/") == sorted(n for n in names if n.startswith("incident/"))
    heads = {log: store.head(log) for log in store.logs("incident/")}
    assert store.grown(0, "incident/")[1] == heads
    assert store.logs("zzz") == []


def test_a_look_names_what_has_grown_since_the_last_one_and_nothing_twice_at_rest(store):
    store.append("incident/a", 0, notes("x"), ANNA)
    store.append("home", 0, notes("x"), ANNA)
    mark = settled_mark(store)
    assert store.grown(mark, "incident/") == (mark, {})
    store.append("incident/b", 0, notes("x", "y"), ANNA)
    store.append("home", 1, notes("y"), ANNA)
    later, heads = store.grown(mark, "incident/")
    assert heads == {"incident/b": 2} and later >= mark
    assert store.grown(0, "incident/")[1] == {"incident/a": 1, "incident/b": 2}


def test_what_another_process_wrote_has_grown_as_well(opener):
    store, other = opener(), opener()
    store.append("a", 0, notes("x"), ANNA)
    mark = settled_mark(store)
    other.append("b", 0, notes("x"), ANNA)
    other.append("a", 1, notes("y"), ANNA)
    assert store.grown(mark)[1] == {"a": 2, "b": 1}


def test_after_very_many_entries_all_logs_are_named(store, monkeypatch):
    monkeypatch.setattr(f"{type(store.database).__module__}.SINCE_MOST", 3)
    store.append("a", 0, notes("x"), ANNA)
    mark = settled_mark(store)
    store.append("b", 0, notes("1", "2"), ANNA)
    assert store.grown(mark)[1] == {"b": 2}
    store.append("b", 2, notes("3"), ANNA)
    assert store.grown(mark)[1] == {"a": 1, "b": 3}


def settled_mark(store) -> int:
    """A mark above which nothing is left, once no other transaction is in progress."""
    mark = 0
    for _ in range(400):
        mark, heads = store.grown(mark)
        if not heads:
            return mark
        threading.Event().wait(0.01)
    return pytest.fail("a record at rest names what has not grown, again and again")
