"""The units of a home: what systemd itself says of them, and that the switch may only read."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from cli_seat import Keyboard
from tocsin.cli.home.units import Installed, units

MADE = Installed(
    command=Path("/usr/bin/true"),
    home=Path("/srv/to csin%1"),
    user="daemon",
    writes=(Path("/srv/switch"),),
    backups=Path("/srv/backups"),
)
EXPOSED_MOST = 2.5  # of 10, as systemd reckons it
needs_systemd = pytest.mark.skipif(
    shutil.which("systemd-analyze") is None, reason="systemd-analyze is not here"
)


def test_the_switch_may_write_nothing_and_the_others_no_more_than_they_must() -> None:
    found = units(MADE)
    assert "ReadWritePaths" not in found["tocsin-switch.service"]
    for name in ("work", "watch", "web"):
        text = found[f"tocsin-{name}.service"]
        assert re.findall(r"ReadWritePaths=(.*)", text) == ['"/srv/to csin%%1"', '"/srv/switch"']
        assert "Restart=always" in text and "NoNewPrivileges=yes" in text
    assert "--keep 14" in found["tocsin-backup.service"]


def test_without_a_folder_for_them_no_backup_is_made() -> None:
    found = units(Installed(command=MADE.command, home=Path("/home/a/h"), user="daemon"))
    assert not [name for name in found if "backup" in name]
    assert "ProtectHome=read-only" in found["tocsin-work.service"]


@needs_systemd
def test_systemd_finds_nothing_to_mend_and_little_exposed(tmp_path: Path) -> None:
    found = units(MADE)
    for name, text in found.items():
        (tmp_path / name).write_text(text)
    services = [str(tmp_path / name) for name in found if name.endswith(".service")]
    done = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", *services],
        capture_output=True, text=True, check=False, env={"SYSTEMD_UNIT_PATH": f"{tmp_path}:"},
    )  # fmt: skip
    ours = [line for line in done.stderr.splitlines() if "tocsin" in line]
    assert ours == [] and done.returncode == 0, done.stderr
    for one in services:
        told = subprocess.run(
            ["systemd-analyze", "security", "--offline=true", "--no-pager", one],
            capture_output=True, text=True, check=False,
        ).stdout  # fmt: skip
        score = re.search(r"exposure level.*: ([0-9.]+)", told)
        assert score is not None and float(score[1]) <= EXPOSED_MOST, told


def test_init_writes_them_and_says_how_they_are_installed(
    tocsin: Keyboard, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        "tocsin.cli.home.installing._command", lambda: Path("/opt/tocsin/bin/tocsin")
    )
    made = tocsin.done("init", "--service", "--user", "tocsin", "--backups", tmp_path / "b")
    texts = {Path(one).name: Path(one).read_text() for one in made["units"]}
    assert len(texts) == 7 and made["new"] is False
    home = Path(made["home"])
    assert (
        f'ExecStart="/opt/tocsin/bin/tocsin" --home "{home}" watch'
        in (texts["tocsin-watch.service"])
    )
    assert "systemctl enable --now" in tocsin("init", "--service").out
    assert tocsin("init", "--service", "--user", "a\nExecStart=/bin/sh").status == 2
