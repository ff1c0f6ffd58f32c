"""Who reads what: a label is given only to who has it, and who proved just now to be that person.

Reading what every responder may read asks for nothing. For counsel's or the board's text a person
with an enrolled key signs a fresh statement with it; one without is believed at their own account.

Not modelled: whoever can read the files of the record reads all of it (ARCHITECTURE, what labels
protect). These rules hold at the doors, and for everything that leaves through them.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from datetime import datetime

from tocsin.desk.people import actor, check_oneself
from tocsin.desk.record import Writer
from tocsin.facts import Access, Author, Proof, Refused
from tocsin.facts.canonical import canonical
from tocsin.facts.entry import INCIDENT_PREFIX
from tocsin.facts.record import Signer
from tocsin.incident.privilege import Space, readers, space_of
from tocsin.register.can import About, Right, Subject, check_can

READ_NAMESPACE = "tocsin-read"
"""The SSHSIG namespace of a person's signature over what they want to read."""

EVERYDAY = frozenset({Access.OPS})
"""What every door shows unless a reader is proven."""


def space(desk: Writer, log: str) -> Space:
    """Counsel's space of the incident of this log; an empty one for every other log."""
    return space_of(desk.known(log).entries) if log.startswith(INCIDENT_PREFIX) else Space()


Seen = Callable[[str], Collection[Access]]
"""Which labels of a log somebody may read."""


def everyday(log: str) -> Collection[Access]:
    """What every responder may read of any log."""
    return EVERYDAY


def seen_by(desk: Writer, author: Author) -> Seen:
    """What an author may read who is about to sign what they do: a name alone opens nothing."""
    if author.proof is not Proof.SIGNATURE:
        return everyday
    subject = _subject(desk, author)
    return lambda log: readers(subject, space(desk, log))


def labels_proven(
    desk: Writer, log: str, author: Author, wanted: frozenset[Access], sign: Signer | None
) -> frozenset[Access]:
    """The labels that this reader asked for, all of them; nothing is quietly left out.

    Args:
        sign: signs in `READ_NAMESPACE`; None where the reader named no key.

    Raises:
        Refused: they are not for this reader, or the reader is not proven.
    """
    if wanted <= EVERYDAY:
        return wanted
    _check_proven(desk, log, author, wanted, sign)
    subject = _subject(desk, author)
    members = space(desk, log).members
    for label in sorted(wanted, key=lambda one: one.value):
        check_can(subject, Right.READ, About(access=label, readers=members))
    return wanted


def reading_statement(origin: str, log: str, wanted: frozenset[Access], at: datetime) -> bytes:
    """The words a person signs to read, good for this log and this instant alone."""
    return canonical(
        {
            "at": at.isoformat(),
            "labels": ",".join(sorted(label.value for label in wanted)),
            "log": log,
            "origin": origin,
            "v": 1,
        }
    )


def labels_of(desk: Writer, author: Author, within: Space) -> frozenset[Access]:
    """What of an incident an author reads who decides about it: all, only where proven."""
    try:
        check_oneself(desk, author)
    except Refused:
        return EVERYDAY
    if author.proof is not Proof.SIGNATURE and author.account != author.who:
        return EVERYDAY
    return readers(_subject(desk, author), within)


def _subject(desk: Writer, author: Author) -> Subject:
    register = desk.knowledge.nearest_register()
    return Subject(
        who=author.who,
        kind=author.kind,
        proof=author.proof,
        roles=actor(desk, author.who).roles,
        known=author.who in register.people,
    )


def _check_proven(
    desk: Writer, log: str, author: Author, wanted: frozenset[Access], sign: Signer | None
) -> None:
    named = " or ".join(sorted(one.value for one in wanted - EVERYDAY))
    if author.proof is Proof.SIGNATURE and sign is not None:
        now = desk.world.clock.now()
        message = reading_statement(desk.world.journal.origin, log, wanted, now)
        proven = desk.knowledge.keyring().person_proven(message, sign(message), READ_NAMESPACE, now)
        if proven != (author.who, author.key):
            raise Refused(f"the key is {proven[0]}'s, not {author.who}'s; read with your own")
        return
    check_oneself(desk, author)
    if author.account != author.who:
        raise Refused(
            f"{author.who} is only a name that was typed; what is for {named} is read with your "
            f"key: --as {author.who} --key FILE"
        )
