"""Numbers as Prometheus reads them, whoever's words the labels are made of."""

from __future__ import annotations

import re

from hypothesis import given
from hypothesis import strategies as st
from starlette.requests import Request

from tocsin.web.metrics import by, gauge, is_on_this_machine, text_of

LINE = re.compile(r'(# (HELP|TYPE) [a-z_]+ .*|[a-z_]+(\{[a-z_]+="([^"\\\n]|\\.)*"\})? \S+)')


@given(label=st.text(max_size=20), about=st.text(max_size=20), value=st.floats())
def test_no_word_breaks_a_line(label: str, about: str, value: float) -> None:
    told = text_of([gauge("tocsin_x", about, value), by("tocsin_y", "y", "state", {label: value})])
    for line in told.removesuffix("\n").split("\n"):
        assert LINE.fullmatch(line), line


def test_each_number_has_its_help_and_its_kind() -> None:
    assert text_of([gauge("tocsin_x", "how many", 3)]) == (
        "# HELP tocsin_x how many\n# TYPE tocsin_x gauge\ntocsin_x 3\n"
    )


def asked(client: str, **headers: str) -> Request:
    named = [(name.replace("_", "-").encode(), v.encode()) for name, v in headers.items()]
    return Request({"type": "http", "client": (client, 1), "headers": named, "path": "/metrics"})


def test_only_this_machine_itself_needs_no_token() -> None:
    assert is_on_this_machine(asked("127.0.0.1", host="127.0.0.1:8610"))
    assert is_on_this_machine(asked("::1", host="[::1]:8610"))
    assert is_on_this_machine(asked("127.0.0.1", host="localhost:8610"))
    assert not is_on_this_machine(asked("192.0.2.7", host="127.0.0.1:8610"))
    assert not is_on_this_machine(asked("127.0.0.1", host="tocsin.example.org"))
    for name in ("x_forwarded_for", "forwarded", "via", "x_real_ip"):
        assert not is_on_this_machine(asked("127.0.0.1", host="localhost", **{name: "x"})), name
