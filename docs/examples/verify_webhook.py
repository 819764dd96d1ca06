"""Checks that a message came from Likeness. It needs nothing but Python 3: copy `verify` into your own server.

    verify(secret, headers, body)

`secret` is `whsec_..`, of GET /api/v1/webhook-secret; `headers` are the request's, with names in lower case; `body` is its body as bytes, before
anything is made of it. By itself this file takes {"secret", "headers", "body"} as JSON on its standard input, and ends with 0 or 1.
"""

import base64
import hashlib
import hmac
import json
import sys
import time

SECONDS_OLD_MAX = 5 * 60


def verify(secret, headers, body, now=None):
    """Whether the message is ours, and of the last five minutes. Its `webhook-id` is the same each time that it is sent: do what it says once."""
    name, sent_at = headers["webhook-id"], headers["webhook-timestamp"]
    if abs((now or time.time()) - int(sent_at)) > SECONDS_OLD_MAX:
        return False
    key = base64.b64decode(secret.removeprefix("whsec_"))
    signed = f"{name}.{sent_at}.".encode() + body
    expected = base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest())
    # While a secret is being replaced there is a signature with each.
    signatures = [part.removeprefix("v1,").encode() for part in headers["webhook-signature"].split()]
    return any(hmac.compare_digest(signature, expected) for signature in signatures)


if __name__ == "__main__":
    message = json.load(sys.stdin)
    sys.exit(0 if verify(message["secret"], message["headers"], message["body"].encode()) else 1)
