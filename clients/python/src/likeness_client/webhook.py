"""Messages of a deployment, told from others."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import time
from collections.abc import Mapping
from typing import cast

from .errors import LikenessError
from .models import TaskMessage


def verify_webhook(headers: Mapping[str, str], body: bytes, secret: str, tolerance: float = 300.0) -> TaskMessage:
    """The message, once it is known to be the deployment's; `INVALID_SIGNATURE` is raised where it is not.

    `headers` and `body` are the request's, the body as it came: before anything is made of it. `secret` is `whsec_..`, as `webhook_secret()` gives
    it. `tolerance` is how many seconds its time may be from ours, either way: 5 minutes unless told.
    Its `webhook-id` header is the same each time that it is sent: do what it says once.
    """
    lower = {name.lower(): value for name, value in headers.items()}
    name, sent_at, signatures = (lower.get(f"webhook-{part}", "") for part in ("id", "timestamp", "signature"))
    if not (name and sent_at and signatures):
        raise _refused("a header is missing")
    if not (sent_at.isascii() and sent_at.isdigit()) or abs(time.time() - int(sent_at)) > tolerance:
        raise _refused("it is too old, or of the future")
    try:
        key = base64.b64decode(secret.removeprefix("whsec_"), validate=True)
    except ValueError:
        key = b""
    # An empty key would sign for everybody.
    if not key:
        raise _refused("the secret is none")
    expected = base64.b64encode(hmac.new(key, f"{name}.{sent_at}.".encode() + body, hashlib.sha256).digest())
    # While a secret is being replaced there is a signature with each.
    given = [part.removeprefix("v1,").encode() for part in signatures.split()]
    if not any(hmac.compare_digest(signature, expected) for signature in given):
        raise _refused("no signature is made with this secret")
    return cast(TaskMessage, json.loads(body))


def _refused(why: str) -> LikenessError:
    return LikenessError("INVALID_SIGNATURE", f"the message is not the deployment's: {why}")
