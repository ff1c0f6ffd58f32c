"""Takes pages as PagerDuty's Events API v2 does, and keeps them: for trying, without an account.

    python pager.py --file pages.jsonl --port 0

POST /v2/enqueue {"routing_key", "event_action", "dedup_key", "payload"} is answered 202; the same
`dedup_key` is kept once. GET /beat is counted: a dead man's switch hears whether anyone still
watches. GET /beats says how many and how long ago the last was. Needs only Python.
"""

from __future__ import annotations

import argparse
import json
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path


class Pages(ThreadingHTTPServer):
    """The server, and what it was told."""

    def __init__(self, port: int, file: Path) -> None:
        super().__init__(("127.0.0.1", port), Answering)
        self.file, self.known, self.beats = file, set[str](), list[float]()

    def keep(self, event: dict[str, object]) -> None:
        """Write an event down, unless its key was written before."""
        key = f"{event.get('event_action')} {event.get('dedup_key')}"
        if key in self.known:
            return
        self.known.add(key)
        with self.file.open("a", encoding="utf-8") as file:
            file.write(json.dumps(event) + "\n")


class Answering(BaseHTTPRequestHandler):
    """One request."""

    server: Pages

    def do_POST(self) -> None:
        """Take an event."""
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        try:
            event = json.loads(body)
            complete = event["routing_key"] and event["payload"]["summary"]
        except (ValueError, KeyError, TypeError):
            complete = ""
        if self.path != "/v2/enqueue" or not complete:
            self._answer(400, {"status": "invalid event", "message": "an event has a summary"})
            return
        self.server.keep(event)
        key = event.get("dedup_key", "")
        self._answer(202, {"status": "success", "message": "Event processed", "dedup_key": key})

    def do_GET(self) -> None:
        """Hear a sign of life, or say how many there were."""
        if self.path == "/beat":
            self.server.beats.append(time.monotonic())
        ago = time.monotonic() - self.server.beats[-1] if self.server.beats else None
        self._answer(200, {"beats": len(self.server.beats), "seconds_ago": ago})

    def _answer(self, status: int, said: dict[str, object]) -> None:
        body = json.dumps(said).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Nothing: the file says it."""


def main() -> None:
    """Serve until interrupted."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--file", type=Path, required=True)
    parser.add_argument("--port", type=int, default=8726, help="0 takes a free one [8726]")
    asked = parser.parse_args()
    server = Pages(asked.port, asked.file)
    print(json.dumps({"listening": f"http://127.0.0.1:{server.server_port}"}), flush=True)
    server.serve_forever()


if __name__ == "__main__":
    main()
