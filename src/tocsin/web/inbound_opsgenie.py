"""What clients of Opsgenie's API ask after they sent: what became of a request, and its alert's id.

An alert's id is that of a request about it, which holds its place in the inbox.
"""

from __future__ import annotations

import re

import msgspec

from tocsin.facts.deliveries import Delivery
from tocsin.signals.model import Reading
from tocsin.signals.opsgenie import ACTION
from tocsin.web.inbound_answers import JSON, Reply, id_of

_ID = re.compile(r"00000000-0000-4000-8000-([0-9a-f]{12})")
_CALLED = {"": "Create", "close": "Close", "acknowledge": "Acknowledge", "notes": "AddNote",
           "message": "UpdateMessage", "description": "UpdateDescription"}  # fmt: skip


def place_in(id_: str) -> int | None:
    """The place of the request with this id; None where none of ours is called so."""
    found = _ID.fullmatch(id_.lower())
    return int(found[1], 16) if found is not None else None


def asked_status(id_: str, delivery: Delivery | None, reading: Reading | None) -> Reply:
    """What became of a request.

    Args:
        delivery: None where there is none that the sender may ask about.
        reading: of its body; None where that was destroyed.
    """
    if delivery is None:
        why = "Request not found. It might not be processed, yet."
        said: dict[str, object] = {"message": why, "took": 0.0, "requestId": id_}
        return Reply(404, JSON, msgspec.json.encode(said))
    key = reading.signals[0].key if reading is not None and reading.signals else ""
    kept = f"kept at place {delivery.place}"
    data = {
        "success": delivery.readable,
        "isSuccess": delivery.readable,
        "action": _CALLED.get(delivery.said.get(ACTION, ""), "Other"),
        "processedAt": delivery.received_at,
        "integrationId": delivery.source,
        "status": kept if delivery.readable else f"{kept}; it could not be read",
        "alertId": id_of(delivery.place) if key else "",
        "alias": key,
    }
    return Reply(200, JSON, msgspec.json.encode({"data": data, "took": 0.0, "requestId": id_}))
