"""Incidents as resources: the same words as the commands, in pages, with an ETag for each."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from api_side import Api, Caller, api_of

from cli_seat import Keyboard

ALL = "/api/v1/incidents"


@pytest.fixture
def api(staffed: Keyboard, keys: dict[str, Path]) -> Iterator[Api]:
    with api_of(staffed, keys) as made:
        yield made


@pytest.fixture
def ana(api: Api) -> Caller:
    return api.caller("ana", "read", "record")


def test_one_is_what_the_command_shows_and_follows_the_record(api: Api, ana: Caller) -> None:
    name = api.tocsin.opened()
    assert ana.get(f"{ALL}/{name}").json() == api.tocsin.done("incident", "show", name)
    api.tocsin.done("incident", "claim", name, "12 of 40")
    assert ana.get(f"{ALL}/{name[:3]}").json() == api.tocsin.done("incident", "show", name)


def test_the_list_is_what_the_command_lists_in_pages(api: Api, ana: Caller) -> None:
    for title in ("one", "two", "three"):
        api.tocsin.opened(title)
    listed = api.tocsin.done("incident", "list")["incidents"]
    seen, after = [], ""
    while after is not None:
        page = ana.get(ALL, after=after, limit=2).json()
        assert len(page["incidents"]) <= 2
        seen += page["incidents"]
        after = page["next_after"]
    assert sorted(seen, key=lambda one: one["incident"]) == sorted(
        listed, key=lambda one: one["incident"]
    )


def test_an_etag_saves_reading_and_guards_writing(api: Api, ana: Caller) -> None:
    name = api.tocsin.opened()
    first = ana.get(f"{ALL}/{name}")
    tag = first.headers["etag"]
    again = api.client.get(f"{ALL}/{name}", headers=ana._headers({"If-None-Match": tag}))
    assert (again.status_code, again.content) == (304, b"")
    wanted = {"incident": name, "text": "x"}
    assert ana.post("incident note", wanted, If_Match=tag).status_code == 200
    assert ana.post("incident note", wanted, If_Match=tag).status_code == 412
    changed = api.client.get(f"{ALL}/{name}", headers=ana._headers({"If-None-Match": tag}))
    assert changed.status_code == 200 and changed.headers["etag"] != tag


def test_a_timeline_goes_on_where_the_last_page_ended(api: Api, ana: Caller) -> None:
    name = api.tocsin.opened()
    for number in range(5):
        api.tocsin.done("incident", "note", name, f"note {number}")
    rows, after = [], 0
    while after is not None:
        page = ana.get(f"{ALL}/{name}/timeline", after=after, limit=2).json()
        assert len(page["rows"]) <= 2 and page["last"] == 6
        rows += page["rows"]
        after = page["next_after"]
    assert [row["seq"] for row in rows] == [1, 2, 3, 4, 5, 6]
    assert "note 4" in rows[-1]["text"]


def test_counsels_words_stand_in_none_of_them(api: Api, ana: Caller) -> None:
    name, secret = api.tocsin.opened(), "the advice of counsel"
    api.tocsin.done("incident", "note", name, secret, "--access", "counsel",
                    "--as", "cleo", "--key", api.keys["cleo"])  # fmt: skip
    cleo = api.caller("cleo", "read", "counsel")
    for caller in (ana, cleo):
        for path in (ALL, f"{ALL}/{name}", f"{ALL}/{name}/timeline"):
            assert secret not in caller.get(path).text
    assert any(row["hidden"] for row in ana.get(f"{ALL}/{name}/timeline").json()["rows"])


def test_words_that_were_erased_are_told_no_more_though_they_were_read(
    api: Api, ana: Caller
) -> None:
    name, words = api.tocsin.opened(), "words of a person"
    api.tocsin.done("incident", "claim", name, words)
    assert words in ana.get(f"{ALL}/{name}").text
    key = ("--as", "cleo", "--key", api.keys["cleo"])
    api.tocsin.done("incident", "dismiss", name, "--because", "none", *key)
    api.tocsin.done("incident", "release", name, f"{name}/declaration", "--because", "over", *key)
    api.tocsin.done("incident", "erase", name, 2, "statement", "--because", "asked", *key)
    for _ in range(2):
        for path in (ALL, f"{ALL}/{name}", f"{ALL}/{name}/timeline"):
            assert words not in ana.get(path).text
    api.tocsin.done("incident", "note", name, "other words")
    assert ana.get(f"{ALL}/{name}").json() == api.tocsin.done("incident", "show", name)


@pytest.mark.parametrize(
    "asked", ["limit=0", "limit=1001", "limit=x", "after=-1", "after=٣", "at=1", "limit=1&limit=2"]
)
def test_a_page_that_cannot_be_is_told(api: Api, ana: Caller, asked: str) -> None:
    name = api.tocsin.opened()
    answer = api.client.get(f"{ALL}/{name}/timeline?{asked}", headers=ana._headers({}))
    assert answer.status_code == 400 and answer.json()["errors"], asked


def test_none_is_read_without_the_scope(api: Api) -> None:
    name = api.tocsin.opened()
    for path in (ALL, f"{ALL}/{name}", f"{ALL}/{name}/timeline"):
        assert api.client.get(path).status_code == 401
        assert api.caller("ana", "record").get(path).status_code == 403
    assert api.caller("ana", "read").get(f"{ALL}/ZZZ").status_code == 404
