"""What C2PA's own reader says of delivered pictures: manifests.py AUTHORITY FOLDER."""

from __future__ import annotations

import json
import os
import sys
from io import BytesIO
from pathlib import Path
from typing import Any, Literal

from c2pa import Context, Reader, Settings  # type: ignore[import-untyped]

from likeness_client import Likeness, files

api, authority, scratch = os.environ["API"], Path(sys.argv[1]).read_text(), Path(sys.argv[2])
FORMATS: tuple[tuple[Literal["png", "jpg", "webp"], str], ...] = (("png", "image/png"), ("jpg", "image/jpeg"), ("webp", "image/webp"))
MADE_BY_A_MODEL = "http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia"


def read(media_type: str, picture: bytes, *, trusting: bool) -> tuple[str, list[str], dict[str, Any]]:
    """How it is, what is wrong with it, and the manifest."""
    trust = {"trust": {"user_anchors": authority}} if trusting else {}
    context = Context(Settings.from_dict({"verify": {"verify_trust": True, "ocsp_fetch": False, "remote_manifest_fetch": False}, **trust}))
    said = json.loads(Reader(media_type, BytesIO(picture), context=context).json())
    failures = [failure["code"] for failure in said["validation_results"]["activeManifest"]["failure"]]
    return said["validation_state"], failures, said["manifests"][said["active_manifest"]]


def check(media_type: str, picture: bytes) -> None:
    state, failures, manifest = read(media_type, picture, trusting=True)
    assert (state, failures) == ("Trusted", []), (media_type, state, failures)
    state, failures, _ = read(media_type, picture, trusting=False)
    assert (state, failures) == ("Valid", ["signingCredential.untrusted"]), (media_type, state, failures)
    (assertion,) = (found for found in manifest["assertions"] if found["label"].startswith("c2pa.actions"))
    (action,) = assertion["data"]["actions"]
    assert (action["action"], action["digitalSourceType"]) == ("c2pa.created", MADE_BY_A_MODEL), action
    # In the middle of its pixels.
    changed = bytearray(picture)
    changed[len(picture) * 2 // 3] ^= 1
    state, failures, _ = read(media_type, bytes(changed), trusting=True)
    assert state == "Invalid" and "assertion.dataHash.mismatch" in failures, (media_type, state, failures)


def main() -> None:
    made: dict[str, bytes] = {}
    with Likeness(api) as likeness:
        character = likeness.train(sorted(Path("tests/fixtures/photos").glob("portrait-*"))[:10])["character_id"]
        likeness.wait_for_character(character, timeout=120)
        for ending, media_type in FORMATS:
            started = likeness.generate(character, prompt="at the sea", output_format=ending)
            (url,) = files(likeness.wait_for_task(started["id"], timeout=60))
            likeness.download(url, scratch / f"signed.{ending}")
            made[media_type] = (scratch / f"signed.{ending}").read_bytes()
    for media_type, picture in made.items():
        check(media_type, picture)
    print(f"C2PA's own reader: {len(made)} pictures that it trusts, and none of them after a change")


if __name__ == "__main__":
    main()
