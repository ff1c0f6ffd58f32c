"""A real MLflow server on loopback, in a folder of its own: SQLite and files.

    python registry.py --folder registry --port 0

Prints its address once it answers, which takes half a minute or more on a small machine. Ends,
and ends the server, on SIGTERM or Ctrl-C. The server's own words go to FOLDER/server.log.
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

START_SECONDS_MAX = 300


def free_port() -> int:
    """A port that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def started(folder: Path, port: int) -> subprocess.Popen[bytes]:
    """The server's process; it does not answer yet."""
    folder = folder.resolve()
    (folder / "artifacts").mkdir(parents=True, exist_ok=True)
    command = [sys.executable, "-m", "mlflow", "server", "--host", "127.0.0.1"]
    command += ["--port", str(port), "--workers", "1"]
    command += ["--backend-store-uri", f"sqlite:///{folder / 'registry.db'}"]
    command += ["--artifacts-destination", str(folder / "artifacts")]
    quiet = {"MLFLOW_DISABLE_TELEMETRY": "true", "DO_NOT_TRACK": "true", "OMP_NUM_THREADS": "1"}
    # Eight more processes that only judge traces; a registry needs none of them.
    quiet["MLFLOW_SERVER_ENABLE_JOB_EXECUTION"] = "false"
    with (folder / "server.log").open("ab") as log:
        return subprocess.Popen(
            command,
            env={**os.environ, **quiet},
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,  # so that its worker ends with it
        )


def healthy(address: str) -> bool:
    """Whether the server answers."""
    try:
        with urllib.request.urlopen(f"{address}/health", timeout=2) as heard:
            return bool(heard.status == 200)
    except (urllib.error.URLError, OSError):
        return False


def ended(server: subprocess.Popen[bytes]) -> None:
    """Ends the server and its worker."""
    for sign in (signal.SIGTERM, signal.SIGKILL):
        try:
            os.killpg(server.pid, sign)
            server.wait(timeout=10)
        except ProcessLookupError:
            return
        except subprocess.TimeoutExpired:
            continue


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--folder", type=Path, required=True, help="database, artifacts, log")
    parser.add_argument("--port", type=int, default=0, help="0 takes a free one")
    asked = parser.parse_args()
    port = asked.port or free_port()
    address, began = f"http://127.0.0.1:{port}", time.monotonic()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    server = started(asked.folder, port)
    try:
        while not healthy(address):
            if server.poll() is not None or time.monotonic() - began > START_SECONDS_MAX:
                sys.exit(f"the MLflow server did not start; see {asked.folder / 'server.log'}")
            time.sleep(0.25)
        took = round(time.monotonic() - began, 1)
        print(json.dumps({"listening": address, "name": "registry", "seconds": took}), flush=True)
        sys.exit(server.wait())
    except KeyboardInterrupt:
        sys.exit(0)
    finally:
        ended(server)


if __name__ == "__main__":
    main()
