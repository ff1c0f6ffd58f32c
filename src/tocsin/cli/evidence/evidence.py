"""`tocsin incident evidence add|list|get|check|destroy`; `incident hold`, `release`, `erase`."""

from __future__ import annotations

import argparse
import shutil
from datetime import timedelta
from pathlib import Path

from tocsin import wiring
from tocsin.cli.evidence.hold import run_hold, run_release
from tocsin.cli.evidence.pieces import Counted, piece_named, plain_file
from tocsin.cli.frame import reading, short
from tocsin.cli.frame.arguments import Commands, Parser, amount, command, whole
from tocsin.cli.frame.deciding import about_incident, access
from tocsin.cli.frame.screen import DONE, PROBLEM, WORLD_FAILED, Answer, Screen
from tocsin.cli.frame.seat import Seat, seated
from tocsin.desk.evidence import custody
from tocsin.desk.plans.runs import By
from tocsin.desk.reading import EVERYDAY
from tocsin.facts import Author, Refused, Unreachable, incident_log
from tocsin.facts.custody import Fixity
from tocsin.incident.timeline import is_weak, proven, words_of

CHECK_EVERY_HOURS = 24.0
EVERYWHERE = (
    "backups and snapshots of the disk: let their own retention end them",
    "earlier evidence packages and copies that left the house: ask for them back",
)
ON_A_SERVER = (
    "the server's write-ahead log, until it is recycled: an administrator hastens it with "
    "SELECT pg_switch_wal(); CHECKPOINT; and then looks at pg_wal",
    "its archived log, replicas and base backups: remove those from before the erasure",
)


def add(inner: Commands) -> None:
    top = inner.add_parser(
        "evidence",
        help="evidence with its chain of custody",
        description="Evidence by its SHA-256: who acquired, viewed, copied, exported it, and why.",
    )
    pieces = top.add_subparsers(
        title="commands", metavar="COMMAND", required=True, parser_class=Parser
    )
    _add_pieces(pieces)
    hold = about_incident(
        inner, "hold", run_hold, "nothing that this covers may be deleted", dated=False
    )
    hold.add_argument("--because", required=True)
    hold.add_argument("--system", action="append", default=[])
    hold.add_argument("--person", dest="held", action="append", default=[])
    hold.add_argument("--evidence", action="append", default=[], metavar="SHA256")
    release = about_incident(
        inner, "release", run_release, "end one hold; others still stand", dated=False
    )
    release.add_argument("hold", metavar="HOLD", help="H1, H2, ..., or declaration")
    release.add_argument("--because", required=True)
    erase = about_incident(
        inner,
        "erase",
        run_erase,
        "destroy words of an entry for good; its place and all proofs remain",
        examples="  tocsin incident erase 7K3 6 text --because 'request under Art. 17 GDPR'",
        dated=False,
    )
    erase.add_argument("entry", type=whole)
    erase.add_argument("field", nargs="+")
    erase.add_argument("--because", required=True)


def _add_pieces(pieces: Commands) -> None:
    take = about_incident(pieces, "add", run_add, "put a file into the vault", dated=False)
    take.add_argument("file", type=Path)
    take.add_argument("--source", required=True, help="where it comes from")
    take.add_argument("--because", required=True)
    access(take)
    chain = command(pieces, "list", run_list, "the pieces of an incident and their chains")
    chain.add_argument("incident", metavar="INCIDENT")
    reading.options(chain)
    get = about_incident(
        pieces, "get", run_get, "copy a piece out of the vault; it is recorded", dated=False
    )
    get.add_argument("digest")
    get.add_argument("--to", type=Path, required=True)
    get.add_argument("--because", required=True)
    check = command(pieces, "check", run_check, "read all evidence again that is due for it")
    check.add_argument(
        "--older-than-hours",
        type=amount,
        default=CHECK_EVERY_HOURS,
        help="not read for so long (default %(default)s; 0 reads all)",
    )
    destroy = about_incident(
        pieces, "destroy", run_destroy, "destroy a piece that nothing holds", dated=False
    )
    destroy.add_argument("digest")
    destroy.add_argument("--because", required=True)


def run_add(args: argparse.Namespace, screen: Screen) -> Answer:
    with seated(args, screen) as seat, plain_file(args.file) as source:
        log = _log(seat, args)
        digest = custody.take_in(
            seat.desk,
            log,
            Counted(source, screen.progress(f"taking in {args.file.name}", "bytes")).stream,
            name=args.file.name,
            origin=args.source,
            because=args.because,
            by=_by(args, seat),
            access=args.access,
        )
    return Answer(data={"digest": digest}, text=f"{digest}  {args.file.name}")


def run_list(args: argparse.Namespace, screen: Screen) -> Answer:
    with wiring.open_home(args.home, warn=screen.say) as opened:
        log = incident_log(short.find(opened.store, args.incident))
        labels = reading.labels(args, opened, log)
        known = custody.custody_seen(opened.desk, lambda one: labels if one == log else EVERYDAY)
    pieces = [piece for piece in known.pieces.values() if log in piece.logs]
    lines: list[str] = []
    for piece in pieces:
        lines.append(f"{piece.digest}  {'in the vault' if piece.in_vault else 'not in the vault'}")
        lines += [
            f"    {link.at:%Y-%m-%d %H:%M:%S}  {link.by}{_mark(link.author)}: {words_of(link.fact)}"
            for link in piece.chain
        ]
        lines += [f"    held by {one.name}: {one.because}" for one in known.holds_on(piece.digest)]
    data = [
        {
            "digest": piece.digest,
            "in_vault": piece.in_vault,
            "fixity": piece.fixity.value,
            "chain": piece.chain,
            "holds": [one.name for one in known.holds_on(piece.digest)],
        }
        for piece in pieces
    ]
    return Answer(data={"evidence": data}, text="\n".join(lines) or "no evidence yet")


def run_get(args: argparse.Namespace, screen: Screen) -> Answer:
    if args.to.exists():
        raise Refused(f"{args.to} exists; name a new file")
    with seated(args, screen) as seat:
        log = _log(seat, args)
        digest = _digest(seat, args.digest)
        copy = custody.copy_out(seat.desk, log, digest, str(args.to), args.because, _by(args, seat))
        try:
            with copy, args.to.open("xb") as out:
                shutil.copyfileobj(copy, out)
        except OSError as bad:
            raise Unreachable(f"{args.to}: {bad.strerror}") from None
    return Answer(data={"digest": digest, "file": str(args.to)}, text=f"{args.to}")


def run_check(args: argparse.Namespace, screen: Screen) -> Answer:
    with wiring.open_home(args.home, warn=screen.say) as opened:
        every = timedelta(hours=args.older_than_hours)
        tell = screen.progress("reading evidence again", "bytes")
        seen = reading.digests(opened)
        found = [
            (digest if digest in seen else "a piece for others' eyes", *_found(one))
            for digest, one in custody.recheck(opened.desk, every, tell)
        ]
    read = [(digest, word) for digest, word, unread in found if not unread]
    away = {digest: unread for digest, _, unread in found if unread}
    bad = [digest for digest, word in read if word != Fixity.INTACT.value]
    lines = [f"{word:8} {digest}{unread and ': '}{unread}" for digest, word, unread in found]
    lines.append(f"{len(read)} read again, {len(bad)} not intact")
    if away:
        lines.append(f"{len(away)} could not be read; mend the cause and check again")
    return Answer(
        data={
            "checked": [{"digest": digest, "fixity": word} for digest, word in read],
            "unread": away,
            "ok": not bad and not away,
        },
        text="\n".join(lines),
        status=PROBLEM if bad else WORLD_FAILED if away else DONE,
    )


def _found(found: Fixity | Unreachable) -> tuple[str, str]:
    """A word for what was found, and why a piece could not be read."""
    return (found.value, "") if isinstance(found, Fixity) else ("unread", str(found))


def run_destroy(args: argparse.Namespace, screen: Screen) -> Answer:
    with seated(args, screen) as seat:
        digest = _digest(seat, args.digest)
        custody.destroy(seat.desk, _log(seat, args), digest, args.because, _by(args, seat))
    return Answer(data={"digest": digest}, text=f"{digest} is destroyed; its digest remains")


def run_erase(args: argparse.Namespace, screen: Screen) -> Answer:
    with seated(args, screen) as seat, screen.waiting("erasing, and rewriting the file"):
        gone = custody.erase_words(
            seat.desk,
            _log(seat, args),
            args.entry,
            args.field,
            args.because,
            _by(args, seat),
            seat.store.erase,
        )
        on_server = seat.store.is_postgres
    where = "tables on the server" if on_server else "files"
    remains = [*(ON_A_SERVER if on_server else ()), *EVERYWHERE]
    return Answer(
        data={"entry": args.entry, "erased": gone, "remains": remains},
        text="\n".join(
            [
                f"{gone} fields of entry {args.entry} are gone from the record's {where}",
                "what may still hold them, and is yours to look after:",
                *(f"- {one}" for one in remains),
            ]
        ),
    )


def _mark(author: Author) -> str:
    return f" [{proven(author)}]" if is_weak(author) else ""


def _by(args: argparse.Namespace, seat: Seat) -> By:
    return By(author=seat.author, sign=seat.sign, client_key=args.client_key)


def _log(seat: Seat, args: argparse.Namespace) -> str:
    return incident_log(seat.incident(args.incident))


def _digest(seat: Seat, typed: str) -> str:
    return piece_named(seat.desk, typed, seen=seat.labels)
