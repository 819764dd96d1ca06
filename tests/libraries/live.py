"""What a customer does with the Python library, through a bad network: photos to saved pictures, and a message that is checked."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path

import httpx

from likeness_client import Likeness, LikenessError, files, verify_webhook

outside, key, scratch = os.environ["LIKENESS_URL"], os.environ["LIKENESS_API_KEY"], Path(sys.argv[1])


def raised(code: str, act: Callable[[], object]) -> LikenessError:
    try:
        act()
    except LikenessError as error:
        assert error.code == code, error
        assert key not in repr(error) + str(error)
        return error
    raise AssertionError(f"{code} was not raised")


def message(secret: str, inbox: str) -> None:
    """One that was really delivered, and others made of it."""
    end = time.monotonic() + 20
    while not (kept := httpx.get(inbox).json()):
        assert time.monotonic() < end, "no message came"
        time.sleep(0.2)
    headers, body = kept[0]["headers"], base64.b64decode(kept[0]["body"])
    told = verify_webhook(headers, body, secret)
    assert told["type"] == "task.completed", told
    assert verify_webhook(httpx.Headers(headers), body, secret) == told
    raised("INVALID_SIGNATURE", lambda: verify_webhook(headers, body + b" ", secret))
    raised("INVALID_SIGNATURE", lambda: verify_webhook(headers, body, "whsec_" + base64.b64encode(b"another").decode()))
    raised("INVALID_SIGNATURE", lambda: verify_webhook(headers, body, ""))
    raised("INVALID_SIGNATURE", lambda: verify_webhook({}, body, secret))
    for seconds in (-301, 301):
        at = str(int(time.time()) + seconds)
        mac = hmac.new(base64.b64decode(secret.removeprefix("whsec_")), f"msg_1.{at}.".encode() + body, hashlib.sha256).digest()
        signed = {"webhook-id": "msg_1", "webhook-timestamp": at, "webhook-signature": f"v1,{base64.b64encode(mac).decode()}"}
        raised("INVALID_SIGNATURE", lambda: verify_webhook(signed, body, secret))
        assert verify_webhook(signed, body, secret, tolerance=400) == told


def names_what_costs() -> None:
    """Each operation that takes an `Idempotency-Key`, by the document, gets one, and no other does."""
    sent: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        sent.append(request)
        return httpx.Response(200, json={"success": True, "data": {}})

    with Likeness(transport=httpx.MockTransport(answer)) as likeness:
        for path, operations in json.loads(Path("components/api/src/openapi.json").read_text())["paths"].items():
            if "post" in operations:
                likeness.request("POST", path.replace("{", "").replace("}", ""))
                takes = any(parameter["name"] == "Idempotency-Key" for parameter in operations["post"].get("parameters", []))
                assert takes == ("idempotency-key" in sent[-1].headers), path


def repeats_what_it_may() -> None:
    """What is under way is asked for again under the same name; what harms is not sent twice when its answer is lost."""
    sent: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        sent.append(request)
        if request.url.path == "/api/v1/generate" and len(sent) == 2:
            return httpx.Response(200, json={"success": True, "data": {}})
        if request.url.path == "/api/v1/generate":
            error = {"code": "IDEMPOTENCY_IN_PROGRESS", "message": "under way"}
            return httpx.Response(409, headers={"Retry-After": "0"}, json={"success": False, "error": error})
        raise httpx.ReadError("broken off")

    with Likeness(retry_seconds=1, transport=httpx.MockTransport(answer)) as likeness:
        likeness.run("any", {})
        assert len({request.headers["idempotency-key"] for request in sent}) == 1 and len(sent) == 2
        raised("UNREACHABLE", likeness.credits)
        assert len(sent) == 4
        raised("UNREACHABLE", lambda: likeness.request("POST", "/api/v1/webhook-secret/rotate"))
        assert len(sent) == 5


def waits_no_longer_than_told() -> None:
    """What goes on too long, what failed and what was taken back are errors that say what they are about."""
    seen: dict[str, object] = {}
    transport = httpx.MockTransport(lambda _: httpx.Response(200, json={"success": True, "data": seen}))
    with Likeness(transport=transport) as likeness:
        seen |= {"status": "training"}
        assert raised("TIMED_OUT", lambda: likeness.wait_for_character("char_1", timeout=1)).id == "char_1"
        seen |= {"status": "failed", "error": {"code": "TRAINING_FAILED", "message": "too dark"}}
        assert raised("TRAINING_FAILED", lambda: likeness.wait_for_character("char_1")).message == "too dark"
        assert raised("TRAINING_FAILED", lambda: likeness.wait_for_task("task_1")).id == "task_1"
        seen |= {"status": "canceled", "error": None}
        raised("CANCELED", lambda: likeness.wait_for_task("task_1"))


def main() -> None:
    names_what_costs()
    repeats_what_it_may()
    waits_no_longer_than_told()
    inbox = f"{outside}/inbox/python"
    with Likeness() as likeness:
        assert key not in repr(likeness) + repr(vars(likeness))
        before = likeness.credits()
        photos = sorted(Path("tests/fixtures/photos").glob("portrait-*"))[:12]
        character_id = likeness.train(photos, name="Python")["character_id"]
        assert likeness.wait_for_character(character_id, timeout=120)["status"] == "ready"

        started = likeness.generate(character_id, prompt="on a sailing boat", num_outputs=2, webhook_url=inbox)
        task = likeness.wait_for_task(started["id"], timeout=60)
        saved = [scratch / f"python-{number}.png" for number, _ in enumerate(files(task))]
        for url, path in zip(files(task), saved, strict=True):
            likeness.download(url, path)
        assert [path.read_bytes()[:4] for path in saved] == [b"\x89PNG"] * 2

        model, prompt = "flux-2-pro-text-to-image", {"prompt": "a fox in the snow"}
        price = likeness.estimate(model, prompt)["credits"]
        assert len(files(likeness.wait_for_task(likeness.run(model, prompt)["id"]))) == 1
        # However often it was sent, it was charged once.
        assert likeness.credits() == before - 500 - 2 * 15 - price

        message(likeness.webhook_secret(), inbox)
        missing = raised("TASK_NOT_FOUND", lambda: likeness.wait_for_task("task_" + 32 * "0"))
        assert missing.status == 404 and missing.request_id
        raised("TOO_FEW_IMAGES", lambda: likeness.train([]))
        raised("NOT_FOUND", lambda: likeness.download(f"{os.environ['API']}/results/none.png", scratch / "none"))
        assert not (scratch / "none").exists() and not (scratch / "none.part").exists()
    with Likeness(key="sk-wrong") as stranger:
        raised("INVALID_API_KEY", stranger.credits)
    with Likeness("http://127.0.0.1:9", retry_seconds=0) as nowhere:
        raised("UNREACHABLE", nowhere.credits)
    try:
        Likeness(key=f"{key}\n")
        raise AssertionError("a key of two lines was taken")
    except ValueError as error:
        assert key not in str(error)
    print(f"Python: a character of {len(photos)} uploaded photos, {len(saved)} pictures, a message")


main()
