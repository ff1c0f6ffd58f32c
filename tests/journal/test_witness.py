"""The witness, over real HTTP and through crashes.

| attack on the record                   | our own check | a witness that is asked |
|----------------------------------------|---------------|-------------------------|
| rewritten with the genuine key         | passes        | Tampered (422)          |
| rewritten at the very same size        | passes        | Tampered (409)          |
| old backup put back                    | passes        | Tampered (409)          |
| witness under our own account          | -             | counts as none          |
"""

from __future__ import annotations

import signal
import subprocess
import sys
import threading
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
from paper_record import LOG, NOON, ORIGIN, PaperClock, PaperRecord, key_of, noted, opened

from tocsin.facts import Refused, Tampered, Unreachable
from tocsin.journal import merkle, note
from tocsin.journal import witness_client as client_module
from tocsin.journal.witness import (
    SIZE_TYPE,
    Answer,
    Witness,
    account_mark,
    parse_submission,
    write_submission,
)  # fmt: skip
from tocsin.journal.witness_client import WitnessClient
from tocsin.journal.witness_server import WitnessServer


@pytest.fixture
def witness(tmp_path: Path) -> Iterator[Witness]:
    witness = Witness(tmp_path / "witness", "witness.example", PaperClock())
    witness.add_log(key_of(1).vkey)
    yield witness
    witness.close()


@pytest.fixture
def server(witness: Witness) -> Iterator[WitnessServer]:
    server = WitnessServer(witness)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    yield server
    server.shutdown()
    server.server_close()
    thread.join()


def grown(entries: int, word: str = "note") -> PaperRecord:
    record = PaperRecord()
    record.append(LOG, opened())
    for number in range(entries - 1):
        record.append(LOG, noted(f"{word} {number}"))
    return record


def asked(witness: Witness, record: PaperRecord, old: int) -> Answer:
    proof = record.consistency(old, record.size()) if old <= record.size() else []
    return witness.add_checkpoint(write_submission(old, proof, record.checkpoint() or b""))


def test_growth_is_cosigned_with_the_time_and_the_pinned_key(
    server: WitnessServer, witness: Witness
) -> None:
    client = WitnessClient(server.url, witness.verifier.text())
    record = grown(3)
    first = client.cosign(record)
    record.append(LOG, noted("more"), noted("and more"))
    second = client.cosign(record)
    assert (first.size, second.size, second.at) == (3, 5, NOON)
    whole = note.parse_note(note.with_signatures(record.checkpoint() or b"", [second.line]))
    assert witness.verifier.cosigned_at(whole) == NOON
    assert client.cosign(record).line == second.line, "asking again is safe"
    assert witness.logs() == {ORIGIN: 5}


def test_a_witness_under_our_own_account_counts_as_none(
    server: WitnessServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = WitnessClient(server.url)
    assert client.cosign(grown(2)).independent is False
    monkeypatch.setattr(client_module, "account_mark", lambda: "0" * 64)
    assert client.cosign(grown(2)).independent is True
    assert client.about().account == account_mark()


def test_a_record_rewritten_with_its_own_key_is_found_out(server: WitnessServer) -> None:
    client = WitnessClient(server.url)
    client.cosign(grown(4))
    with pytest.raises(Tampered, match="remembers another record"):
        client.cosign(grown(6, word="forged"))
    with pytest.raises(Tampered, match="rewritten"):
        client.cosign(grown(4, word="forged"))


def test_an_old_backup_is_found_out(server: WitnessServer) -> None:
    client = WitnessClient(server.url)
    client.cosign(grown(5))
    with pytest.raises(Tampered, match="5 entries of this record, but only 3"):
        client.cosign(grown(3))


def test_a_witness_that_changed_its_key_is_not_believed(server: WitnessServer) -> None:
    other = note.Verifier(name="witness.example", public=key_of(8).public, kind=note.COSIGNATURE)
    with pytest.raises(Tampered, match="another key"):
        WitnessClient(server.url, other.text()).cosign(grown(2))


def test_unknown_records_and_keys_are_refused_with_what_to_do(server: WitnessServer) -> None:
    client = WitnessClient(server.url)
    stranger = PaperRecord(key_of(1, "other.example"))
    stranger.append(LOG, opened())
    with pytest.raises(Refused, match=r"does not know other\.example"):
        client.cosign(stranger)
    thief = PaperRecord(key_of(9))
    thief.append(LOG, opened())
    with pytest.raises(Refused, match="under another key"):
        client.cosign(thief)
    with pytest.raises(Refused, match="nothing to witness"):
        client.cosign(PaperRecord())


def test_a_witness_that_is_away_is_the_worlds_move() -> None:
    with pytest.raises(Unreachable, match="did not answer"):
        WitnessClient("http://127.0.0.1:9", seconds_max=1).cosign(grown(2))
    with pytest.raises(Refused, match="not the http or https"):
        WitnessClient("file:///etc/passwd")


def test_each_refusal_has_the_status_of_the_protocol(witness: Witness) -> None:
    record = grown(4)
    assert asked(witness, record, 5).status == 400
    assert asked(witness, record, 2).status == 409
    done = asked(witness, record, 0)
    assert done.status == 200 and done.body.startswith("\u2014 witness.example ".encode())
    stale = asked(witness, record, 0)
    assert (stale.status, stale.body, stale.content_type) == (409, b"4\n", SIZE_TYPE)
    assert asked(witness, grown(6, "forged"), 4).status == 422
    forged = grown(4, "forged")
    same_size = asked(witness, forged, 4)
    assert (same_size.status, same_size.body) == (409, b"4\n")
    body = write_submission(4, [], record.checkpoint() or b"")
    assert witness.add_checkpoint(body.replace(b"old 4", b"old 04")).status == 400
    assert witness.add_checkpoint(b"").status == 400
    assert witness.add_checkpoint(write_submission(4, [bytes(32)] * 64, b"x")).status == 400
    assert witness.logs() == {ORIGIN: 4}


def test_a_late_older_request_cannot_roll_the_memory_back(witness: Witness) -> None:
    """Request A (size 3) is checked, B (size 5) overtakes it: A must not be cosigned after B."""
    small, large = grown(3), grown(5)
    assert asked(witness, grown(2), 0).status == 200
    late = write_submission(2, small.consistency(2, 3), small.checkpoint() or b"")
    assert asked(witness, large, 2).status == 200
    assert witness.add_checkpoint(late).body == b"5\n"
    assert witness.logs() == {ORIGIN: 5}


def test_of_many_at_once_each_size_is_cosigned_in_one_history(witness: Witness) -> None:
    """Eight threads race with two different histories; only one history may ever be cosigned."""
    histories = [grown(6, "left"), grown(6, "right")]
    signed: list[tuple[int, int]] = []
    lock = threading.Lock()

    def race(which: int) -> None:
        record = histories[which]
        for _ in range(6):
            known = witness.logs()[ORIGIN]
            for size in range(max(known, 2), 7):
                text = record.key.sign_checkpoint(size, record.root_at(size))
                proof = record.consistency(known, size)
                answer = witness.add_checkpoint(write_submission(known, proof, text))
                if answer.status == 200:
                    with lock:
                        signed.append((which, size))
                    break

    threads = [threading.Thread(target=race, args=(n % 2,)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert signed and len({which for which, size in signed if size > 1}) == 1


def test_a_crash_before_the_memory_is_kept_gives_no_cosignature(
    witness: Witness, tmp_path: Path
) -> None:
    witness._database.execute(
        "create trigger full before insert on head begin select raise(abort, 'disk full'); end"
    )
    failed = asked(witness, grown(3), 0)
    assert failed.status == 503 and b"\xe2\x80\x94" not in failed.body
    witness._database.execute("drop trigger full")
    assert witness.logs() == {ORIGIN: 0}
    assert asked(witness, grown(3), 0).status == 200


KILLED = """
import os, signal, sys
from pathlib import Path
from tocsin.journal import note
from tocsin.journal.witness import Witness
from tocsin.world import RealClock
def killed(*arguments):
    os.kill(os.getpid(), signal.SIGKILL)
note.cosign = killed
Witness(Path(sys.argv[1]), "witness.example", RealClock()).add_checkpoint(sys.stdin.buffer.read())
"""


def test_killed_after_the_memory_is_kept_it_remembers_what_it_never_sent(tmp_path: Path) -> None:
    folder = tmp_path / "witness"
    witness = Witness(folder, "witness.example", PaperClock())
    witness.add_log(key_of(1).vkey)
    witness.close()
    record = grown(4)
    body = write_submission(0, [], record.checkpoint() or b"")
    done = subprocess.run(
        [sys.executable, "-c", KILLED, str(folder)], input=body, capture_output=True, check=False
    )
    assert done.returncode == -signal.SIGKILL, done.stderr
    again = Witness(folder, "witness.example", PaperClock())
    assert again.logs() == {ORIGIN: 4}
    assert asked(again, grown(4, "forged"), 4).status == 409
    assert asked(again, record, 4).status == 200
    again.close()


def posted(url: str, body: bytes, **headers: str) -> int:
    request = urllib.request.Request(url, data=body, headers=headers)
    try:
        with urllib.request.urlopen(request, timeout=5) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as answer:
        with answer:
            return answer.code


def test_the_door_is_narrow(server: WitnessServer) -> None:
    assert posted(server.url + "/other", b"x") == 404
    assert posted(server.url + "/add-checkpoint", b"x" * 100_000) == 413
    assert posted(server.url + "/add-checkpoint", b"nonsense") == 400
    length = {"Content-Length": "many"}
    assert posted(server.url + "/add-checkpoint", b"x", **length) == 411


def test_a_request_is_read_back_as_it_was_written() -> None:
    record = grown(5)
    proof = record.consistency(3, 5)
    read = parse_submission(write_submission(3, proof, record.checkpoint() or b""))
    assert (read.old, list(read.proof), read.checkpoint.size) == (3, proof, 5)
    merkle.check_consistency(3, 5, record.root_at(3), read.checkpoint.root, read.proof)


def test_only_keys_of_records_are_known(witness: Witness) -> None:
    with pytest.raises(Refused, match="not a record's"):
        witness.add_log("nonsense")
    with pytest.raises(Refused, match="witness's key"):
        witness.add_log(witness.verifier.text())
