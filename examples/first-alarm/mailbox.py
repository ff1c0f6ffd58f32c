"""A mail server on loopback that keeps what it is sent: a real SMTP server, for trying.

    python mailbox.py --folder mail --port 0

Each message is a file of its own in FOLDER, whole or not there, named by its Message-ID; the same
message sent twice is there once. Prints its address as one JSON line. With --refuse ADDRESS it
answers 550 to that recipient, as a server does that does not know them.
"""

from __future__ import annotations

import argparse
import asyncio
import hashlib
import json
import os
from email import message_from_bytes
from pathlib import Path

from aiosmtpd.smtp import SMTP, Envelope, Session


class Keeping:
    """Puts each message into the folder."""

    def __init__(self, folder: Path, refused: frozenset[str]) -> None:
        self.folder, self.refused = folder, refused

    async def handle_RCPT(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if address in self.refused:
            return f"550 no such mailbox: {address}"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        data = envelope.original_content or b""
        named = (
            str(message_from_bytes(data).get("Message-ID", "")) or hashlib.sha256(data).hexdigest()
        )
        name = hashlib.sha256(f"{named} {' '.join(envelope.rcpt_tos)}".encode()).hexdigest()[:16]
        fresh = self.folder / f".{name}.new"
        fresh.write_bytes(data)
        os.replace(fresh, self.folder / f"{name}.eml")
        return "250 kept"


def main() -> None:
    """Serve until interrupted."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--folder", type=Path, required=True)
    parser.add_argument("--port", type=int, default=8725, help="0 takes a free one [8725]")
    parser.add_argument("--refuse", action="append", default=[], metavar="ADDRESS")
    asked = parser.parse_args()
    asked.folder.mkdir(parents=True, exist_ok=True)
    keeping = Keeping(asked.folder, frozenset(asked.refuse))
    asyncio.run(serve(keeping, asked.port))


async def serve(keeping: Keeping, port: int) -> None:
    """Take mail until interrupted."""
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: SMTP(keeping, loop=loop), "127.0.0.1", port)
    taken = server.sockets[0].getsockname()[1]
    print(json.dumps({"listening": f"smtp://127.0.0.1:{taken}"}), flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    main()
