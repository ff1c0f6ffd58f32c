"""What mail does when it is sent twice, refused, lost on the way, or read over the shoulder."""

from __future__ import annotations

import ssl
import time
from collections.abc import Iterator
from datetime import UTC, datetime

import msgspec
import pytest

from certificates import Certificate
from post_office import WORD, Office, post_office
from tocsin.exercise.clock import VirtualClock
from tocsin.facts import ConnectorError, Refused
from tocsin.facts.runs import Outcome, Repeatable
from tocsin.playbook.templates import text_bytes
from tocsin.world import Order, Receipt

NIGHT = datetime(2026, 3, 1, 3, 0, tzinfo=UTC)


@pytest.fixture
def office() -> Iterator[Office]:
    with post_office() as found:
        yield found


def ordered(office: Office, key: str = "incident/7K3/17", to: str = "ana@x.example") -> Order:
    text = office.drawer.put("[7K3] The assistant is failing", "People answer instead.\n\n.\nEnd")
    return Order(key=key, target=to, wanted=f"sent:{text}")


def failure(office: Office, order: Order | None = None, **how: object) -> ConnectorError:
    with pytest.raises(ConnectorError) as failed:
        office.mail(**how).act(order or ordered(office))  # type: ignore[arg-type]
    return failed.value


def test_the_words_arrive_as_they_lie_in_the_vault(office: Office) -> None:
    receipt = office.mail(clock=VirtualClock(NIGHT)).act(ordered(office))
    ((address, mail),) = office.boxes.arrived
    assert address == "ana@x.example" and mail["To"] == address
    assert mail["Subject"] == "[7K3] The assistant is failing"
    assert mail.get_content().replace("\r\n", "\n") == "People answer instead.\n\n.\nEnd\n"
    assert mail["From"] == "Tocsin <tocsin@alarm.example>"
    assert mail["Date"].datetime == NIGHT and mail["Auto-Submitted"] == "auto-generated"
    assert receipt.outcome is Outcome.DONE and receipt.before.startswith("not looked at")
    assert receipt.after == (
        f"taken by 127.0.0.1 for ana@x.example as {mail['Message-ID']}: 2.0.0 Ok: queued as 4bXq"
    )


def test_a_mail_carries_its_mark_and_how_many_systems_it_went_through(office: Office) -> None:
    long = "r" * 70 + ".example/record"
    for origin in ("tocsin.example/record", long):
        order = msgspec.structs.replace(ordered(office), hops=2)
        office.mail(origin=origin).act(order)
        _, mail = office.boxes.arrived[-1]
        assert mail["Tocsin-Mark"] == f"{origin}/incident/7K3/17"
        assert mail["Tocsin-Hops"] == "2"


def test_the_planners_own_form_of_a_text_is_the_one_that_is_read(office: Office) -> None:
    data = text_bytes("Größe:\n  drei", "Zeile eins\nZeile zwei — ü\n" + "lang " * 400)
    subject, _, body = data.decode().partition("\n\n")
    digest = office.drawer.put(subject, body[:-1])
    assert office.drawer.kept[digest] == data
    office.mail().act(Order(key="k/1", target="a+b@x.example", wanted=f"sent:{digest}"))
    ((address, mail),) = office.boxes.arrived
    assert (address, mail["Subject"]) == ("a+b@x.example", "Größe: drei")
    assert mail.get_content().replace("\r\n", "\n") == body


def test_a_repetition_is_the_same_message_and_nothing_else_is(office: Office) -> None:
    order = ordered(office)
    office.mail().act(order)
    office.mail(clock=VirtualClock(NIGHT)).act(order)
    assert office.mail().repeatable is Repeatable.NEITHER
    assert len(office.boxes.numbers) == 2 and len(set(office.boxes.numbers)) == 1
    office.mail().act(ordered(office, key="incident/7K3/18"))
    office.mail(origin="another.example/record").act(order)
    assert len(set(office.boxes.numbers)) == 3
    assert all(n.startswith("<tocsin.") and n.endswith("@alarm.example>")
               for n in office.boxes.numbers)  # fmt: skip


def test_a_long_domain_keeps_the_message_id_readable(office: Office) -> None:
    domain = "incident-response.subsidiary.a-company-with-a-long-name.example"
    receipt = office.mail(sender=f"tocsin@{domain}").act(ordered(office))
    (number,) = office.boxes.numbers
    assert number.endswith(f"@{domain}>") and number in receipt.after


def test_an_answer_lost_after_the_whole_message_may_have_acted(office: Office) -> None:
    office.boxes.loses_answers = 1
    lost = failure(office)
    assert lost.may_have_acted and lost.retry and "nobody knows" in str(lost)
    office.mail().act(ordered(office))
    assert len(set(office.boxes.numbers)) == 1 and len(office.boxes.numbers) == 2


def test_a_line_lost_before_the_message_did_nothing(office: Office) -> None:
    office.boxes.drops_at = "RCPT"
    lost = failure(office)
    assert not lost.may_have_acted and lost.retry and "nothing was sent" in str(lost)


@pytest.mark.parametrize("command", ["MAIL", "RCPT", "DATA"])
@pytest.mark.parametrize(
    ("reply", "retry"), [("421 4.3.2 going down", True), ("450 4.2.1 greylisted", True),
                         ("452 4.2.2 full", True), ("550 5.1.1 no such person", False),
                         ("554 5.7.1 refused", False)],
)  # fmt: skip
def test_a_refusal_did_nothing_and_only_a_4_may_be_tried_again(
    office: Office, command: str, reply: str, retry: bool
) -> None:
    office.boxes.says[command] = reply
    refused = failure(office)
    assert (refused.may_have_acted, refused.retry) == (False, retry)
    assert reply in str(refused) and office.boxes.arrived == []
    if command == "RCPT":
        assert "the recipient ana@x.example" in str(refused)


@pytest.mark.parametrize("reply", ["999 what", "what", "100 go on"])
def test_an_answer_that_is_none_after_the_message_may_have_acted(
    office: Office, reply: str
) -> None:
    office.boxes.says["DATA"] = reply
    unclear = failure(office)
    assert unclear.may_have_acted and unclear.retry


def test_a_slow_server_is_left_in_time(office: Office) -> None:
    office.boxes.slow_seconds = 3
    began = time.monotonic()
    slow = failure(office, seconds=0.7)
    assert time.monotonic() - began < 2.5
    assert slow.may_have_acted and "no answer within 0.7 s" in str(slow)


def test_nobody_there_and_nobody_found_did_nothing(office: Office) -> None:
    def nowhere(host: str, port: int) -> list[str]:
        raise OSError("no such name")

    gone = Office(office.boxes, office.drawer, 1)
    for away in (failure(gone), failure(office, host="gone.example", resolve=nowhere)):
        assert not away.may_have_acted and away.retry


@pytest.mark.parametrize(
    ("address", "how", "says"),
    [("10.0.0.5", {}, "not public"), ("169.254.169.254", {"networks": "0.0.0.0/0"}, "never"),
     ("93.184.216.34", {}, "without TLS")],
)  # fmt: skip
def test_mail_goes_to_no_address_that_a_call_may_not_go_to(
    office: Office, address: str, how: dict[str, str], says: str
) -> None:
    def leads(host: str, port: int) -> list[str]:
        return [address]

    refused = failure(office, host="mail.example", resolve=leads, **how)
    assert not refused.may_have_acted and not refused.retry and says in str(refused)


@pytest.mark.parametrize("scheme", ["smtp", "smtps"])
def test_a_certificate_must_hold_and_a_password_travels_only_behind_it(
    certificate: Certificate, scheme: str
) -> None:
    how = {"starttls": certificate.server} if scheme == "smtp" else {"tls": certificate.server}

    def home(host: str, port: int) -> list[str]:
        return ["127.0.0.1"]

    with post_office(**how, asks_who=True) as office:  # type: ignore[arg-type]

        def sent(
            word: str = f"tocsin:{WORD}",
            host: str = "far.example",
            trust: ssl.SSLContext | None = certificate.trust,
        ) -> Receipt:
            mail = office.mail(scheme=scheme, encryption="starttls", secret="env:WORD", word=word,
                               host=host, resolve=home, trust=trust)  # fmt: skip
            return mail.act(ordered(office))

        assert sent().outcome is Outcome.DONE
        before = list(office.boxes.logins)
        for bad in ({"trust": None}, {"host": "other.example"}):
            with pytest.raises(ConnectorError, match=r"(?i)certificate") as refused:
                sent(**bad)  # type: ignore[arg-type]
            assert not refused.value.may_have_acted
        assert office.boxes.logins == before  # nobody heard the password
        for word in ("tocsin:wrong", "tocsin", "tocsin:pässword"):
            with pytest.raises(ConnectorError) as turned_away:
                sent(word=word)
            assert not turned_away.value.retry and not turned_away.value.may_have_acted
            assert "wrong" not in str(turned_away.value) and "pässw" not in str(turned_away.value)
        assert len(office.boxes.arrived) == 1


def test_where_tls_is_meant_nothing_is_sent_without_it(office: Office) -> None:
    refused = failure(office, encryption="starttls")
    assert not refused.retry and "STARTTLS" in str(refused) and office.boxes.arrived == []


@pytest.mark.parametrize(
    "name",
    ["", "ana", "@x.example", "ana@", "ana@x..example", "ana b@x.example",
     "ana@x.example\r\nBcc: e@x", "<ana@x.example>", "ana@-x.example",
     "a..b@x.example", "änna@x.example", "a@b@c.example",
     "a" * 65 + "@x.example", "a@" + "b." * 130 + "example", "ana@[127.0.0.1]"],
)  # fmt: skip
def test_an_address_that_is_none_goes_nowhere(office: Office, name: str) -> None:
    refused = failure(office, ordered(office, to=name))
    assert not refused.retry and "not a usable name" in str(refused)


def test_only_the_text_that_was_ordered_is_sent(office: Office) -> None:
    order = ordered(office)
    digest = order.wanted.partition(":")[2]
    office.drawer.kept[digest] += b"and one more thing"
    altered = failure(office, order)
    del office.drawer.kept[digest]
    missing = failure(office, order)
    other = Order(key="k/1", target="ana@x.example", wanted=f"paged:{digest}")
    odd = failure(office, other)
    for refused, words in ((altered, "is not what was ordered"), (missing, "not in the vault"),
                           (odd, "sent:SHA-256")):  # fmt: skip
        assert not refused.retry and not refused.may_have_acted and words in str(refused)
    assert office.boxes.arrived == []


def test_mail_cannot_be_looked_at_and_only_a_person_knows(office: Office) -> None:
    for ask in (lambda: office.mail().look("ana@x.example"),
                lambda: office.mail().find(ordered(office))):  # fmt: skip
        with pytest.raises(ConnectorError, match="only a person can tell"):
            ask()


@pytest.mark.parametrize(
    ("how", "says"),
    [({"sender": "nobody"}, "sender"), ({"sender": "a <b@c>, d <e@f>"}, "sender"),
     ({"sender": "Eve\r\nBcc: x@y.example <e@x.example>"}, "sender"),
     ({"encryption": "some"}, "encryption"), ({"scheme": "http"}, "smtps://HOST"),
     ({"host": "a:b@127.0.0.1"}, "secret"), ({"secret": "env:WORD"}, "in the clear")],
)  # fmt: skip
def test_settings_that_would_fail_later_are_refused_now(
    office: Office, how: dict[str, str], says: str
) -> None:
    with pytest.raises(Refused, match=says):
        office.mail(**how)  # type: ignore[arg-type]
