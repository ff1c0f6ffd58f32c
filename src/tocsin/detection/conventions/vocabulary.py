"""By what names logs are written: which column names stand for which part of a request.

A name is compared as it sounds: case, dots, blanks and camels aside, so `gen_ai.response.model`,
`GenAI Response Model` and `genAiResponseModel` are one. The first name of a list that a log has is
taken.

Source: OpenTelemetry semantic conventions for generative AI, attributes `gen_ai.*`, `error.type`,
`http.response.status_code`, as of 1.43.
"""

from __future__ import annotations

import re

_CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z])")
_SIGNS = re.compile(r"[^a-z0-9]+")
_AROUND = ("resource_attributes_", "span_attributes_", "log_attributes_", "attributes_", "body_")


def sound(name: str) -> str:
    """How a column's name sounds: the form in which the names below are written."""
    said = _SIGNS.sub("_", _CAMEL.sub("_", name).lower()).strip("_").replace("gen_a_i_", "gen_ai_")
    for around in _AROUND:
        said = said.removeprefix(around)
    return said


TIME = (
    "at", "ts", "time", "timestamp", "datetime", "date_time", "event_time", "event_timestamp",
    "served_at", "requested_at", "request_time", "request_timestamp", "created_at", "logged_at",
    "occurred_at", "decided_at", "created", "time_unix_nano", "start_time_unix_nano",
    "observed_timestamp", "start_time", "started_at", "date", "day",
)  # fmt: skip
VERSION = (
    "version", "model_version", "gen_ai_response_model", "gen_ai_request_model", "model_name",
    "model_id", "model", "deployment", "release",
)  # fmt: skip
SEGMENT = (
    "segment", "customer_segment", "market", "region", "country", "locale", "language", "lang",
    "channel", "tenant",
)  # fmt: skip
REQUEST = (
    "request_id", "gen_ai_response_id", "message_id", "event_id", "inference_id", "prediction_id",
    "span_id", "trace_id", "id", "uuid", "row_id", "identifier",
)  # fmt: skip
SESSION = (
    "session", "session_id", "gen_ai_conversation_id", "conversation_id", "conversation",
    "chat_id", "thread_id", "dialogue_id",
)  # fmt: skip
SUBJECT = (
    "subject", "subject_id", "applicant_id", "applicant", "candidate_id", "person_id", "patient_id",
    "customer_id", "client_id", "employee_id", "user_id", "enduser_id", "user",
)  # fmt: skip

FALLBACK = ("fallback", "is_fallback", "fell_back", "used_fallback", "fallback_used")
KIND_OF_ANSWER = ("answer_type", "response_type", "reply_type", "outcome_type")
INTENT = ("intent", "predicted_intent", "intent_name", "predicted_label", "predicted")
NO_INTENT = (
    "fallback", "oos", "out_of_scope", "nlu_fallback", "default_fallback_intent", "unknown_intent",
)  # fmt: skip
ERROR = ("error", "is_error", "has_error", "errored", "failed", "failure", "exception")
ERROR_KIND = ("error_type", "error_code", "error_message", "exception_type")
STATUS = ("http_response_status_code", "status_code", "http_status", "http_status_code", "status")
FAILED_WORDS = ("error", "failed", "failure", "status_code_error", "timeout", "exception")
REFUSAL = ("refusal", "is_refusal", "refused", "model_refused")
FINISHED = ("gen_ai_response_finish_reasons", "finish_reason", "finish_reasons", "stop_reason")
STOPPED_WORDS = ("content_filter", "refusal", "safety")
HALLUCINATION = (
    "hallucination", "hallucinated", "is_hallucination", "is_hallucinated", "has_hallucination",
)  # fmt: skip
UNGROUNDED = ("grounded", "is_grounded", "judged_grounded", "faithful", "is_faithful")
EVALUATION = ("gen_ai_evaluation_score_label", "evaluation_label")
FAILED_EVALUATION = (
    "fail", "failed", "incorrect", "not_relevant", "irrelevant", "hallucinated", "ungrounded",
    "unsafe", "not_grounded",
)  # fmt: skip

DECISION = (
    "decision", "decided", "approved", "selected", "shortlisted", "hired", "accepted", "granted",
    "admitted", "invited", "prediction", "predicted", "y_pred", "y_hat", "yhat", "pred",
    "predicted_label", "predicted_class", "score_text", "loan_status",
)  # fmt: skip
TRUTH = (
    "y_true", "true_label", "ground_truth", "label", "truth", "target", "actual", "gold",
    "two_year_recid", "employed", "outcome", "repaid", "is_recid", "defaulted", "default",
    "is_fraud", "fraud", "y",
)  # fmt: skip
SCORE = (
    "predicted_probability", "y_pred_proba", "predicted_proba", "pred_proba", "y_score", "proba",
    "probability", "prob", "predicted_score", "model_score", "score", "risk_score", "decile_score",
)  # fmt: skip
HARMFUL = ("recid", "reoffend", "default", "fraud", "risk", "denied", "rejected", "violen")
"""In the name of a decision or a truth: being positive is bad for whom it is about."""

YES = (
    "1", "true", "yes", "y", "t", "approve", "approved", "accept", "accepted", "grant", "granted",
    "hire", "hired", "selected", "select", "shortlisted", "shortlist", "admitted", "admit",
    "invited", "invite", "positive", "pass", "passed", "low", "low risk", "good", ">50k", "> 50k",
)  # fmt: skip
NO = (
    "0", "false", "no", "n", "f", "deny", "denied", "reject", "rejected", "refused", "decline",
    "declined", "not selected", "not hired", "negative", "fail", "failed", "bad", "medium", "high",
    "medium risk", "high risk", "-1", "<=50k", "<= 50k", "n/a",
)  # fmt: skip

GROUPS = (
    "sex", "gender", "race", "rac1p", "ethnicity", "ethnic_group", "race_ethnicity", "age_cat",
    "age_group", "age_band", "age_range", "age_category", "disability", "disabled", "nationality",
    "citizenship", "religion", "native_country", "foreign_worker",
)  # fmt: skip

LATENCY = (
    "latency", "latency_ms", "latency_s", "latency_seconds", "duration", "duration_ms",
    "duration_s", "response_time", "response_time_ms", "elapsed", "elapsed_ms",
    "time_to_first_token", "gen_ai_client_operation_duration", "gen_ai_server_request_duration",
)  # fmt: skip
COST = (
    "cost", "cost_usd", "cost_eur", "price_usd", "gen_ai_usage_cost", "total_cost",
    "gen_ai_usage_input_tokens", "gen_ai_usage_output_tokens", "input_tokens", "output_tokens",
    "prompt_tokens", "completion_tokens", "total_tokens",
)  # fmt: skip

QUESTION = (
    "question", "prompt", "user_query", "query", "user_input", "user_message", "input",
    "input_text", "instruction", "utterance", "request_text",
    "gen_ai_input_messages", "gen_ai_prompt",
)  # fmt: skip
ANSWER = (
    "answer", "response", "chatgpt_response", "completion", "reply", "assistant_response",
    "bot_response", "model_output", "output", "output_text", "generated_text",
    "gen_ai_output_messages", "gen_ai_completion",
)  # fmt: skip
CONTEXT = (
    "context", "retrieved_context", "retrieved", "retrieved_documents", "documents", "knowledge",
    "passages", "passage", "source_text",
)  # fmt: skip

CALENDAR = ("year", "month", "week", "day", "day_of_week", "weekday", "hour", "quarter", "minute")
"""They move with time by their nature."""

TIMES_END = ("at", "time", "timestamp", "datetime", "date", "ts", "nano", "nanos")
"""The last word of a column that tells when something was."""

NAMES_OF_ONE = ("id", "uuid", "guid", "hash", "ssn", "email", "phone", "address", "ip", "url",
                "number", "key", "token")  # fmt: skip
"""The last word of a column that tells one row or one person from another."""

PERSONAL = ("name", "first", "last", "first_name", "last_name", "full_name", "surname", "dob",
            "birthday", "birth_date", "date_of_birth", "birthdate")  # fmt: skip


def is_known(name: str) -> bool:
    """Whether a column's name says what part of a request it is."""
    said = sound(name)
    return any(said in names for names in _PARTS)


_PARTS = (
    TIME, VERSION, SEGMENT, REQUEST, SESSION, SUBJECT, FALLBACK, KIND_OF_ANSWER, INTENT, ERROR,
    ERROR_KIND, STATUS, REFUSAL, FINISHED, HALLUCINATION, UNGROUNDED, EVALUATION, DECISION, TRUTH,
    SCORE, GROUPS, LATENCY, COST, QUESTION, ANSWER, CONTEXT,
)  # fmt: skip
