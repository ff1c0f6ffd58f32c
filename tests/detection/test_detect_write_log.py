"""What is written of a log reads back as the same, and a whole file as the same declaration."""

from __future__ import annotations

import msgspec
from hypothesis import given
from hypothesis import strategies as st
from test_detect_read_kinds import GOOD, ROWS

from tocsin.detection import declaration_of
from tocsin.detection.declared.condition import condition_of
from tocsin.detection.declared.write_log import condition_text, file_of
from tocsin.facts.logs import Compare, Condition, Term

LOG = """
system: chat
window: 300s
drift_window: 3600s
reference: "logs/october"
log:
  at: {column: "when", unit: milliseconds}
  version: "model"
  by_fallback: "`served by` in [\\"people\\", 'a \\"b\\"', 3.0, true]"
  numbers: ["gen_ai.usage.input_tokens", "a: b"]
  categories: ["intent"]
  rates:
    "odd name": "not a is missing and b same as `or` or c < -0.00001"
    "recall2": {counts: "a == true", among: "not b"}
  decided: "prediction == 1.0"
  truth: "label == \\"yes\\""
  score: "p"
  groups: ["sex", "race"]
  subject: "who"
  labels: {from: "labels/*.csv", key: "request_id"}
  texts: {question: "q", answer: "a", patterns: ["(?i)ignore"], triggers: ["xylophone"]}
detectors:
  d: {drift: "p", tolerance: 5%, baseline: reference, minimum: 200}
""".lstrip()

names = st.text(st.characters(categories=["L", "N", "P", "Zs"]), min_size=1, max_size=8).filter(
    lambda name: "`" not in name and name.strip() != "")  # fmt: skip
texts = st.text(st.characters(categories=["L", "N", "Zs"]), max_size=8)
numbers = st.floats(-1e9, 1e9).map(lambda value: value + 0.0)
values = st.one_of(texts, numbers, st.booleans())
ORDERED = [Compare.LESS, Compare.AT_MOST, Compare.MORE, Compare.AT_LEAST]


def one(compare: Compare, *found: str | float | bool) -> st.SearchStrategy[Term]:
    return st.builds(
        Term, column=names, compare=st.just(compare), values=st.just(found), negated=st.booleans()
    )


terms = st.one_of(
    one(Compare.HOLDS),
    one(Compare.MISSING),
    names.flatmap(lambda name: one(Compare.SAME, name)),
    values.flatmap(lambda value: one(Compare.IS, value)),
    st.tuples(st.sampled_from(ORDERED), numbers).flatmap(lambda pair: one(*pair)),
    st.lists(values, min_size=1, max_size=3).flatmap(lambda found: one(Compare.AMONG, *found)),
)
conditions = st.lists(st.lists(terms, min_size=1, max_size=3).map(tuple), min_size=1, max_size=3)


@given(conditions.map(lambda either: Condition(either=tuple(either))))
def test_every_condition_is_written_as_it_is_read(condition: Condition) -> None:
    assert condition_of(condition_text(condition)) == condition


def test_a_whole_file_reads_back_as_the_same_declaration() -> None:
    for text in (GOOD, ROWS, LOG):
        declared = declaration_of(text.encode())
        again = declaration_of(file_of(declared, declared.detectors, declared.reference).encode())
        log = msgspec.structs.replace(again.log, assumed=declared.log.assumed)
        assert again.log.assumed <= declared.log.assumed  # what is written was seen: it is there
        assert msgspec.structs.replace(again, digest=declared.digest, log=log) == declared
