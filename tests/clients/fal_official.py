"""The simulator, held to the real thing: fal's own Python client submits, follows, fetches and cancels; and what the simulator sends is
checked as fal's documentation says.

Where the simulator is, and its key, are in FAL_URL and FAL_KEY; the client looks for the key there.
"""

import base64
import hashlib
import json
import os
import sys
import time
import urllib.request

import fal_client
import fal_client.client
from nacl.exceptions import BadSignatureError
from nacl.signing import VerifyKey

from here import WAIT_SECONDS_MAX, Here, serve

URL = os.environ["FAL_URL"]
USER = os.environ["FAL_USER"]
TRAINER, MODEL = "fal-ai/flux-lora-fast-training", "fal-ai/flux-lora"

# The client lets one choose the host, but not the scheme: this is all of it that is not as it was published.
fal_client.client.QUEUE_URL_FORMAT = f"{URL}/"


def checks_callback(status: str) -> dict:
    headers, body = Here.callbacks.get(timeout=WAIT_SECONDS_MAX)
    headers = {name.lower(): value for name, value in headers.items()}
    request, user, sent, signature = (
        headers[f"x-fal-webhook-{name}"] for name in ("request-id", "user-id", "timestamp", "signature")
    )
    assert user == USER and abs(time.time() - int(sent)) <= 300
    with urllib.request.urlopen(f"{URL}/.well-known/jwks.json") as jwks:
        keys = [base64.urlsafe_b64decode(key["x"] + "==") for key in json.load(jwks)["keys"]]

    def believed(body: bytes) -> bool:
        message = "\n".join([request, user, sent, hashlib.sha256(body).hexdigest()])
        for key in keys:
            try:
                VerifyKey(key).verify(message.encode(), bytes.fromhex(signature))
                return True
            except BadSignatureError:
                pass
        return False

    assert believed(body) and not believed(body + b" ")
    told = json.loads(body)
    assert told["status"] == status and told["request_id"] == request, told
    return told


def trains(here: str) -> str:
    arguments = {"images_data_url": f"{here}/photos.zip", "trigger_word": "SARAH", "steps": 1000}
    handle = fal_client.submit(TRAINER, arguments, webhook_url=f"{here}/trained")
    events = list(handle.iter_events(with_logs=True, interval=0.1))
    assert isinstance(events[-1], fal_client.Completed), events
    assert any("100%" in log["message"] for log in events[-1].logs), events[-1].logs
    output = handle.get()
    assert checks_callback("OK")["payload"] == output
    weights = output["diffusers_lora_file"]["url"]
    with urllib.request.urlopen(weights) as file:
        assert len(file.read()) == output["diffusers_lora_file"]["file_size"]
    return weights


def arguments(weights: str, prompt: str) -> dict:
    return {
        "prompt": prompt,
        "loras": [{"path": weights, "scale": 1}],
        "image_size": {"width": 896, "height": 1152},
        "num_images": 2,
        "output_format": "png",
    }


def generates(here: str, weights: str):
    handle = fal_client.submit(MODEL, arguments(weights, "SARAH at the sea"), webhook_url=f"{here}/pictured")
    output = handle.get()
    assert checks_callback("OK")["payload"] == output
    assert [(image["width"], image["height"]) for image in output["images"]] == [(896, 1152)] * 2, output
    assert output["has_nsfw_concepts"] == [False, False]
    with urllib.request.urlopen(output["images"][0]["url"]) as picture:
        assert picture.read()[:8] == b"\x89PNG\r\n\x1a\n", "a real PNG"
    again = fal_client.result(MODEL, handle.request_id)
    assert again == output, "it is found by its id, too"


def refused(status: int, act):
    try:
        act()
    except fal_client.FalClientHTTPError as error:
        assert error.status_code == status, f"{error.status_code} instead of {status}: {error}"
        return
    raise AssertionError(f"not refused with {status}")


def fails_and_cancels(weights: str):
    failed = fal_client.submit(MODEL, arguments(weights, "SARAH sim:fail"))
    refused(422, failed.get)
    assert fal_client.status(MODEL, failed.request_id).error, "completed, and with an error"
    hanging = fal_client.submit(MODEL, arguments(weights, "SARAH sim:hang"))
    hanging.cancel()
    refused(404, lambda: fal_client.submit("nobody/knows-it", {"prompt": "x"}))
    stranger = fal_client.SyncClient(key="somebody:else")
    refused(401, lambda: stranger.submit(MODEL, arguments(weights, "x")))


def main() -> int:
    here = serve()
    weights = trains(here)
    generates(here, weights)
    fails_and_cancels(weights)
    print("fal's client is content with the simulator")
    return 0


if __name__ == "__main__":
    sys.exit(main())
