"""Detectors that watch what is drawn from texts are declared like any others."""

from __future__ import annotations

from tocsin.detection import read_declaration

CHAT = b"""\
system: assistant
log:
  texts: {question: question, answer: answer, context: context, triggers: [xylophone]}
detectors:
  attacks:
    {rate: matches_pattern, direction: up, tolerance: 2%, basis: points, baseline: {first: 2000}}
  trigger: {rate: contains_trigger, direction: up, tolerance: 1%, basis: points,
            baseline: {first: 2000}}
  grounded: {drift: answer_overlap, tolerance: 0.1, baseline: {first: 2000}}
  words: {drift: words, measure: unseen, tolerance: 2%, baseline: {first: 2000}}
"""


def test_what_is_drawn_from_texts_can_be_watched() -> None:
    found, mistakes = read_declaration(CHAT)
    assert mistakes == [] and found is not None
    assert [one.id for one in found.detectors] == ["attacks", "trigger", "grounded", "words"]


def test_a_rate_of_texts_that_are_not_mapped_is_a_mistake() -> None:
    bare = CHAT.replace(b"question: question, ", b"").replace(b", triggers: [xylophone]", b"")
    _, mistakes = read_declaration(bare)
    assert [m.found for m in mistakes] == ["'matches_pattern'", "'contains_trigger'"]
