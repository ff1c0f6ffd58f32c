"""`tocsin demo`: a whole incident without a keyboard, in a folder to be looked at afterwards."""

from __future__ import annotations

import argparse
from pathlib import Path

from tocsin.cli.arguments import Commands, command
from tocsin.cli.screen import Answer, Screen
from tocsin.cli.story.stage import Stage, fresh_folder
from tocsin.cli.story.tale import tale
from tocsin.world import RealClock


def add(places: Commands) -> None:
    made = command(
        places,
        "demo",
        run_demo,
        "show a whole incident: killed in the middle, recovered, exported, forged, refused",
    )
    made.add_argument("--folder", type=Path, default=Path("demo-home"),
                      help="where it takes place (default %(default)s)")  # fmt: skip


def run_demo(args: argparse.Namespace, screen: Screen) -> Answer:
    folder = fresh_folder(args.folder)
    stage = Stage(folder, screen, RealClock())
    try:
        told = tale(stage)
    finally:
        stage.clear()
    return Answer(data=told, text="\n".join(stage.where_to_look()))
