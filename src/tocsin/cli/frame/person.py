"""Who gives this command, and how that is proven: by an SSH key, or only by the account's name."""

from __future__ import annotations

import argparse
import getpass
import os
import pwd
import subprocess
from collections.abc import Callable
from pathlib import Path

import msgspec

from tocsin.cli.frame.plain_files import whole_bytes
from tocsin.facts import Asserter, Author, Proof, Refused, sshsig
from tocsin.register.statements import ENTRY_NAMESPACE

NAME_LENGTH_MAX = 128

VISITOR = "visitor"
"""Where a door has proven by itself who asks, it names them under this name; no option does."""


class Person(msgspec.Struct, frozen=True, kw_only=True):
    """The person at the keyboard: as whom entries are written, and what signs them.

    Args:
        key: the file of their SSH key.
        signs: signs a message in a namespace where the key is not here, but with the person.
    """

    author: Author
    key: Path | None
    signs: Callable[[bytes, str], str] | None = None

    @property
    def who(self) -> str:
        return self.author.who

    def signer(self, namespace: str = ENTRY_NAMESPACE) -> Callable[[bytes], str] | None:
        """What signs in this namespace, or None when no key was given."""
        path, signs = self.key, self.signs
        if signs is not None:
            return lambda message: signs(message, namespace)
        if path is None:
            return None
        return lambda message: signature(path, message, namespace)


def options(parser: argparse.ArgumentParser) -> None:
    """Add the options that say who gives the command."""
    who = parser.add_argument_group("who you are")
    who.add_argument(
        "--as",
        dest="person",
        metavar="PERSON",
        default=os.environ.get("TOCSIN_AS"),
        help="your id in the register (TOCSIN_AS, else the account's name)",
    )
    who.add_argument(
        "--key",
        type=Path,
        metavar="FILE",
        default=_key_from_environment(),
        help="your SSH key: signs what you assert (TOCSIN_KEY); name a key in an agent or on a "
        "hardware token by its .pub file",
    )


def acting(args: argparse.Namespace) -> Person:
    """The person who gives this command, from `--as` and `--key`, or as the door proved them."""
    visitor: Person | None = getattr(args, VISITOR, None)
    if visitor is not None:
        return visitor
    who = args.person or _account()
    _check_name(who)
    if args.key is None:
        author = Author(who=who, kind=Asserter.PERSON, proof=Proof.ACCOUNT, account=account())
        return Person(author=author, key=None)
    fingerprint = sshsig.fingerprint(public_key(args.key))
    author = Author(who=who, kind=Asserter.PERSON, proof=Proof.SIGNATURE, key=fingerprint)
    return Person(author=author, key=args.key)


def public_key(path: Path) -> str:
    """The public key "algorithm base64" that belongs to a private or public key file."""
    beside = path if path.suffix == ".pub" else path.with_name(path.name + ".pub")
    try:
        if beside.exists():
            return sshsig.parse_public(_key_bytes(beside).decode("utf-8"))
        return sshsig.public_of(sshsig.load_private(_key_bytes(path)))
    except (ValueError, UnicodeDecodeError) as bad:
        raise Refused(f"key {path}: {bad}") from None


def _key_bytes(path: Path) -> bytes:
    return whole_bytes(path, "your SSH key file")


def signature(path: Path, message: bytes, namespace: str) -> str:
    """The armoured signature by the key at `path`; asks ssh-keygen where the key is not plain."""
    try:
        if path.suffix != ".pub":
            return sshsig.sign(message, sshsig.load_private(_key_bytes(path)), namespace)
    except (Refused, ValueError):
        pass  # encrypted, or of a kind that only an agent or a token can use
    try:
        asked = subprocess.run(
            ["ssh-keygen", "-q", "-Y", "sign", "-n", namespace, "-f", str(path)],
            input=message, capture_output=True, check=False,
        )  # fmt: skip
    except FileNotFoundError:
        raise Refused(f"key {path} needs ssh-keygen (OpenSSH), which is not installed") from None
    if asked.returncode != 0:
        reason = asked.stderr.decode(errors="replace").strip()
        raise Refused(f"key {path} could not sign: {reason}; is it in your agent?")
    return asked.stdout.decode("ascii")


def account() -> str:
    """The operating system's own name for whoever runs this; its number where it has no name.

    Unlike a login name from the environment, nobody can choose it by setting a variable.
    """
    try:
        return pwd.getpwuid(os.getuid()).pw_name
    except KeyError:
        return str(os.getuid())


def _check_name(who: str) -> None:
    """Raises Refused where a name would not stand in the record as it looks on a screen."""
    if not who.isprintable() or who != who.strip() or len(who) > NAME_LENGTH_MAX:
        raise Refused(
            f"{who[:NAME_LENGTH_MAX]!r} is no name: no line breaks, no signs that cannot be seen, "
            f"no space around it, {NAME_LENGTH_MAX} characters at most; give your id in the "
            "register: --as PERSON"
        )


def _account() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        raise Refused("this account has no name; say who you are: --as PERSON") from None


def _key_from_environment() -> Path | None:
    named = os.environ.get("TOCSIN_KEY")
    return Path(named) if named else None
