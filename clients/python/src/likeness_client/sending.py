"""How requests are sent, and sent again."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from typing import TypeVar

import httpx

from .errors import LikenessError, error_of

Taken = TypeVar("Taken")

#: Longest time for one answer, in seconds: a training's photos are fetched before it is answered.
ANSWER_SECONDS_MAX = 180.0
#: Longest time for a connection, in seconds.
CONNECT_SECONDS_MAX = 10.0
#: How often a request is sent, at most, where no answer comes.
LOST_MAX = 5
#: The shortest pause, in seconds, and that after the first lost answer; after each further one it is twice as long.
PAUSE = 0.5
#: What costs: these take an `Idempotency-Key`.
COSTS = re.compile(r"/api/v1/(generate|characters/create|characters/[^/]+/(generate|train)|tools/[a-z-]+)$")
#: POSTs that can be done twice without harm.
HARMLESS = re.compile(r"/api/v1/(estimate|upload)$")


def send(
    http: httpx.Client, request: httpx.Request, take: Callable[[httpx.Response], Taken], retry_seconds: float, *, follow_redirects: bool = False
) -> Taken:
    """Sends a request, repeats it where that helps and harms nothing, and takes what it needs of the answer. Anything but success is raised."""
    end = time.monotonic() + retry_seconds
    lost = 0
    while True:
        try:
            return _attempt(http, request, take, follow_redirects)
        except LikenessError as error:
            lost += _is_lost(error)
            pause = _pause_after(error, request, lost)
            if pause is None or time.monotonic() + pause >= end:
                raise
        time.sleep(pause)


def _attempt(http: httpx.Client, request: httpx.Request, take: Callable[[httpx.Response], Taken], follow_redirects: bool) -> Taken:
    try:
        response = http.send(request, stream=True, follow_redirects=follow_redirects)
        try:
            if response.is_success:
                return take(response)
            response.read()
        finally:
            response.close()
    except httpx.RequestError as error:
        raise LikenessError("UNREACHABLE", f"{request.url.scheme}://{request.url.netloc.decode()} gave no answer") from error
    raise error_of(response)


def _is_lost(error: LikenessError) -> bool:
    """Whether no answer of the API came: none at all, or that of a proxy that got none."""
    return error.code == "UNREACHABLE" or (error.code == "UNEXPECTED_ANSWER" and error.status in (502, 504))


def _pause_after(error: LikenessError, request: httpx.Request, lost: int) -> float | None:
    """In how many seconds it is sent again; `None` where it is not."""
    # Done twice it may do harm, as a secret that is replaced twice: then only what was refused unread is repeated.
    is_harmless = request.method != "POST" or HARMLESS.search(request.url.path) is not None
    is_repeatable = is_harmless or "idempotency-key" in request.headers
    if _is_lost(error):
        return PAUSE * 2.0 ** (lost - 1) if is_repeatable and lost < LOST_MAX else None
    is_later = error.status == 429 or (is_repeatable and (error.status == 503 or error.code == "IDEMPOTENCY_IN_PROGRESS"))
    return max(PAUSE, error.retry_after) if is_later and error.retry_after is not None else None
