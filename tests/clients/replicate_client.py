"""The simulator, held to the real thing: Replicate's own Python client trains, polls, predicts, cancels and checks what it is sent.

Where the simulator is, and its token, are in REPLICATE_BASE_URL and REPLICATE_API_TOKEN, where the client looks for them.
"""

import json
import sys
import time
import urllib.request

import replicate
from replicate.exceptions import ReplicateError
from replicate.webhook import InvalidSignatureError, Webhooks

from here import WAIT_SECONDS_MAX, Here, serve
from official import Checked, check_callback


def until_done(job):
    give_up_at = time.monotonic() + WAIT_SECONDS_MAX
    while job.status not in ("succeeded", "failed", "canceled"):
        assert time.monotonic() < give_up_at, f"{job.id} is still {job.status}"
        time.sleep(0.1)
        job.reload()
    return job


def refused(status: int, act) -> ReplicateError:
    try:
        act()
    except ReplicateError as error:
        assert error.status == status, f"{error.status} instead of {status}: {error}"
        return error
    raise AssertionError(f"not refused with {status}")


def trains(client, here: str) -> str:
    owner = client.accounts.current().username
    trainer = client.models.get("ostris/flux-dev-lora-trainer").latest_version
    assert "input_images" in str(trainer.openapi_schema), "the trainer describes its inputs"
    wanted = {
        "version": f"ostris/flux-dev-lora-trainer:{trainer.id}",
        "input": {"input_images": f"{here}/photos.zip", "trigger_word": "SARAH", "steps": 1000},
        "destination": f"{owner}/clients",
        "webhook": f"{here}/trained",
        "webhook_events_filter": ["completed"],
    }
    missing = refused(404, lambda: client.trainings.create(**wanted))
    assert missing.detail == "The specified training destination does not exist", missing.detail
    client.models.create(owner=owner, name="clients", visibility="private", hardware="gpu-t4")
    refused(409, lambda: client.models.create(owner=owner, name="clients", visibility="private", hardware="gpu-t4"))
    training = client.trainings.create(**wanted)
    assert training.status == "starting", training.status
    training = until_done(training)
    assert training.status == "succeeded", training.error
    assert any(known.id == training.id for known in client.trainings.list()), "it is on the list"
    assert training.output["weights"].endswith(".tar"), training.output
    assert "100%" in training.logs
    return training.output["version"]


def checks_callbacks(client, status: str):
    headers, body = Here.callbacks.get(timeout=WAIT_SECONDS_MAX)
    secret = client.webhooks.default.secret()
    Webhooks.validate(headers=headers, body=body.decode(), secret=secret, tolerance=300)
    assert json.loads(body)["status"] == status
    check_callback(json.loads(body), "schemas_training_response")
    try:
        Webhooks.validate(headers=headers, body=body.decode() + " ", secret=secret)
    except InvalidSignatureError:
        return
    raise AssertionError("a changed body is believed")


def predicts(client, here: str, version: str):
    inputs = {"prompt": "SARAH at the sea", "aspect_ratio": "3:4", "num_outputs": 2, "output_format": "png"}
    prediction = client.predictions.create(version=version.split(":")[-1], input=inputs, webhook=f"{here}/pictured")
    prediction.wait()
    assert prediction.status == "succeeded" and len(prediction.output) == 2, prediction
    assert any(known.id == prediction.id for known in client.predictions.list()), "it is on the list"
    pictures = client.run(version, input={**inputs, "num_outputs": 1})
    # The client opens https: only, and the simulator speaks http:.
    with urllib.request.urlopen(pictures[0]) as picture:
        assert picture.read()[:8] == b"\x89PNG\r\n\x1a\n", "a real PNG"


def fails_and_cancels(client, version: str):
    version = version.split(":")[-1]
    failed = until_done(client.predictions.create(version=version, input={"prompt": "SARAH sim:fail"}))
    assert failed.status == "failed" and failed.error, failed
    hanging = client.predictions.create(version=version, input={"prompt": "SARAH sim:hang"})
    hanging.cancel()
    assert until_done(hanging).status == "canceled"
    refused(422, lambda: client.predictions.create(version="0" * 64, input={"prompt": "x"}))
    refused(404, lambda: client.predictions.get("nobodys"))
    stranger = replicate.Client(api_token="r8_of_somebody_else")
    refused(401, lambda: stranger.accounts.current())


def runs_an_official_model(client, version: str):
    """A model without versions; then all that there is of a trained one, until it is deleted."""
    weights = {"lora_weights": "https://example.com/x.safetensors"}
    made = client.models.predictions.create("black-forest-labs/flux-dev-lora", input={"prompt": "SARAH", **weights})
    assert made.version == "hidden", made.version
    made.cancel()
    name, id = version.split(":")
    versions = client.models.get(name).versions
    assert any(known.id == id for known in versions.list())
    versions.get(id)
    versions.delete(id)


def main() -> int:
    checked = Checked()
    client = replicate.Client(transport=checked)
    here = serve()
    version = trains(client, here)
    checks_callbacks(client, "succeeded")
    predicts(client, here, version)
    fails_and_cancels(client, version)
    runs_an_official_model(client, version)
    print(f"Replicate's client is content with the simulator, and {checked.count} answers are as its OpenAPI document says")
    return 0


if __name__ == "__main__":
    sys.exit(main())
