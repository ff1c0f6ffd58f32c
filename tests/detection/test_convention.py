"""What a log's columns are taken for that nobody described; every column has a reason."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tocsin.detection.conventions.convention import Convention, conventional
from tocsin.detection.conventions.vocabulary import sound
from tocsin.facts.logs import Compare, Condition, Term, holds
from tocsin.facts.looks import ColumnLook, LogLook, Values

ROWS = 1000


def column(name: str, values: Values, **more: object) -> ColumnLook:
    return ColumnLook(name=name, values=values, rows=ROWS, **more)  # type: ignore[arg-type]


def words(name: str, *said: str, missing: int = 0) -> ColumnLook:
    each = (ROWS - missing) // max(1, len(said))
    common = tuple((word, each) for word in said)
    letters = max((len(word) for word in said), default=0)
    return column(name, Values.TEXTS, missing=missing, distinct=len(said), common=common,
                  letters=float(letters))  # fmt: skip


def numbers(
    name: str, low: float, high: float, distinct: int, *, whole: bool = False
) -> ColumnLook:
    common = tuple((f"{low + i:g}", 1) for i in range(distinct)) if distinct <= 20 else ()
    return column(name, Values.NUMBERS, low=low, high=high, middle=(low + high) / 2, whole=whole,
                  distinct=distinct, common=common)  # fmt: skip


def flags(name: str) -> ColumnLook:
    return column(name, Values.TRUTHS, distinct=2, common=(("false", 900), ("true", 100)))


def instants(name: str) -> ColumnLook:
    day = 1_700_000_000_000_000.0
    return column(name, Values.INSTANTS, distinct=ROWS, low=day, high=day + 86_400e6)


def prose(name: str) -> ColumnLook:
    return column(name, Values.TEXTS, distinct=ROWS, letters=80.0)


def read(*columns: ColumnLook, reference: tuple[ColumnLook, ...] | None = None) -> Convention:
    other = None if reference is None else log(*reference)
    return conventional(log(*columns), other)


def log(*columns: ColumnLook, rows: int = 100_000) -> LogLook:
    return LogLook(place="log", files=1, rows=rows, columns=columns)


def said(found: Convention, name: str) -> str:
    return next(str(r) for r in found.readings if r.column == name)


def term(condition: Condition | None) -> Term:
    assert condition is not None
    [[one]] = condition.either
    return one


@pytest.mark.parametrize(
    ("name", "sounds"),
    [("gen_ai.response.model", "gen_ai_response_model"), ("Model Version", "model_version"),
     ("attributes.gen_ai.usage.input_tokens", "gen_ai_usage_input_tokens"), ("RAC1P", "rac1p"),
     ("createdAt", "created_at"), ("y-pred", "y_pred")],
)  # fmt: skip
def test_a_name_is_compared_as_it_sounds(name: str, sounds: str) -> None:
    assert sound(name) == sounds


def test_the_log_of_an_assistant_is_read_whole() -> None:
    found = read(
        instants("at"), prose("request_id"), words("session", *"abcdefgh"), words("version", "1"),
        words("segment", "en", "de"), prose("question"), prose("answer"),
        words("intent", "parcel", "refund", "invoice"), numbers("confidence", 0, 1, 500),
        flags("fallback"), flags("error"), numbers("latency_ms", 1, 900, 800),
        words("served_by", "assistant", "people"),
    )  # fmt: skip
    mapping = found.mapping
    assert (mapping.at, mapping.version, mapping.segment) == ("at", "version", "segment")
    assert (mapping.request, mapping.session) == ("request_id", "session")
    assert {name: rate.counts for name, rate in mapping.rates.items()} == {
        "fallback": holds("fallback"), "error": holds("error"),
    }  # fmt: skip
    assert set(mapping.numbers or ()) == {"confidence", "latency_ms"}
    assert "intent" in mapping.categories and found.latency == ("latency_ms",)
    assert (mapping.texts.question, mapping.texts.answer) == ("question", "answer")
    assert term(mapping.fallback).values == ("people",)
    assert said(found, "at") == "`at` is taken for the time: every value is an instant"


def test_a_span_of_open_telemetry_is_read_by_its_names() -> None:
    found = read(
        numbers("start_time_unix_nano", 1.7e18, 1.7e18 + 6e14, 1000, whole=True),
        words("attributes.gen_ai.response.model", "m-1", "m-2"),
        words("attributes.gen_ai.operation.name", "chat", "embeddings"),
        words("attributes.gen_ai.response.finish_reasons", "[stop]", "[content_filter]"),
        words("attributes.error.type", "timeout", missing=990),
        prose("attributes.gen_ai.conversation.id"),
        numbers("attributes.gen_ai.usage.input_tokens", 1, 9000, 700, whole=True),
        numbers("attributes.gen_ai.usage.output_tokens", 1, 900, 400, whole=True),
        numbers("attributes.gen_ai.evaluation.score.value", 0, 1, 300),
        words("attributes.gen_ai.evaluation.score.label", "pass", "fail"),
    )  # fmt: skip
    mapping = found.mapping
    assert mapping.at == "start_time_unix_nano"
    assert mapping.version == "attributes.gen_ai.response.model"
    assert mapping.session == "attributes.gen_ai.conversation.id"
    assert set(mapping.rates) == {"error", "refusal", "evaluation_failed"}
    present = term(mapping.rates["error"].counts)
    assert (present.compare, present.negated) == (Compare.MISSING, True)
    assert term(mapping.rates["refusal"].counts).values == ("[content_filter]",)
    assert "attributes.gen_ai.usage.input_tokens" in (mapping.numbers or ())
    assert "attributes.gen_ai.operation.name" in mapping.categories
    assert len(found.cost) == 2


def test_words_for_failing_are_taken_as_they_are_spelt() -> None:
    found = read(instants("ts"), words("answer_type", "answer", "Fallback"),
                 words("hallucination", "yes", "no"),
                 numbers("status_code", 200, 503, 5, whole=True))  # fmt: skip
    rates = {name: term(rate.counts) for name, rate in found.mapping.rates.items()}
    assert rates["fallback"].values == ("Fallback",)
    assert rates["hallucination"].values == ("yes",)
    assert (rates["error"].compare, rates["error"].values) == (Compare.AT_LEAST, (500.0,))
    assert "answer_type" in found.mapping.categories


def test_out_of_scope_is_a_fallback() -> None:
    found = read(instants("ts"), words("intent", "balance", "oos", "transfer"))
    assert term(found.mapping.rates["fallback"].counts).values == ("oos",)


def test_decisions_about_people_count_the_favourable_side() -> None:
    found = read(
        words("sex", "Male", "Female"), words("race", "a", "b", "c"), numbers("age", 18, 90, 60),
        words("score_text", "Low", "Medium", "High"),
        numbers("two_year_recid", 0, 1, 2, whole=True),
        numbers("decile_score", 1, 10, 10, whole=True),
    )  # fmt: skip
    decisions = found.mapping.decisions
    assert decisions.groups == ("sex", "race") and "age" in (found.mapping.numbers or ())
    assert term(decisions.decided).values == ("Low",)
    assert term(decisions.truth).values == (0.0,)
    assert decisions.score is None and "no chance from 0 to 1" in " ".join(found.remarks)
    assert "bad for whom it is about" in said(found, "two_year_recid")


def test_predictions_of_chances_are_read_with_their_truth() -> None:
    found = read(
        words("SEX", "1", "2"), numbers("prediction", 0, 1, 2, whole=True),
        numbers("employed", 0, 1, 2, whole=True), numbers("predicted_probability", 0, 1, 900),
        words("applicant_id", *map(str, range(ROWS))),
    )  # fmt: skip
    decisions = found.mapping.decisions
    assert (term(decisions.decided).column, term(decisions.decided).values) == (
        "prediction", (1.0,),
    )  # fmt: skip
    assert (term(decisions.truth).column, decisions.score) == ("employed", "predicted_probability")
    assert decisions.subject == "applicant_id"
    assert "predicted_probability" in (found.mapping.numbers or ())


def test_a_score_alone_decides_at_the_middle_of_the_reference() -> None:
    score, before = numbers("score", 0, 1, 900), numbers("score", 0, 0.5, 900)
    found = read(words("gender", "f", "m"), score, reference=(words("gender", "f", "m"), before))
    decided = term(found.mapping.decisions.decided)
    assert (decided.column, decided.compare, decided.values) == ("score", Compare.AT_LEAST, (0.25,))
    assert any("`score >= 0.25`" in remark for remark in found.remarks)


def test_without_people_a_positive_class_is_the_one_called_1() -> None:
    found = read(numbers("prediction", 0, 1, 2, whole=True), numbers("fraud", 0, 1, 2, whole=True))
    decisions = found.mapping.decisions
    assert term(decisions.decided).values == (1.0,) and term(decisions.truth).values == (1.0,)


def test_predicted_classes_are_compared_with_the_true_ones() -> None:
    many = [f"class{i}" for i in range(12)]
    found = read(words("predicted", *many), words("label", *many))
    same = term(found.mapping.rates["accuracy"].counts)
    assert (same.column, same.compare, same.values) == ("predicted", Compare.SAME, ("label",))


def test_without_a_time_windows_are_numbers_of_rows_and_that_is_said() -> None:
    found = conventional(log(numbers("x", 0, 1, 900), rows=208_892))
    assert (found.mapping.at, found.mapping.window_seconds) == (None, 5000)
    assert any("windows are numbers of rows" in remark for remark in found.remarks)
    assert conventional(log(numbers("x", 0, 1, 900), rows=7214)).mapping.window_seconds == 200


def test_a_time_that_only_the_log_tells_leaves_the_reference_to_its_rows() -> None:
    found = read(instants("ts"), numbers("x", 0, 1, 900), reference=(numbers("x", 0, 1, 900),))
    assert (found.mapping.at, found.reference.at) == ("ts", None)


def test_several_columns_of_instants_make_none_the_time() -> None:
    found = read(instants("jail_in"), instants("jail_out"), numbers("x", 0, 1, 900))
    assert found.mapping.at is None
    assert any("it could be jail_in, jail_out" in remark for remark in found.remarks)
    assert read(instants("shipped"), instants("dob")).mapping.at == "shipped"


def test_what_tells_rows_apart_and_what_moves_by_nature_is_not_watched() -> None:
    found = read(
        instants("at"), prose("email"), words("first_name", "ann", "bob"), prose("notes"),
        numbers("year", 2015, 2019, 5, whole=True), numbers("serial", 1, 1000, 1000, whole=True),
        numbers("case_id", 1, 9e9, 400, whole=True), column("gone", Values.NOTHING, missing=ROWS),
        instants("dob"), numbers("amount", -5, 1e6, 990),
    )  # fmt: skip
    assert found.mapping.numbers == ("amount",) and found.mapping.categories == ()
    for name in ("email", "first_name", "notes", "year", "serial", "case_id", "gone", "dob"):
        assert "taken for nothing" in said(found, name), name


def test_of_two_instants_as_numbers_the_later_is_no_distribution_to_watch() -> None:
    begin = 1_790_000_000e9
    found = read(
        numbers("startTimeUnixNano", begin, begin + 86_400e9, ROWS, whole=True),
        numbers("endTimeUnixNano", begin + 1e9, begin + 86_401e9, ROWS, whole=True),
        numbers("balance_usd", 0.0, 2e9, ROWS),
        numbers("uptime", 700_000_000.0, 800_000_000.0, ROWS),
    )
    assert found.mapping.at == "startTimeUnixNano"
    assert found.mapping.numbers == ("balance_usd", "uptime")
    assert "instants move by their nature" in said(found, "endTimeUnixNano")


def test_versions_and_intents_are_names_however_they_are_written_and_however_many() -> None:
    many = [f"intent{i}" for i in range(150)]
    found = read(
        instants("at"), words("version", "1", "2"), words("intent", *many), words("other", *many),
        numbers("resource.service.version", 2.1, 2.2, 2),
    )  # fmt: skip
    assert found.mapping.categories == ("intent", "resource.service.version")
    assert found.mapping.numbers == ()


def test_what_hardly_any_row_has_is_not_watched() -> None:
    rare = msgspec.structs.replace(numbers("app.k1", 0, 9.5, 5), missing=ROWS - 9)
    some = msgspec.structs.replace(numbers("app.k2", 0, 9.5, 5), missing=ROWS - 10)
    found = read(instants("at"), rare, some)
    assert found.mapping.numbers == ("app.k2",)
    assert "not one row in a hundred" in said(found, "app.k1")


def test_codes_are_categories() -> None:
    found = read(numbers("mar", 1, 5, 5, whole=True), flags("cached"), words("plan", "a", "b"))
    assert found.mapping.numbers == () and found.mapping.categories == ("mar", "cached", "plan")


def test_columns_of_one_side_only_are_told_and_not_compared() -> None:
    found = read(
        numbers("x", 0, 1, 900), numbers("y2", 0, 1, 900), numbers("prediction", 0, 1, 2),
        reference=(numbers("x", 0, 1, 900), numbers("employed", 0, 1, 2)),
    )  # fmt: skip
    assert found.mapping.numbers == ("x",) and found.mapping.decisions.truth is None
    told = " ".join(found.remarks)
    assert "only the log has prediction, y2" in told and "only the reference has employed" in told


@given(
    st.lists(
        st.builds(
            ColumnLook,
            name=st.sampled_from(
                ["at", "label", "prediction", "sex", "score", "id", "x", "status", "answer",
                 "error", "intent", "latency", "model", "user", "year", "fallback"]
            ),
            values=st.sampled_from(Values),
            rows=st.just(100),
            missing=st.integers(0, 100),
            distinct=st.integers(0, 100),
            common=st.lists(
                st.tuples(st.sampled_from(["0", "1", "yes", "Low", "a", "oos", "-1"]),
                          st.just(3)), max_size=5, unique=True
            ).map(tuple),
            low=st.none() | st.floats(-1, 10), middle=st.none() | st.floats(-1, 10),
            high=st.none() | st.floats(-1, 10), whole=st.booleans(), letters=st.floats(0, 90),
        ),
        unique_by=lambda one: one.name,
    )
)  # fmt: skip
def test_every_column_has_one_reading_and_a_reason(columns: list[ColumnLook]) -> None:
    found = conventional(log(*columns))
    assert sorted(r.column for r in found.readings) == sorted(c.name for c in columns)
    assert all(r.because and r.taken_for for r in found.readings)
    numbers, categories = found.mapping.numbers or (), found.mapping.categories
    assert not set(numbers) & set(categories)
    assert {*numbers, *categories} <= {c.name for c in columns}


def conventional_of(*columns: ColumnLook) -> Convention:
    return conventional(LogLook(place="log", files=1, rows=ROWS, columns=columns))


def test_where_no_decision_is_named_the_one_that_says_yes_or_no_is_taken_and_told() -> None:
    found = conventional_of(words("sex", "Male", "Female"), words("income", "<=50K", ">50K"))
    assert found.mapping.decisions.decided is not None
    assert found.mapping.decisions.decided.columns() == ("income",)
    assert found.mapping.decisions.groups == ("sex",)
    assert any("`income` is taken for what was decided" in said for said in found.remarks)


def test_people_told_apart_by_a_truth_alone_are_compared_by_it() -> None:
    found = conventional_of(words("race", "a", "b", "c"), words("label", "0", "1"))
    assert found.mapping.decisions.decided is not None and found.mapping.decisions.truth is None
    assert any("`label` is taken for what was decided" in said for said in found.remarks)


@pytest.mark.parametrize("more", [(), ("income", "married")])
def test_people_told_apart_without_a_decision_are_no_silent_zero(more: tuple[str, ...]) -> None:
    others = [words(name, "yes", "no") for name in more]
    found = conventional_of(words("sex", "Male", "Female"), *others)
    assert found.mapping.decisions.decided is None
    assert any("FAIRNESS IS NOT JUDGED" in said for said in found.remarks)
