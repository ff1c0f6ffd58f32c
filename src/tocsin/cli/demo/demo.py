"""`tocsin demo`: the first alarm, end to end, without a keyboard, in a folder to be looked at."""

from __future__ import annotations

import argparse
import os
from pathlib import Path

from tocsin.cli.demo import services
from tocsin.cli.demo.environment import VARIABLE, example_python
from tocsin.cli.demo.stage import Stage, fresh_folder
from tocsin.cli.demo.tale import set_up, tale
from tocsin.cli.frame.arguments import Commands, command
from tocsin.cli.frame.screen import Answer, Screen
from tocsin.cli.frame.shipped import examples
from tocsin.world import RealClock


def add(places: Commands) -> None:
    made = command(
        places, "demo", run_demo,
        "a real assistant fails: noticed, stopped, rolled back, seen, told, proven",
        examples="  tocsin demo\n"
        f"  {VARIABLE}=env/bin/python tocsin demo   # an interpreter that has MLflow already",
    )  # fmt: skip
    made.add_argument("--folder", type=Path, default=Path("demo-home"),
                      help="where it takes place (default %(default)s)")  # fmt: skip
    made.add_argument("--data", type=Path, metavar="FILE",
                      help="CLINC150's data_full.json: 22,500 real utterances")  # fmt: skip
    made.add_argument("--environments", type=Path, default=_cache(), metavar="DIR",
                      help="where MLflow's environment is kept (default %(default)s)")  # fmt: skip


def run_demo(args: argparse.Namespace, screen: Screen) -> Answer:
    folder = fresh_folder(args.folder)
    requirements = examples("first-alarm") / "requirements.txt"
    python = example_python(requirements, args.environments, screen)
    stage = Stage(folder, screen, RealClock())
    try:
        stage.stage("Set-up: the registry (half a minute or more), knowledge, people, mail, pager")
        made = services.started(stage, python, args.data and args.data.resolve())
        key, keys = set_up(stage, made)
        stage.begin_story()
        told = tale(stage, made, key, keys)
    finally:
        stage.clear()
    return Answer(data=told, text="\n".join(stage.where_to_look()))


def _cache() -> Path:
    place = os.environ.get("XDG_CACHE_HOME")
    return (Path(place) if place else Path.home() / ".cache") / "tocsin"
