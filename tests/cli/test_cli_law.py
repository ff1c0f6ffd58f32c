"""`tocsin law`: which rules there are, and no rule of a pack that has a mistake."""

from __future__ import annotations

from pathlib import Path

import pytest

from cli_seat import Keyboard
from small_law import ARTICLE, SMALL

OLD = ARTICLE.replace("eu/act/1", "us/act/2").replace('id = "one"', 'id = "two"').replace(
    "compared_on = 2026-11-01", "compared_on = 2020-01-01"
).replace('grade = "P"', 'grade = "M"').replace(
    "from = 2025-01-17", "from = 2025-01-17\nuntil = 2026-01-01"
)  # fmt: skip


def written(folder: Path, files: dict[str, str]) -> Path:
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    return folder


@pytest.fixture
def pack(tmp_path: Path) -> Path:
    return written(tmp_path / "pack", {**SMALL, "us/act/2.toml": OLD})


@pytest.fixture
def bare(tmp_path: Path) -> Keyboard:
    """Somebody who has no home."""
    return Keyboard(tmp_path / "nowhere")


def ids(answer: object) -> list[str]:
    assert isinstance(answer, dict)
    return [rule["id"] for rule in answer["rules"]]


def test_rules_are_listed_with_what_is_unverified_and_stale(bare: Keyboard, pack: Path) -> None:
    found = bare.done("law", "list", "--pack", pack)
    assert ids(found) == [
        "eu/act/1/initial",
        "eu/act/1/final",
        "us/act/2/initial",
        "us/act/2/final",
    ]
    old = found["rules"][2]
    assert (old["verified"], old["stale"], old["until"]) == (False, True, "2026-01-01")
    assert found["rules"][0]["verified"]
    said = bare("law", "list", "--pack", pack).out
    assert "M unverified" in said and "WARNING: not compared with its source for" in said
    assert "not legal advice" in said


def test_rules_are_chosen_by_regime_by_day_and_by_who_read_them(bare: Keyboard, pack: Path) -> None:
    asked = ("law", "list", "--pack", pack)
    assert len(ids(bare.done(*asked, "--regime", "us"))) == 2
    assert len(ids(bare.done(*asked, "--in-force", "2025-01-16"))) == 0
    assert len(ids(bare.done(*asked, "--in-force", "2025-12-31T23:00+01:00"))) == 4
    assert len(ids(bare.done(*asked, "--in-force", "2026-01-01"))) == 2
    assert len(ids(bare.done(*asked, "--unverified"))) == 2
    assert 'did you mean "eu"?' in bare.refused(*asked, "--regime", "eut")
    assert "write it like" in bare.refused(*asked, "--in-force", "tomorrow")


def test_a_pack_with_a_mistake_is_refused_whole_with_all_of_them(
    bare: Keyboard, tmp_path: Path
) -> None:
    spoilt = {**SMALL, "us/act/2.toml": OLD.replace("says", "sais").replace('"bank"', '"bnk"')}
    said = bare.refused("law", "list", "--pack", written(tmp_path / "pack", spoilt))
    assert "none of it is used" in said
    assert "us/act/2.toml:15" in said and 'did you mean "says"?' in said and '"bank"?' in said
    assert "no file that ends with" in bare.refused("law", "list", "--pack", tmp_path / "none")


def test_a_rule_is_shown_on_a_page_with_its_contentions_in_words(
    bare: Keyboard, pack: Path
) -> None:
    said = bare("law", "show", "eu/act/1/initial", "--pack", pack).out
    for words in (
        "72 hours from aware (1(1)(a))",
        "hours count from the next full hour (3(1)) [C1]",
        "C1: Whether it moves.",
        "entity is bank",
        "P: the operative text was read",
        "one: due 2026-11-04T10:00+01:00, arguable until 2026-11-04T11:00+01:00: three",
        "not legal advice",
    ):
        assert words in said, words
    assert "eu/act/1/final" not in said.replace("after eu/act/1/initial", "")
    found = bare.done("law", "show", "eu/act/1/initial", "--pack", pack)
    within = found["rules"][0]["rule"]["clocks"][0]["within"]
    assert (within["unit"], within["count"]) == ("hours", 72)
    assert found["vectors"][0]["id"] == "one"


def test_an_article_is_shown_whole_and_says_what_is_unverified(bare: Keyboard, pack: Path) -> None:
    said = bare("law", "show", "us/act/2", "--pack", pack).out
    assert "us/act/2/initial" in said and "us/act/2/final" in said
    assert "M: unverified" in said and "WARNING" in said
    assert 'did you mean "us/act/2"' in bare.refused("law", "show", "us/act/3", "--pack", pack)


def test_coverage_is_a_problem_where_a_rule_has_a_gap(
    bare: Keyboard, pack: Path, tmp_path: Path
) -> None:
    found = bare.done("law", "coverage", "--pack", pack)
    assert found["ok"] and found["stale"] == ["us/act/2"]
    assert found["unverified"] == ["us/act/2/initial", "us/act/2/final"]
    assert found["rules_without_vectors"] == ["eu/act/1/final", "us/act/2/final"]
    rule = ARTICLE[ARTICLE.index("[[rule]]") : ARTICLE.index('[[rule]]\nid = "eu/act/1/final')]
    early = rule.replace("says", "until = 2025-06-01\nsays", 1)
    late = rule.replace("says", "from = 2026-01-01\nsays", 1)
    gap = written(tmp_path / "gap", {**SMALL, "eu/act/1.toml": ARTICLE.replace(rule, early + late)})
    ran = bare("law", "coverage", "--pack", gap)
    assert ran.status == 1
    assert "eu/act/1/initial: on 2025-06-01 no version, though it is law" in ran.out
    assert len(bare("law", "coverage", "--pack", gap, "--json").json["breaks"]) == 7


def test_advice_on_the_files_is_counted_and_told_by_the_next_command(
    bare: Keyboard, tmp_path: Path
) -> None:
    article = ARTICLE[: ARTICLE.index("[[vector]]")]
    pack = written(tmp_path / "a pack", {**SMALL, "eu/act/1.toml": article})
    bare.done("law", "seal", pack)
    said = bare("law", "list", "--pack", pack).out
    assert f"1 piece of advice on its files: tocsin law coverage --pack '{pack}'" in said
    assert "eu/act/1.toml:1: advice: no vector" in bare("law", "coverage", "--pack", pack).out
    for command in ("list", "coverage"):
        (advice,) = bare.done("law", command, "--pack", pack)["advice"]
        assert advice.startswith("eu/act/1.toml:1: advice: no vector")


def test_without_advice_none_is_counted(bare: Keyboard, pack: Path) -> None:
    bare.done("law", "seal", pack)
    assert bare.done("law", "list", "--pack", pack)["advice"] == []
    assert "advice on its files" not in bare("law", "list", "--pack", pack).out


def test_another_pack_is_compared_in_words(bare: Keyboard, pack: Path, tmp_path: Path) -> None:
    newer = written(tmp_path / "new", {**SMALL, "eu/act/1.toml": ARTICLE.replace("72", "96")})
    found = bare.done("law", "diff", pack, newer)
    assert [(one["what"], one["kind"]) for one in found["changes"]] == [
        ("eu/act/1/initial", "changes"),
        ("us/act/2/initial", "vanishes"),
        ("us/act/2/final", "vanishes"),
    ]
    assert "72 hours -> 96 hours (1(1)(a))" in bare("law", "diff", pack, newer).out
    assert "the same pack" in bare("law", "diff", pack, pack).out
    assert "name the folder" in bare.refused("law", "diff", pack, tmp_path / "none")


def test_a_file_that_was_meant_as_rules_and_is_not_read_is_told(bare: Keyboard, pack: Path) -> None:
    for name in ("own/decree.tml", "own/README.md", ".editor/x.swp"):
        written(pack, {name: "x"})
    for command in ("list", "coverage"):
        assert bare.done("law", command, "--pack", pack)["unread_files"] == ["own/decree.tml"]
        assert "NOT READ: own/decree.tml" in bare("law", command, "--pack", pack).out
