"""How a log is named, read and judged on the command line: the same words wherever it is asked.

Labels may lie in files of their own; which files, and by which column a row finds its label, is
told by two of these options.
"""

from __future__ import annotations

import argparse
import os
from pathlib import Path

import msgspec

from tocsin import wiring
from tocsin.facts import Refused
from tocsin.facts.logs import Labels, LogMapping
from tocsin.facts.looks import LogLook

LOG = "a file, a folder, a pattern in quotes, or the URL of a database with ?table="
PROFILES = "or a folder that `tocsin profile` made"


def add_detectors(made: argparse.ArgumentParser) -> None:
    """The option that says what is watched."""
    made.add_argument(
        "--detectors",
        type=Path,
        metavar="FILE",
        help="what is watched; without it, everything that the log shows",
    )


def add_reading(made: argparse.ArgumentParser) -> None:
    """The options that say how a log is read."""
    made.add_argument(
        "--mapping",
        type=Path,
        metavar="FILE",
        help="what its columns are called (the `log:` of a file of detectors); without it, by "
        "convention",
    )
    made.add_argument(
        "--window",
        metavar="LENGTH",
        help="of one window: 5m, 1h, 1d; or a number of rows, 5000, where the log tells no time",
    )
    made.add_argument(
        "--labels",
        metavar="FILES",
        help="where the truth lies if not in the log: a file, a folder or a pattern",
    )
    made.add_argument(
        "--labels-key",
        metavar="COLUMN",
        help="the column by which a row finds its label; without it, the one that both have",
    )


def labels_of(files: str | None, key: str | None, look: LogLook) -> tuple[Labels | None, LogLook]:
    """The labels that were asked for, and the look at the log with their columns in it.

    Raises:
        Refused: no file of labels can be read, or the column is not clear.
    """
    if files is None:
        if key is not None:
            raise Refused(f"--labels-key {key}: say with --labels where they lie")
        return None, look
    labels = wiring.look_at(files)
    shared = [one.name for one in labels.columns if look.column(one.name) is not None]
    if key is None:
        if len(shared) != 1:
            known = ", ".join(shared) or "none"
            raise Refused(f"--labels {files}: say with --labels-key by which column rows find "
                          f"their label; both have: {known}")  # fmt: skip
        [key] = shared
    for where, named in ((look, "the log"), (labels, f"--labels {files}")):
        if where.column(key) is None:
            known = ", ".join(shared) or "none"
            raise Refused(f"--labels-key {key}: {named} has no such column; both have: {known}")
    more = [one for one in labels.columns if look.column(one.name) is None]
    whole = msgspec.structs.replace(look, columns=(*look.columns, *more))
    return Labels(place=os.path.abspath(files), key=key), whole


def labelled(mapping: LogMapping, labels: Labels | None) -> LogMapping:
    """The mapping with these labels.

    Raises:
        Refused: it says nothing of what is true, so that labels would be read for nothing.
    """
    if labels is None:
        return mapping
    if mapping.decisions.truth is None:
        raise Refused("--labels: nothing says which label is true; write `truth: label == 1` in a "
                      "file and name it with --mapping")  # fmt: skip
    return msgspec.structs.replace(mapping, labels=labels)
