"""Writes the part of the API's document that the client libraries are generated from.

    python3 clients/document.py components/api/src/openapi.json > small.json

It keeps what a customer calls with a key. It leaves out the operator's part, what providers and browsers ask for, the headers of answers, and the
failures, which are the same everywhere: `Failure`. `TrainOptions` is added: `CreateCharacter` without `image_urls`, because `train` takes the photos
by themselves. Shapes that have no name of their own get one, where people meet them.
"""

import json
import sys
from typing import Any, Iterator

METHODS = ("get", "post", "put", "patch", "delete")
JSON = "application/json"
SCHEMAS = "#/components/schemas/"
# What no operation names, and a library needs all the same.
WANTED = ("Failure", "TaskMessage", "TrainOptions")


def is_for_customers(path: str, operation: dict[str, Any]) -> bool:
    return path.startswith("/api/v1/") and not {"Admin", "Files and providers"} & set(operation["tags"])


def small(operation: dict[str, Any]) -> dict[str, Any]:
    """The operation with its successes alone, as JSON."""
    answers = {status: answer for status, answer in operation["responses"].items() if status < "3" and JSON in answer.get("content", {})}
    kept = {name: operation[name] for name in ("parameters", "requestBody", "summary", "description") if name in operation}
    bare = {status: {"description": answer["description"], "content": {JSON: answer["content"][JSON]}} for status, answer in answers.items()}
    return {**kept, "responses": bare}


def names(value: Any) -> Iterator[str]:
    """Every schema that is named in here."""
    if isinstance(value, dict):
        if str(value.get("$ref", "")).startswith(SCHEMAS):
            yield value["$ref"].removeprefix(SCHEMAS)
        for inner in value.values():
            yield from names(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from names(inner)


def train_options(create: dict[str, Any]) -> dict[str, Any]:
    properties = {name: value for name, value in create["properties"].items() if name != "image_urls"}
    return {**create, "description": "What a training takes beside its photos.", "properties": properties, "required": []}


def name_shapes(schemas: dict[str, Any]) -> None:
    for shape in schemas["TaskResult"]["oneOf"]:
        shape["title"] = "TaskResult" + shape["properties"]["type"]["const"].capitalize()
    schemas["TaskMessage"]["properties"]["data"]["anyOf"][1]["title"] = "TruncatedTask"


def main() -> None:
    document = json.load(open(sys.argv[1], encoding="utf-8"))
    paths = {
        path: {method: small(operations[method]) for method in METHODS if method in operations}
        for path, operations in document["paths"].items()
        if any(is_for_customers(path, operations[method]) for method in METHODS if method in operations)
    }
    schemas = document["components"]["schemas"]
    name_shapes(schemas)
    schemas["TrainOptions"] = train_options(schemas["CreateCharacter"])
    kept: set[str] = set()
    found = {*names(paths), *WANTED}
    while found:
        kept |= found
        found = {name for known in found for name in names(schemas[known])} - kept
    components = {"schemas": {name: schemas[name] for name in sorted(kept)}}
    print(json.dumps({"openapi": document["openapi"], "info": document["info"], "paths": paths, "components": components}))


if __name__ == "__main__":
    main()
