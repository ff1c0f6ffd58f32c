"""Notes, checkpoints, proofs, policies, keys: one spelling each, and other people's tools.

The Go program reads our bytes with golang.org/x/mod/sumdb, which is not ours.
"""

from __future__ import annotations

import os
import shutil
import stat
import subprocess
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from paper_record import LOG, NOON, ORIGIN, key_of, small_record

from tocsin.facts import Refused, Tampered
from tocsin.facts.record import leaf_hash
from tocsin.journal import note, verify_bag, verify_note
from tocsin.journal.keys import LogKey, load_ed25519, public_path
from tocsin.journal.policy import PolicyError, parse_policy
from tocsin.journal.proof import parse_proof, write_proof
from tocsin.journal.rotation import certificate, parse_certificate, trusted_keys

KEY, WITNESS = key_of(1), key_of(3, "witness.example")
ROOT = bytes(range(32))
COSIGNER = note.Verifier(name="witness.example", public=WITNESS.public, kind=note.COSIGNATURE)

# Source: C2SP signed-note and tlog-cosignature, the examples in the text.
PUBLISHED = (
    "example.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n\n"
    "\u2014 example.com/behind-the-sofa Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/"
    "Zhcyv2q1gGzGku9nTo+zyWE+xeMcTOAYQ8=\n"
    "\u2014 witness.example.com/w1 jWbPPwAAAABkGFDLEZMHwSRaJNiIDoe9DYn/zXcrtPHeolMI5OWXEhZCB9dlrD"
    "JsX3b2oyin1nPZqhf5nNo0xUe+mbIUBkBIfZ+qnA==\n"
).encode()


def test_a_published_checkpoint_is_read_and_written_back_the_same() -> None:
    found = note.parse_checkpoint(PUBLISHED)
    assert (found.origin, found.size) == ("example.com/behind-the-sofa", 20852163)
    lines = "".join(signature.line() for signature in found.signatures)
    assert (found.note.text + "\n" + lines).encode() == PUBLISHED
    assert verify_note.read_head(PUBLISHED).root == found.root


def test_a_checkpoint_is_signed_by_each_key_and_by_no_other() -> None:
    new = key_of(2)
    data = note.checkpoint(ORIGIN, 7, ROOT, [KEY.private, new.private])
    found = note.parse_checkpoint(data)
    assert KEY.verifier.signed(found.note) and new.verifier.signed(found.note)
    assert not key_of(5).verifier.signed(found.note)
    changed = note.parse_note(data.replace(b"\n7\n", b"\n8\n"))
    with pytest.raises(ValueError, match="does not hold"):
        KEY.verifier.signed(changed)


def test_a_cosignature_tells_when_and_does_not_pass_for_a_logs_signature() -> None:
    data = KEY.sign_checkpoint(7, ROOT)
    line = note.cosign(note.parse_note(data), "witness.example", WITNESS.private, NOON)
    whole = note.with_signatures(data, [line, line])
    found = note.parse_note(whole)
    assert COSIGNER.cosigned_at(found) == NOON and len(found.signatures) == 2
    assert WITNESS.verifier.signed(found) is False and COSIGNER.signed(found) is False
    assert KEY.verifier.cosigned_at(found) is None
    moved = note.parse_note(whole.replace(b"\n7\n", b"\n8\n"))
    with pytest.raises(ValueError):
        COSIGNER.cosigned_at(moved)
    with pytest.raises(ValueError, match="time zone"):
        note.cosign(found, "w", WITNESS.private, datetime(2026, 1, 1))


GOOD = KEY.sign_checkpoint(7, ROOT)


@pytest.mark.parametrize(
    "data",
    [
        GOOD[:-1],
        GOOD + b"\n",
        GOOD.replace(b"\n7\n", b"\n07\n"),
        GOOD.replace(b"\n7\n", b"\n+7\n"),
        GOOD.replace(b"\n7\n", b"\n\n7\n"),
        GOOD.replace(b"\n7\n", b"\n7\r\n"),
        GOOD.replace(b"\n7\n", b"\n7\t\n"),
        GOOD.replace(b"\xe2\x80\x94 ", b"- "),
        GOOD.replace(b"=\n\n", b"\n\n"),
        GOOD.replace(b"=\n\n", b"=\n\xff\n\n"),
        GOOD.split(b"\n\n")[0] + b"\n\n",
        b"",
        b"\n\n\n",
        b"x" * (note.NOTE_BYTES_MAX + 1),
        certificate(KEY, key_of(2), 7, ROOT),
    ],
)
def test_a_second_spelling_of_a_checkpoint_is_refused_by_both_readers(data: bytes) -> None:
    with pytest.raises(ValueError):
        note.parse_checkpoint(data)
    with pytest.raises(verify_bag.Broken):
        verify_note.read_head(data)


LETTERS = b"\n\r\t +/=0ABIJQghw\xe2\x80\x94\x85\xc2\xa0\x00"


@st.composite
def nearly_notes(draw: st.DrawFn) -> bytes:
    """A note with a few small slips, such as leave many a one readable."""
    data = draw(st.sampled_from([GOOD, PUBLISHED]))
    for _ in range(draw(st.integers(0, 3))):
        at = draw(st.integers(0, len(data)))
        gone = draw(st.integers(0, 2))
        put = draw(st.lists(st.sampled_from(LETTERS), max_size=2))
        data = data[:at] + bytes(put) + data[at + gone :]
    return data


def test_what_is_read_as_a_note_is_written_back_the_same() -> None:
    readable = 0

    @given(nearly_notes())
    @settings(max_examples=400, deadline=None)
    def one_spelling(data: bytes) -> None:
        nonlocal readable
        try:
            found = note.parse_note(data)
        except ValueError:
            return
        readable += data not in (GOOD, PUBLISHED)
        lines = "".join(signature.line() for signature in found.signatures)
        assert (found.text + "\n" + lines).encode() == data

    one_spelling()
    assert readable > 20, "hardly a note with a slip was readable: nothing was shown"


def test_verifier_keys_are_read_strictly() -> None:
    assert note.parse_verifier(KEY.vkey) == KEY.verifier
    assert note.parse_verifier(COSIGNER.text()) == COSIGNER
    name, id_, key = KEY.vkey.split("+", 2)
    small_order = note.Verifier(name=name, public=bytes(32)).text()
    for bad in (f"{name}+{id_}", f"{name}+00000000+{key}", f"a b+{id_}+{key}", small_order):
        with pytest.raises(ValueError):
            note.parse_verifier(bad)


@given(st.binary(min_size=32, max_size=32), st.binary(max_size=200))
def test_our_own_arithmetic_agrees_with_openssl(seed: bytes, message: bytes) -> None:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    private = Ed25519PrivateKey.from_private_bytes(seed)
    public, value = note.public_bytes(private), private.sign(message)
    assert verify_bag.ed25519_holds(public, message, value)
    assert not verify_bag.ed25519_holds(public, message + b"!", value)
    scalar = int.from_bytes(value[32:], "little") + 2**252 + 27742317777372353535851937790883648493
    assert not verify_bag.ed25519_holds(public, message, value[:32] + scalar.to_bytes(32, "little"))


# Source: RFC 8032 7.1, tests 1 to 3 (public key, message, signature).
RFC_8032 = [
    ("d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a", "",
     "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b4"
     "6bd25bf5f0595bbe24655141438e7a100b"),
    ("3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c", "72",
     "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d"
     "8c387b2eaeb4302aeeb00d291612bb0c00"),
    ("fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025", "af82",
     "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc6"
     "594a7c15e9716ed28dc027beceea1ec40a"),
]  # fmt: skip


@pytest.mark.parametrize(("public", "message", "value"), RFC_8032)
def test_the_vectors_of_rfc_8032_hold(public: str, message: str, value: str) -> None:
    given_ = bytes.fromhex(public), bytes.fromhex(message), bytes.fromhex(value)
    assert verify_bag.ed25519_holds(*given_)
    for place in range(64):
        changed = bytearray(given_[2])
        changed[place] ^= 1
        assert not verify_bag.ed25519_holds(*given_[:2], bytes(changed))


@pytest.mark.parametrize("sign", [0, 0x80])
@pytest.mark.parametrize(
    "point",
    [
        "01" + "00" * 31,
        "00" * 32,
        "ec" + "ff" * 30 + "7f",
        "ed" + "ff" * 30 + "7f",
        "ee" + "ff" * 30 + "7f",
        "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
        "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
    ],
)
def test_points_of_small_order_or_with_two_spellings_are_refused(point: str, sign: int) -> None:
    encoded = bytearray.fromhex(point)
    encoded[31] |= sign
    identity = bytes.fromhex("01" + "00" * 31)
    assert not verify_bag.ed25519_holds(bytes(encoded), b"any", identity + bytes(32))
    assert not verify_bag.ed25519_holds(bytes(encoded), b"any", bytes(encoded) + bytes(32))


def test_a_proof_is_of_this_entry_of_this_record_by_this_key() -> None:
    record = small_record()
    checkpoint = record.checkpoint() or b""
    data = write_proof(2, record.inclusion(2, 6), checkpoint, b"extra")
    proof = parse_proof(data)
    leaf = leaf_hash(record.lines[2][2])
    assert proof.extra == b"extra" and proof.check(leaf, ORIGIN, KEY.verifier).size == 6
    for refused in (
        lambda: proof.check(leaf_hash(record.lines[3][2]), ORIGIN, KEY.verifier),
        lambda: proof.check(leaf, "other.example", KEY.verifier),
        lambda: proof.check(leaf, ORIGIN, key_of(2).verifier),
    ):
        with pytest.raises(Tampered):
            refused()
    for bad in (
        data.replace(b"@v1", b"@v2"),
        data.replace(b"index 2", b"index 02"),
        data.replace(b"index 2\n", b""),
        data.replace(b"\n\n", b"\n", 1),
        data[:-1],
        data.replace(b"extra ", b"extra  "),
    ):
        with pytest.raises(ValueError):
            parse_proof(bad)


def test_a_chain_of_rotations_must_hold_link_by_link() -> None:
    one, two, three = key_of(1), key_of(2), key_of(3)
    first, second = certificate(one, two, 5, ROOT), certificate(two, three, 9, ROOT)
    chain = trusted_keys(one.fingerprint, [first, second])
    assert chain == [one.fingerprint, two.fingerprint, three.fingerprint]
    assert trusted_keys(two.fingerprint, [first, second]) == chain[1:]
    assert trusted_keys("SHA256:x", []) == ["SHA256:x"]
    with pytest.raises(Tampered, match="no place"):
        trusted_keys(key_of(9).fingerprint, [first])
    with pytest.raises(Tampered, match="does not follow"):
        trusted_keys(one.fingerprint, [second, first])
    with pytest.raises(Tampered, match="does not hold"):
        parse_certificate(first.replace(b"size 5", b"size 6"))
    one_line = b"".join(first.splitlines(keepends=True)[:-1])
    with pytest.raises(Tampered, match="both keys"):
        parse_certificate(one_line)


def test_a_policy_counts_witnesses_through_groups() -> None:
    names = ["X1", "X2", "X3", "Y1"]
    keys = {n: note.Verifier(name=f"{n}.example", public=key_of(10 + i).public, kind=4)
            for i, n in enumerate(names)}  # fmt: skip
    lines = [f"log {KEY.vkey}", *(f"witness {n} {k.text()}" for n, k in keys.items()),
             "group X 2 X1 X2 X3", "group all all X Y1", "quorum all"]  # fmt: skip
    data = "".join(f"{line}\n" for line in lines).encode()
    policy, other = parse_policy(data), verify_note.read_policy(data)
    for cosigned, enough in [({"X1", "X2", "Y1"}, True), ({"X1", "Y1"}, False),
                             ({"X1", "X2", "X3"}, False), (set(), False)]:  # fmt: skip
        assert policy.reached(cosigned) is other.reached(cosigned) is enough
    with pytest.raises(PolicyError, match="line 1"):
        parse_policy(b"witness W " + KEY.vkey.encode() + b"\nquorum W")


def test_a_key_file_is_made_once_and_only_its_owner_reads_it(tmp_path: Path) -> None:
    path = tmp_path / "log.key"
    made = LogKey.create(path, ORIGIN)
    assert stat.S_IMODE(os.stat(path).st_mode) == 0o600
    assert public_path(path).read_text() == f"{made.public_line} {ORIGIN}\n"
    assert LogKey.load(path, ORIGIN, fingerprint=made.fingerprint).vkey == made.vkey
    assert {p.name for p in tmp_path.iterdir()} == {"log.key", "log.key.pub"}
    with pytest.raises(Refused, match="never overwritten"):
        LogKey.create(path, ORIGIN)
    with pytest.raises(Refused, match="is signed with SHA256:other"):
        LogKey.load(path, ORIGIN, fingerprint="SHA256:other")
    path.chmod(0o640)
    with pytest.raises(Refused, match="chmod 600"):
        load_ed25519(path)
    path.write_bytes(b"garbled")
    path.chmod(0o600)
    with pytest.raises(Refused, match="not a usable"):
        load_ed25519(path)
    with pytest.raises(Refused, match="no key file"):
        load_ed25519(tmp_path / "absent")


GO = """package main

import (
	"encoding/base64"
	"fmt"
	"os"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

func must(err error) {
	if err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
}

func main() {
	vkey, _ := os.ReadFile(os.Args[1])
	verifier, err := note.NewVerifier(strings.TrimSpace(string(vkey)))
	must(err)
	body, _ := os.ReadFile(os.Args[3])
	for i, line := range strings.Split(strings.TrimSuffix(string(body), "\\n"), "\\n") {
		data, err := os.ReadFile(fmt.Sprintf("%s/%06d.tlog-proof", os.Args[2], i+1))
		must(err)
		parts := strings.SplitN(string(data), "\\n\\n", 2)
		signed, err := note.Open([]byte(parts[1]), note.VerifierList(verifier))
		must(err)
		head := strings.Split(signed.Text, "\\n")
		var size, index int64
		fmt.Sscan(head[1], &size)
		root, _ := base64.StdEncoding.DecodeString(head[2])
		lines := strings.Split(parts[0], "\\n")
		fmt.Sscanf(lines[1], "index %d", &index)
		proof := tlog.RecordProof{}
		for _, text := range lines[2:] {
			hash, err := tlog.ParseHash(text)
			must(err)
			proof = append(proof, hash)
		}
		var tree tlog.Hash
		copy(tree[:], root)
		must(tlog.CheckRecord(proof, size, tree, index, tlog.RecordHash([]byte(line))))
	}
	fmt.Println("all proofs hold")
}
"""
GO_PACKAGES = Path("/usr/share/gocode")


@pytest.mark.proof
@pytest.mark.skipif(
    shutil.which("go") is None or not (GO_PACKAGES / "src/golang.org/x/mod/sumdb").is_dir(),
    reason="Go or golang-golang-x-mod-dev is absent: proofs were not cross-checked with Go",
)
def test_go_accepts_our_checkpoints_and_proofs_and_refuses_altered_ones(tmp_path: Path) -> None:
    from paper_record import PaperClock

    from tocsin.journal.export import export

    bag = tmp_path / "bag"
    export(small_record(), LOG, bag, key=KEY, clock=PaperClock())
    (tmp_path / "main.go").write_text(GO)
    places = {"GOPATH": str(GO_PACKAGES), "GO111MODULE": "off", "GOCACHE": str(tmp_path / "cache")}

    def checked(entries: Path) -> subprocess.CompletedProcess[str]:
        words = ["go", "run", "main.go", bag / "keys/log.vkey", bag / "data/log/proofs", entries]
        return subprocess.run(
            list(map(str, words)), cwd=tmp_path, env={**os.environ, **places},
            capture_output=True, text=True, check=False,
        )  # fmt: skip

    good = checked(bag / "data/log/entries.jsonl")
    assert good.stdout == "all proofs hold\n", good.stdout + good.stderr
    altered = tmp_path / "altered"
    altered.write_text((bag / "data/log/entries.jsonl").read_text().replace("kim", "lee", 1))
    assert checked(altered).returncode != 0


def test_instants_of_cosignatures_are_whole_seconds_in_utc() -> None:
    data = KEY.sign_checkpoint(7, ROOT)
    at = datetime(2026, 11, 23, 12, 0, 0, 999_999, tzinfo=UTC)
    line = note.cosign(note.parse_note(data), "witness.example", WITNESS.private, at)
    found = COSIGNER.cosigned_at(note.parse_note(note.with_signatures(data, [line])))
    assert found == at.replace(microsecond=0)
