"""Obeys signed orders over HTTP, each once, and logs every call. Standard library only.

RECEIVER_SECRET='at least sixteen bytes' python receiver.py --folder FOLDER [--port PORT]

The folder holds `states.json` (states and the orders obeyed, replaced as a whole), `served.json`
(what a protected program reads) and `calls.jsonl` (a line a call; "effect" is true once for each).
Prints one JSON line with its address when it listens.
"""

from __future__ import annotations

import argparse
import base64
import hashlib
import hmac
import json
import os
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import unquote

BODY_BYTES_MAX = 64 * 1024
TOLERANCE_SECONDS = 300


class Book:
    """States, the orders obeyed, and the log of calls. What it has answered, it has on disk."""

    def __init__(self, folder: Path, targets: list[str], first: str) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.folder, self.lock = folder, threading.Lock()
        self.states: dict[str, str] = dict.fromkeys(targets, first)
        self.orders: dict[str, dict[str, str]] = {}
        kept = folder / "states.json"
        if kept.exists():
            found = json.loads(kept.read_text())
            self.states.update(found["states"])
            self.orders = found["orders"]
        self._write("served.json", self.states)

    def obey(self, key: str, target: str, wanted: str) -> bool:
        """Whether this call had an effect; False: the key was obeyed before."""
        with self.lock:
            if key in self.orders:
                return False
            before = self.states.get(target, "unknown")
            states = {**self.states, target: wanted}
            orders = {**self.orders, key: {"key": key, "before": before, "after": wanted}}
            self._write("states.json", {"states": states, "orders": orders})
            self._write("served.json", states)
            self.states, self.orders = states, orders
            return True

    def log(self, line: dict[str, object]) -> None:
        text = json.dumps({"at": round(time.time(), 3), **line}, sort_keys=True)
        with self.lock, (self.folder / "calls.jsonl").open("a") as file:
            file.write(text + "\n")

    def _write(self, name: str, value: object) -> None:
        fresh = self.folder / f".{name}.new"
        with fresh.open("w") as file:
            json.dump(value, file, indent=1)
            file.flush()
            os.fsync(file.fileno())
        fresh.replace(self.folder / name)


def objection(headers: dict[str, str], body: bytes, secret: bytes) -> str | None:
    """Why a call is not proven: `webhook-signature` is "v1," and the Base64 of HMAC-SHA256 over
    `webhook-id`.`webhook-timestamp`.body."""
    message = headers.get("webhook-id", "")
    timestamp = headers.get("webhook-timestamp", "")
    content = f"{message}.{timestamp}.".encode() + body
    digest = hmac.new(secret, content, hashlib.sha256).digest()
    right = b"v1," + base64.b64encode(digest)
    offered = headers.get("webhook-signature", "").encode().split()
    if not any([hmac.compare_digest(one, right) for one in offered]):
        return "the signature does not match"
    if not timestamp.isdigit() or abs(time.time() - int(timestamp)) > TOLERANCE_SECONDS:
        return "too old or too new; is a clock wrong?"
    return None


class Call(BaseHTTPRequestHandler):
    """One call."""

    server: Receiver

    def do_POST(self) -> None:
        size = int(self.headers.get("content-length") or 0)
        if self.path != "/orders" or not 0 < size <= BODY_BYTES_MAX:
            return self.answer(404 if self.path != "/orders" else 413, {"error": "POST /orders"})
        body = self.rfile.read(size)
        headers = {name.lower(): value for name, value in self.headers.items()}
        refused = objection(headers, body, self.server.secret)
        if refused:
            self.server.book.log({"path": self.path, "refused": refused})
            return self.answer(401, {"error": refused})
        try:
            order = json.loads(body)
            key, target, wanted = (str(order[name]) for name in ("key", "target", "wanted"))
        except (ValueError, KeyError, TypeError):
            return self.answer(422, {"error": "an order has key, target and wanted"})
        if key != headers.get("webhook-id"):
            return self.answer(422, {"error": "the signed id is not the order's key"})
        effect = self.server.book.obey(key, target, wanted)
        self.server.book.log(
            {"path": self.path, "key": key, "target": target, "wanted": wanted, "effect": effect}
        )
        time.sleep(self.server.pause if effect else 0)
        return self.answer(200, {"accepted": True, "repeated": not effect})

    def do_GET(self) -> None:
        sort, _, name = self.path.lstrip("/").partition("/")
        name, book = unquote(name), self.server.book
        book.log({"path": self.path})
        if sort == "state" and name in book.states:
            return self.answer(200, {"state": book.states[name]})
        if sort == "orders" and name in book.orders:
            return self.answer(200, book.orders[name])
        if sort == "orders":
            return self.answer(404, {"unknown": name})
        return self.answer(404, {"error": "GET /state/TARGET or /orders/KEY; not known"})

    def answer(self, status: int, value: object) -> None:
        body = json.dumps(value).encode()
        try:
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)
        except OSError:  # whoever asked is gone; what was done stays done
            self.close_connection = True

    def log_message(self, format: str, *args: object) -> None:
        return


class Receiver(ThreadingHTTPServer):
    """Listens on this machine only."""

    daemon_threads = True

    def __init__(self, port: int, book: Book, secret: bytes, pause: float) -> None:
        super().__init__(("127.0.0.1", port), Call)
        self.book, self.secret, self.pause = book, secret, pause


def main() -> int:
    words = argparse.ArgumentParser(description=__doc__)
    words.add_argument("--folder", type=Path, required=True)
    words.add_argument("--port", type=int, default=0, help="0 takes any free one")
    words.add_argument("--target", action="append", default=[], help="known from the start")
    words.add_argument("--first", default="on", help="the state of targets at the start")
    words.add_argument("--pause", type=float, default=0.0, help="seconds from effect to answer")
    given = words.parse_args()
    secret = os.environ.get("RECEIVER_SECRET", "").encode()
    if len(secret) < 16:
        print("set RECEIVER_SECRET to at least sixteen bytes", file=sys.stderr)
        return 2
    book = Book(given.folder, given.target or ["assistant"], given.first)
    receiver = Receiver(given.port, book, secret, given.pause)
    print(json.dumps({"listening": f"http://127.0.0.1:{receiver.server_address[1]}"}), flush=True)
    try:
        receiver.serve_forever()
    except KeyboardInterrupt:
        return 0
    return 0


if __name__ == "__main__":
    sys.exit(main())
