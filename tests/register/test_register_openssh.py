"""A person with nothing but OpenSSH can be enrolled and can approve."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from register_people import NOON, entry
from tocsin.facts import Asserter, Author, Proof, Refused
from tocsin.facts.runs import Approved, Effect, Ordered, Repeatable
from tocsin.register.keyring import Keyring
from tocsin.register.model import Register
from tocsin.register.proofs import Needed, Question, approval_standing
from tocsin.register.statements import ORDER_NAMESPACE, Verdict, order_statement

pytestmark = pytest.mark.skipif(
    shutil.which("ssh-keygen") is None, reason="OpenSSH is absent: its own keys were not tried"
)

ORDER = Ordered(
    run="r",
    step="s",
    connector="c",
    target="t",
    wanted="off",
    repeatable=Repeatable.NEITHER,
    approvals=1,
    attempts_max=1,
    undo=None,
    effect=Effect.CHANGE,
    evidence=(),
)


def keygen(*words: str, cwd: Path) -> None:
    subprocess.run(["ssh-keygen", "-q", *words], cwd=cwd, check=True, capture_output=True)


@pytest.mark.parametrize("kind", [("ed25519",), ("ecdsa", "-b", "384"), ("rsa", "-b", "3072")])
def test_an_approval_made_with_openssh_counts(tmp_path: Path, kind: tuple[str, ...]) -> None:
    keygen("-t", *kind, "-N", "", "-C", "ada@laptop", "-f", "key", cwd=tmp_path)
    fact = Keyring().enrolment("ada", (tmp_path / "key.pub").read_text(), None, NOON)
    ring = Keyring.replay([entry(fact, 2)])
    question = Question(
        origin="o",
        log="incident/7K3",
        seq=17,
        order=ORDER,
        needed=Needed(people=1, proof=Proof.SIGNATURE),
    )
    words = order_statement("o", "incident/7K3", 17, question.digest, Verdict.APPROVED, "yes")
    (tmp_path / "words").write_bytes(words)
    keygen("-Y", "sign", "-n", ORDER_NAMESPACE, "-f", "key", "words", cwd=tmp_path)
    author = Author(
        who="ada",
        kind=Asserter.PERSON,
        proof=Proof.SIGNATURE,
        key=fact.fingerprint,
        signature=(tmp_path / "words.sig").read_text(),
    )
    approved = Approved(run="r", order=17, order_digest=question.digest, because="yes")
    vote = entry(approved, 18, author=author, log="incident/7K3", minutes=1)
    found = approval_standing(question, [vote], ring, Register())
    assert (found.verdict, found.people) == (Verdict.APPROVED, ("ada",))


def test_a_weak_key_made_with_openssh_is_refused(tmp_path: Path) -> None:
    keygen("-t", "rsa", "-b", "1024", "-N", "", "-f", "key", cwd=tmp_path)
    with pytest.raises(Refused, match="2048"):
        Keyring().enrolment("ada", (tmp_path / "key.pub").read_text(), None, NOON)
