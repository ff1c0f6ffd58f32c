"""Chooses the live world of a home. Knows everyone; only doors know it.

A home is a folder: `tocsin.toml` (the record's origin), `keys/log.key`, `journal.db`, `vault/`,
`register/` and `reserve`. `found` makes all of it and may be run again after a crash.
"""

from tocsin.journal.migrate import NEWEST
from tocsin.sources.remembered import KeptLog, kept_in
from tocsin.wiring.backup import BackedUp, back_up, outdated
from tocsin.wiring.equipment import OTHER_KINDS, declared, emptying
from tocsin.wiring.founding import Founded, found
from tocsin.wiring.live import Opened, for_reader, holding, open_home, reread, written_at
from tocsin.wiring.logs import log_source, look_at, name_of, profiled_log, profiles_in
from tocsin.wiring.places import HOME_AUTHOR, origin_of
from tocsin.wiring.playbooks import house_of, linted_files, linted_plans
from tocsin.wiring.restoring import Restored, bring_forward, restore, tables_of
from tocsin.wiring.signing import OtherKey, next_key
from tocsin.wiring.switches import switches_in, switches_of

__all__ = [
    "HOME_AUTHOR",
    "NEWEST",
    "OTHER_KINDS",
    "BackedUp",
    "Founded",
    "KeptLog",
    "Opened",
    "OtherKey",
    "Restored",
    "back_up",
    "bring_forward",
    "declared",
    "emptying",
    "for_reader",
    "found",
    "holding",
    "house_of",
    "kept_in",
    "linted_files",
    "linted_plans",
    "log_source",
    "look_at",
    "name_of",
    "next_key",
    "open_home",
    "origin_of",
    "outdated",
    "profiled_log",
    "profiles_in",
    "reread",
    "restore",
    "switches_in",
    "switches_of",
    "tables_of",
    "written_at",
]
