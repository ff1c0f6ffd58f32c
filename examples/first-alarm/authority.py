"""A time-stamping authority on loopback, for trying: `openssl ts` behind a small HTTP door.

    python authority.py --folder authority --port 0

Makes a key and a certificate of its own in FOLDER; `FOLDER/ca.pem` is what a reader trusts. It is
no proof to anybody: a real authority is somebody else's. Needs the program openssl.
"""

from __future__ import annotations

import argparse
import json
import subprocess
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

CONFIG = """\
[req]
distinguished_name = name
prompt = no
[name]
CN = Example authority of time
[ca]
basicConstraints = critical, CA:true
keyUsage = critical, keyCertSign
[stamps]
basicConstraints = CA:false
extendedKeyUsage = critical, timeStamping
[authority]
serial = FOLDER/serial
crypto_device = builtin
signer_cert = FOLDER/stamps.pem
signer_key = FOLDER/stamps.key
signer_digest = sha256
default_policy = 1.3.6.1.4.1.32473.1
digests = sha256
ess_cert_id_alg = sha256
"""


def founded(folder: Path) -> Path:
    """The authority's configuration, with its keys and certificates made."""
    folder.mkdir(parents=True, exist_ok=True)
    config = folder / "openssl.cnf"
    config.write_text(CONFIG.replace("FOLDER", str(folder.resolve())))
    (folder / "serial").write_text("01\n")
    ca, stamps = folder / "ca", folder / "stamps"
    new = ("req", "-config", config, "-newkey", "rsa:2048", "-nodes")
    openssl(*new, "-x509", "-extensions", "ca", "-days", "2", "-keyout", f"{ca}.key",
            "-out", f"{ca}.pem")  # fmt: skip
    openssl(*new, "-keyout", f"{stamps}.key", "-out", f"{stamps}.csr")
    openssl("x509", "-req", "-in", f"{stamps}.csr", "-CA", f"{ca}.pem", "-CAkey", f"{ca}.key",
            "-CAcreateserial", "-days", "2", "-extfile", config, "-extensions", "stamps",
            "-out", f"{stamps}.pem")  # fmt: skip
    return config


def openssl(*words: object) -> None:
    """Run openssl; its own words come through when it fails."""
    subprocess.run(["openssl", *map(str, words)], check=True, stderr=subprocess.DEVNULL)


def stamped(config: Path, query: bytes) -> bytes:
    """The answer to a request for a time stamp."""
    asked = config.parent / "query.tsq"
    asked.write_bytes(query)
    made = subprocess.run(
        ["openssl", "ts", "-reply", "-config", str(config), "-section", "authority",
         "-queryfile", str(asked)],
        capture_output=True, check=True,
    )  # fmt: skip
    return made.stdout


def main() -> None:
    """Serve until interrupted."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--folder", type=Path, required=True)
    parser.add_argument("--port", type=int, default=8727, help="0 takes a free one [8727]")
    asked = parser.parse_args()
    config = founded(asked.folder)

    class Stamping(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            query = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            try:
                status, answer = 200, stamped(config, query)
            except subprocess.CalledProcessError:
                status, answer = 400, b""
            self.send_response(status)
            self.send_header("Content-Type", "application/timestamp-reply")
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, format: str, *args: object) -> None:
            """Nothing."""

    server = HTTPServer(("127.0.0.1", asked.port), Stamping)
    print(json.dumps({"listening": f"http://127.0.0.1:{server.server_port}"}), flush=True)
    server.serve_forever()


if __name__ == "__main__":
    main()
