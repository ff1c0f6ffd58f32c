"""The words in every evidence package that say how to check it with tools already on the desk."""

from __future__ import annotations

from collections.abc import Sequence

from tocsin.journal.verify_bag import (
    MANIFEST,
    SEAL,
    SEAL_NAMESPACE,
    TAG_MANIFEST,
    TIMESTAMP,
)


def instructions(origin: str, warnings: Sequence[str], *, timestamped: bool) -> str:
    """The text of VERIFY.txt: what to run inside the package, and what each answer means."""
    time = (
        f"""   openssl ts -verify -in {TIMESTAMP} -data {MANIFEST} -CAfile AUTHORITY.pem
   AUTHORITY.pem is the certificate of the time authority; get it from the authority. The answer
   "Verification: OK" means that everything under data/ existed at the time in the token
   (openssl ts -reply -in {TIMESTAMP} -text)."""
        if timestamped
        else "   There is NO TRUSTED TIME in this package."
    )
    remarks = "".join(f"   {warning}\n" for warning in warnings)
    return f"""How to check this evidence package. Run these inside its directory.

1. No file was altered:
   sha256sum --quiet --strict -c {TAG_MANIFEST}
   sha256sum --quiet --strict -c {MANIFEST}
   No output means that every listed file is as it was.

2. The lists were sealed by the sender's key:
   ssh-keygen -Y verify -f keys/allowed_signers -I {origin} \\
     -n {SEAL_NAMESPACE.decode()} -s {SEAL} < {TAG_MANIFEST}
   ssh-keygen -lf keys/log.pub
   Compare the fingerprint with the one that the sender gave you by another way than this package.
   Anyone can seal an altered package with a key of their own; only that comparison tells.

3. When it existed:
{time}
{remarks}
4. All of the above, and that every entry is in the signed record, with nothing but Python 3.11:
   python3 verify.py --key SHA256:...
   Give the fingerprint that you got by another way. Further: --policy FILE (a list of keys and
   witnesses that you trust, C2SP tlog-policy) and --head FILE (a checkpoint that you kept).
   Exit code 0 means consistent and signed by that key; 1 means not.

What was left out is listed in data/withheld.json, one line an entry. Proofs hold nevertheless:
an entry's line in data/log/entries.jsonl carries the digests of the words that are left out.
Each data/log/proofs/*.tlog-proof can be checked with any C2SP tlog-proof tool and keys/log.vkey;
the leaf is one line of data/log/entries.jsonl without its newline.
"""
