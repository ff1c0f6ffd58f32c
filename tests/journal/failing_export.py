"""Evidence packages written to a disk that fails once: `failing_export.py FOLDER WHEN ERROR`.

Each call to the disk fails in turn. Prints the name of each call that failed.
"""

from __future__ import annotations

import itertools
import shutil
import sys
from pathlib import Path

from paper_record import LOG, PaperClock, small_record

from failing_disk import When, failed, failing
from tocsin.facts import Unreachable
from tocsin.journal.export import export
from tocsin.journal.verify import Trust, verify_bag


def main(folder: Path, when: When, error: int) -> None:
    record = small_record()
    trust = Trust(key=record.key.fingerprint)
    for call in itertools.count(1):
        to = folder / str(call) / "package"
        to.parent.mkdir(parents=True)
        try:
            with failing(to.parent, call, when, error):
                export(record, LOG, to, key=record.key, clock=PaperClock())
        except Unreachable as told:
            assert failed() and str(to) in str(told)
            assert not list(to.parent.iterdir()), f"{failed()} left something behind"
            export(record, LOG, to, key=record.key, clock=PaperClock())
        else:
            assert not failed(), f"a failed {failed()} was passed over in silence"
        assert verify_bag(to, trust).accepted
        shutil.rmtree(to.parent)
        if not failed():
            return
        print(failed(), flush=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]), When(int(sys.argv[2])), int(sys.argv[3]))
