"""A legal fact is found under its key, under another spelling, and under a family of keys."""

from __future__ import annotations

from tocsin.register.legal_keys import Dictionary, KeyType, LegalKey


def key(name: str, *also: str) -> LegalKey:
    return LegalKey(
        key=name, type=KeyType.INSTANT, question="When?", answered_by="noted", spelt_also=also
    )


KNOWN = Dictionary(keys={one.key: one for one in (key("aware", "awareness"), key("submitted.*"))})


def test_a_key_is_found_as_it_is_spelt_and_no_other() -> None:
    assert KNOWN.find("aware") is KNOWN.find("awareness") is KNOWN.keys["aware"]
    assert KNOWN.find("submitted.initial") is KNOWN.keys["submitted.*"]
    assert KNOWN.find("submitted") is None and KNOWN.find("awar") is None


def test_another_word_for_a_choice_means_that_choice_and_any_other_means_itself() -> None:
    sector = LegalKey(
        key="sector",
        type=KeyType.CHOICES,
        question="Which?",
        answered_by="register",
        choices={"health": "care"},
        same_as={"medical": "health"},
    )
    assert [sector.choice(word) for word in ("medical", "health", "space")] == [
        "health",
        "health",
        "space",
    ]


def test_a_word_takes_along_whatever_counts_as_it_and_never_what_is_wider() -> None:
    sector = LegalKey(
        key="sector",
        type=KeyType.CHOICES,
        question="Which?",
        answered_by="register",
        choices=dict.fromkeys(("finance", "banking", "savings", "space"), ""),
        counts_as={"savings": ("banking",), "banking": ("finance",)},
    )
    assert sector.widened(("space", "finance")) == ("space", "finance", "banking", "savings")
    assert sector.widened(("banking", "banking")) == ("banking", "savings")
    assert sector.widened(()) == ()


def test_how_a_word_is_written_does_not_matter_and_a_word_that_is_none_stays() -> None:
    route = LegalKey(
        key="route",
        type=KeyType.CHOICE,
        question="Which?",
        answered_by="register",
        choices={"annex-iii": "by use"},
        same_as={"third annex": "annex-iii"},
    )
    meant = {route.choice(word) for word in ("annex_iii", "Annex III", " ANNEX-III", "Third-Annex")}
    assert meant == {"annex-iii"}
    assert route.choice("annex-ii") == "annex-ii" and route.choice("annexiii") == "annexiii"
