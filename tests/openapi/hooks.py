"""Makes the document stricter and its examples real, before requests are made of it."""

import json
import os

import schemathesis

# What the owner has: photos that can be fetched, a character and a task.
REAL = json.loads(os.environ["REAL"])


def close(schema):
    """No object has more than is described."""
    if isinstance(schema, dict):
        if "$ref" in schema:
            return  # What it refers to is closed; this says more about it.
        if "properties" in schema:
            schema.setdefault("additionalProperties", False)
        for value in schema.values():
            close(value)
    elif isinstance(schema, list):
        for value in schema:
            close(value)


@schemathesis.hook
def before_load_schema(context, raw_schema):
    # A message of JSON-RPC may have more than is read.
    raw_schema["components"]["schemas"]["Message"]["additionalProperties"] = True
    # What callers send is closed already where it has to be.
    close(raw_schema["components"]["schemas"])
    for path in raw_schema["paths"].values():
        for operation in path.values():
            for answer in operation["responses"].values():
                close(answer)
            for parameter in operation.get("parameters", []):
                if parameter["name"] in REAL["ids"]:
                    parameter["example"] = REAL["ids"][parameter["name"]]
    # Schemathesis takes some bodies for invalid that keep the rule in `if` and `else`. What each type allows is tested in tests/e2e.
    for word in ("if", "else"):
        del raw_schema["components"]["schemas"]["AnnounceUpload"][word]
    # What goes with what depends on the mode, and on the trainers that a deployment has: tests in tests/e2e (references.rs, trainers.rs) have it; what `consent` takes, consent.rs.
    for schema in ("CreateCharacter", "CheckPhotos"):
        created = raw_schema["components"]["schemas"][schema]["properties"]
        for name in ("mode", "base", "steps", "rank", "caption", "strict", "consent"):
            del created[name]
        created["image_urls"]["minItems"] = 10
    # Only what an answer said before is taken: photos_check.rs has it.
    del raw_schema["components"]["schemas"]["CheckPhotos"]["properties"]["resume"]
    # Which bits of a network may be set depends on how many count: keys.rs has it.
    raw_schema["components"]["schemas"]["MakeKey"]["properties"]["networks"]["items"] = {"enum": ["203.0.113.0/24", "2001:db8::/32", "192.0.2.7"]}
    for path in ("/api/v1/characters/create", "/api/v1/photos/check"):
        taken = raw_schema["paths"][path]["post"]["requestBody"]["content"]["application/json"]
        taken["example"]["image_urls"] = REAL["photos"]
