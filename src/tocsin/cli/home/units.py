"""The systemd units of a home: each process with no more than it needs, and started again for ever.

The switch may only read, and so cannot be made to do more. What may be written is the home, the
folders that are named, and nothing else.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import msgspec

SERVED = ("work", "watch", "web", "switch")
READS_ONLY = {"switch"}
DESCRIBED = {
    "work": "Tocsin: carries out what plans ordered",
    "watch": "Tocsin: watches inference logs",
    "web": "Tocsin: answers over HTTP",
    "switch": "Tocsin: the kill switch",
    "backup": "Tocsin: a backup of the home",
}
KEPT = 14
# One word of a setting a line, as `systemd-analyze security` names them.
LOCKED = """\
NoNewPrivileges=yes
CapabilityBoundingSet=
AmbientCapabilities=
PrivateTmp=yes
PrivateDevices=yes
PrivateMounts=yes
ProtectSystem=strict
ProtectKernelTunables=yes
ProtectKernelModules=yes
ProtectKernelLogs=yes
ProtectControlGroups=yes
ProtectClock=yes
ProtectHostname=yes
ProtectProc=invisible
ProcSubset=pid
RestrictAddressFamilies=AF_UNIX AF_INET AF_INET6
RestrictNamespaces=yes
RestrictRealtime=yes
RestrictSUIDSGID=yes
RemoveIPC=yes
LockPersonality=yes
SystemCallArchitectures=native
SystemCallFilter=@system-service
SystemCallFilter=~@privileged @resources
SystemCallErrorNumber=EPERM
UMask=0077
"""


class Installed(msgspec.Struct, frozen=True, kw_only=True):
    """What units are written for.

    Args:
        command: the `tocsin` that they start.
        home: absolute.
        user: the account under which they run; it owns the home.
        writes: further folders that may be written, such as where a switch's file lies.
        backups: where a backup is made each night; None makes none.
    """

    command: Path
    home: Path
    user: str
    writes: tuple[Path, ...] = ()
    backups: Path | None = None


def units(made: Installed) -> Mapping[str, str]:
    """The units by their file names."""
    found = {f"tocsin-{name}.service": _served(made, name) for name in SERVED}
    found["tocsin.target"] = (
        "[Unit]\nDescription=Tocsin\n"
        f"Wants={' '.join(f'tocsin-{name}.service' for name in SERVED)}"
        + (" tocsin-backup.timer" if made.backups else "")
        + "\n\n[Install]\nWantedBy=multi-user.target\n"
    )
    if made.backups is not None:
        found["tocsin-backup.service"] = _backup(made, made.backups)
        found["tocsin-backup.timer"] = (
            "[Unit]\nDescription=Tocsin: a backup each night\n\n"
            "[Timer]\nOnCalendar=*-*-* 02:30:00\nRandomizedDelaySec=20min\nPersistent=yes\n"
        )
    return found


def _served(made: Installed, name: str) -> str:
    words = {"switch": "switch serve"}.get(name, name)
    writes = () if name in READS_ONLY else (made.home, *made.writes)
    return _unit(
        made, name, words, writes,
        "Type=exec\nRestart=always\nRestartSec=2\n",
        "StartLimitIntervalSec=0\nPartOf=tocsin.target\n",
    )  # fmt: skip


def _backup(made: Installed, to: Path) -> str:
    words = f"backup --to {_quoted(to)} --keep {KEPT}"
    return _unit(made, "backup", words, (made.home, to), "Type=oneshot\n", "")


def _unit(
    made: Installed, name: str, words: str, writes: Sequence[Path], kind: str, order: str
) -> str:
    homes = _protects_homes([made.command, made.home, *writes])
    place = f"ReadOnlyPaths={_path(made.home)}\n" if name in READS_ONLY else ""
    written = "".join(f"ReadWritePaths={_path(one)}\n" for one in writes)
    return (
        f"[Unit]\nDescription={DESCRIBED[name]}\n"
        f"Wants=network-online.target time-sync.target\n"
        f"After=network-online.target time-sync.target\n{order}\n"
        f"[Service]\n{kind}User={made.user}\n"
        f"ExecStart={_quoted(made.command)} --home {_quoted(made.home)} {words}\n"
        # Secrets that the register names as env:NAME, and TOCSIN_DATABASE_URL.
        f"EnvironmentFile=-/etc/tocsin/environment\n"
        f"{written}{place}ProtectHome={homes}\n{LOCKED}"
    )


def _protects_homes(paths: Sequence[Path]) -> str:
    """The strictest that still lets the unit reach what it needs."""
    in_homes = any(path.parts[1:2] in (("home",), ("root",)) for path in paths)
    return "read-only" if in_homes else "yes"


def _quoted(path: Path) -> str:
    """A path as one word of a command line; its own signs mean nothing."""
    text = str(path).replace("\\", "\\\\").replace('"', '\\"')
    return f'"{text}"'.replace("%", "%%").replace("$", "$$")


def _path(path: Path) -> str:
    """A path as the value of a setting that takes several."""
    return f'"{path}"'.replace("%", "%%")
