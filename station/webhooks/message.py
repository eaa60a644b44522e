"""One request of a webhook: a CloudEvents envelope, signed as Standard Webhooks says. Pure.

Source: CloudEvents 1.0.2, JSON event format and HTTP binding 3.2 (structured mode); Standard
Webhooks 1.0, "Webhook payload" and "Signature scheme".
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from typing import Final
from urllib.parse import quote

from station.core.orders import EventRecord

CONTENT_TYPE: Final = "application/cloudevents+json; charset=utf-8"
TYPE: Final = "station.order."  #: and the kind of the event


def delivery_id(station: str, event: int) -> str:
    """Return the id of an event at one station: the same for every attempt to deliver it."""
    return f"evt_{quote(station, safe='')}_{event}"


def envelope(station: str, event: EventRecord) -> bytes:
    """Return the body: what the history has of the event, which holds nothing personal."""
    fields = {
        "specversion": "1.0",
        "id": delivery_id(station, event.seq),
        "source": f"urn:card-station:{quote(station, safe='')}",
        "type": f"{TYPE}{event.kind}",
        "subject": event.order,
        "time": event.at.isoformat(),
        "datacontenttype": "application/json",
        "data": {
            "seq": event.seq,
            "order": event.order,
            "kind": event.kind,
            "actor": event.actor,
            "data": dict(event.data),
        },
    }
    return json.dumps(fields, ensure_ascii=False, separators=(",", ":")).encode()


def headers(secret: bytes, message: str, timestamp: int, body: bytes) -> dict[str, str]:
    """Return the headers that let the receiver verify sender, time and content."""
    signed = b".".join((message.encode("ascii"), str(timestamp).encode("ascii"), body))
    signature = base64.b64encode(hmac.new(secret, signed, hashlib.sha256).digest())
    return {
        "Content-Type": CONTENT_TYPE,
        "webhook-id": message,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": f"v1,{signature.decode('ascii')}",
    }
