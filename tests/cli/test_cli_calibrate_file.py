"""What `tocsin detect calibrate` prints is a whole file of a home, but for the system's name."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from written_logs import columns, written

from tocsin.cli.main import main
from tocsin.desk.alarms.compared import compared
from tocsin.detection import read_declaration
from tocsin.register.model import Register, System
from tocsin.wiring.detectors import logs_of
from tocsin.world import RealClock

REGISTER = Register(systems={"chat": System(id="chat", name="C", owner="ana", tier=1, log="log")})


@pytest.mark.parametrize("timed", [True, False])
def test_it_is_accepted_in_a_home_once_the_system_is_named(
    timed: bool, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    draw = np.random.default_rng(6)
    found = columns(2, 20_000, timed=timed) | {
        "sex": draw.choice(["f", "m"], 20_000), "prediction": draw.integers(0, 2, 20_000),
        "predicted_probability": draw.random(20_000), "label": draw.integers(0, 2, 20_000),
    }  # fmt: skip
    healthy = written(tmp_path / "healthy.parquet", found)
    main(["detect", "calibrate", healthy, "--json"])
    told = json.loads(capsys.readouterr().out)["yaml"]
    home = tmp_path / "home"
    (home / "detectors").mkdir(parents=True)
    (home / "log").mkdir()
    file = home / "detectors" / "chat.yaml"
    file.write_text(told)
    (mistake,) = logs_of(REGISTER, home, RealClock()).mistakes
    assert (mistake.line, mistake.path) == (1, "system") and "name-of-your-system" in mistake.found
    file.write_text(told.replace("name-of-your-system", "chat"))
    logs = logs_of(REGISTER, home, RealClock())
    assert logs.mistakes == [] and logs.sources["chat"].mapping.decisions.groups == ("sex",)
    written(home / "log" / "a.parquet", found)
    declared, mistakes = read_declaration(file.read_bytes())
    assert declared is not None and not mistakes and declared.reference == healthy
    against = compared(logs.references, declared)
    assert against.failed is None and against.windows
    refreshed = logs.sources["chat"].refresh()
    assert refreshed.rejected == ()
    read = {w.cells[0].requests for w in logs.sources["chat"].windows() if w.cells}
    assert read and against.declared.detectors == declared.detectors
