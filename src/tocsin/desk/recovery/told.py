"""Tells counsel and the commander that a system comes back without something its gate asks."""

from __future__ import annotations

from tocsin.desk.loaded.rules import addresses_of
from tocsin.desk.record import Writer
from tocsin.desk.words.messages import plan_of_words
from tocsin.desk.words.telling import mail_of
from tocsin.facts import Refused
from tocsin.facts.entry import INCIDENT_PREFIX
from tocsin.facts.recovery import ShortcutTaken

TOLD = ("counsel", "commander")


def telling_of(desk: Writer, log: str, fact: ShortcutTaken) -> tuple[bytes | None, str]:
    """A plan of one step that tells them, or None and why nobody can be told."""
    incident = log.removeprefix(INCIDENT_PREFIX)
    register = desk.knowledge.register()
    heard = [one for one in TOLD if addresses_of(register, one)]
    if not heard:
        return None, f"nobody with an email address is {' or '.join(TOLD)} in the register"
    try:
        through = mail_of(desk, register)
    except Refused as why:
        return None, str(why)
    subject = f"Shortcut: {fact.system} comes back without {fact.skipped} [{incident}]"
    text = (
        f"{fact.system}, candidate {fact.candidate}, may come back without {fact.skipped}, which "
        f"its gate asks. It is to be done properly by {fact.expires_at:%Y-%m-%d %H:%M} UTC.\n"
        f"Who signed it and why: tocsin recovery status {incident}\n"
    )
    return plan_of_words("shortcut-told", heard, subject, text, through=through), ""
