"""Labels in files of their own, named on the command line: which files, and by which column."""

from __future__ import annotations

import argparse
import os

import msgspec

from tocsin import wiring
from tocsin.facts import Refused
from tocsin.facts.logs import Labels, LogMapping
from tocsin.facts.looks import LogLook


def add_labels(made: argparse.ArgumentParser) -> None:
    """The two options."""
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
