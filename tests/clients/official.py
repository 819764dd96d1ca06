"""Every answer that Replicate's client gets from the simulator, held to Replicate's own OpenAPI document.

`replicate-openapi.json` is https://api.replicate.com/openapi.json of April 2026, without the paths that Likeness does not use and without
descriptions. What the document does not name the simulator may not say either, but for what EXTRA lists.
"""

import json
import re
from pathlib import Path

import httpx
from jsonschema import Draft202012Validator, FormatChecker

DOCUMENT = json.loads((Path(__file__).parent / "replicate-openapi.json").read_text())
OPERATIONS = ("get", "post", "delete")
JOBS = ("schemas_prediction_response", "schemas_training_response")
# Replicate's JavaScript client has these two in its types of a single job, as callbacks have them. The lists have not.
EXTRA = {"webhook": {"type": "string"}, "webhook_events_filter": {"type": "array"}}


def strict(schema: dict, extra: dict) -> dict:
    """The schema as JSON Schema has it: null where `nullable` allows it, and no field that is not named."""
    if "$ref" in schema:
        name = schema["$ref"].rsplit("/", 1)[-1]
        known = DOCUMENT["components"]["schemas"][name]
        if name in JOBS:
            known = {**known, "properties": {**known["properties"], **extra}}
        if name == "schemas_training_response":
            # Trainings are predictions: their lists say so, and the documented example has the page of one.
            urls = known["properties"]["urls"]
            urls = {**urls, "properties": {**urls["properties"], "web": {"type": "string"}}}
            known = {**known, "properties": {**known["properties"], "data_removed": {"type": "boolean"}, "urls": urls}}
        return strict(known, extra)
    made = {key: value for key, value in schema.items() if key != "nullable"}
    if schema.get("nullable"):
        made["type"] = [schema["type"], "null"]
    if "properties" in schema:
        made["properties"] = {name: strict(part, extra) for name, part in schema["properties"].items()}
        made.setdefault("additionalProperties", False)
    if "items" in schema:
        # What is in a list has no field more than the document says.
        made["items"] = strict(schema["items"], {})
    if "oneOf" in schema:
        # As the document has it one alternative contains the other.
        made["anyOf"] = [strict(part, extra) for part in made.pop("oneOf")]
    return made


def check(value, schema: dict, what: str):
    validator = Draft202012Validator(strict(schema, EXTRA), format_checker=FormatChecker())
    faults = [f"{error.json_path}: {error.message}" for error in validator.iter_errors(value)]
    assert not faults, f"{what}: {faults}"


def operation(method: str, path: str) -> dict:
    for template, operations in DOCUMENT["paths"].items():
        if re.fullmatch(re.sub(r"{\w+}", "[^/]+", template), path) and method in operations:
            return operations[method]
    raise AssertionError(f"{method} {path} is not in the document")


def check_exchange(request: httpx.Request, response: httpx.Response):
    """A request and its answer. What a refusal looks like the document does not say."""
    method, path = request.method.lower(), request.url.path.removeprefix("/v1")
    known, what = operation(method, path), f"{request.method} {path} -> {response.status_code}"
    if response.status_code >= 400:
        return
    if request.content:
        check(json.loads(request.content), known["requestBody"]["content"]["application/json"]["schema"], f"to {what}")
    answer = known["responses"].get(str(response.status_code))
    assert answer is not None, f"{what}: not with this status"
    if "content" in answer:
        check(response.json(), answer["content"]["application/json"]["schema"], what)
    else:
        assert not response.content, f"{what}: has a body"


def check_callback(body: dict, name: str):
    """A callback's body: the same as the answer to the question about the job."""
    check(body, {"$ref": f"#/components/schemas/{name}"}, "a callback")


class Checked(httpx.BaseTransport):
    """Checks what is sent and what is answered."""

    def __init__(self):
        self.inner, self.count = httpx.HTTPTransport(), 0

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        response = self.inner.handle_request(request)
        response.read()
        if request.url.path.startswith("/v1/"):
            check_exchange(request, response)
            self.count += 1
        return response
