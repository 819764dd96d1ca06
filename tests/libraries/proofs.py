"""A recipe, a receipt and a certificate, verified without any code of ours: by PyJWT, by hand with `cryptography`, and by the command: proofs.py LIKENESS FOLDER."""

from __future__ import annotations

import base64
import hashlib
import json
import os
import subprocess
import sys
from pathlib import Path

import httpx
import jwt
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from likeness_client import Likeness, files

api, command, scratch = os.environ["API"], sys.argv[1], Path(sys.argv[2])


def bytes_of(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def by_hand(jws: str, keys: dict[str, list[dict[str, str]]], kind: str = "recipe") -> dict[str, object]:
    """RFC 7515, 7638 and 8037, as they are written."""
    signed, _, signature = jws.rpartition(".")
    header, payload = (json.loads(bytes_of(part)) for part in signed.split("."))
    assert header["alg"] == "EdDSA" and header["typ"] == f"likeness-{kind}+jwt", header
    (key,) = (key for key in keys["keys"] if key["kid"] == header["kid"])
    thumbprint = hashlib.sha256(json.dumps({name: key[name] for name in ("crv", "kty", "x")}, separators=(",", ":")).encode())
    assert bytes_of(key["kid"]) == thumbprint.digest(), key
    Ed25519PublicKey.from_public_bytes(bytes_of(key["x"])).verify(bytes_of(signature), signed.encode())
    assert isinstance(payload, dict)
    return payload


def by_pyjwt(jws: str, keys: dict[str, list[dict[str, str]]]) -> dict[str, object]:
    """As docs/proofs.md shows it."""
    key = jwt.PyJWKSet.from_dict(keys)[jwt.get_unverified_header(jws)["kid"]]
    payload: dict[str, object] = jwt.decode(jws, key, algorithms=["EdDSA"], issuer=api)
    return payload


def changed(jws: str) -> list[str]:
    """The document with one letter of each part another one, and with another recipe under the same signature."""
    parts = jws.split(".")
    other = [parts[:n] + [("A" if part[9] != "A" else "B").join((part[:9], part[10:]))] + parts[n + 1 :] for n, part in enumerate(parts)]
    forged = {**json.loads(bytes_of(parts[1])), "model": "another"}
    other.append([parts[0], base64.urlsafe_b64encode(json.dumps(forged).encode()).decode().rstrip("="), parts[2]])
    return [".".join(document) for document in other]


def verified_by_command(text: str, *more: str) -> bool:
    file = scratch / "recipe.json"
    file.write_text(text, encoding="utf-8")
    return subprocess.run([command, "verify", str(file), *more], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False).returncode == 0


def of_a_character(likeness: Likeness, keys: dict[str, list[dict[str, str]]]) -> None:
    """What is signed of a character: the receipt of the consent to it, and the certificate of its deletion."""
    photo = sorted(Path("tests/fixtures/photos").glob("portrait-*"))[0]
    made = likeness.train([photo], mode="reference", consent={"subject": "synthetic"})
    path = f"/api/v1/characters/{made['character_id']}"
    for told, field, kind in (
        (likeness.request("GET", f"{path}/consent"), "receipt", "consent"),
        (likeness.request("DELETE", path), "certificate", "deletion"),
    ):
        assert by_hand(told["jws"], keys, kind) == by_pyjwt(told["jws"], keys) == told[field], told
        assert told[field]["characterId"] == made["character_id"], told
        assert verified_by_command(json.dumps(told))
        assert not verified_by_command(json.dumps(told).replace(made["character_id"], "char_" + 32 * "0"))


def main() -> None:
    with Likeness(api) as likeness:
        started = likeness.run("flux-2-pro-text-to-image", {"prompt": "a fox in the snow", "seed": 7})
        (url,) = files(likeness.wait_for_task(started["id"], timeout=60))
        likeness.download(url, scratch / "fox")
    answer = httpx.get(f"{api}/api/v1/results/{url.rpartition('/')[2]}/provenance").raise_for_status()
    keys = httpx.get(f"{api}/.well-known/likeness-keys.json").raise_for_status().json()
    recipe, jws = answer.json()["data"]["recipe"], answer.json()["data"]["jws"]
    assert by_hand(jws, keys) == by_pyjwt(jws, keys) == recipe, recipe
    assert recipe["sha256"] == hashlib.sha256((scratch / "fox").read_bytes()).hexdigest(), recipe
    assert recipe["promptSha256"] == hashlib.sha256(b"a fox in the snow").hexdigest() and recipe["seed"] == 7, recipe
    assert verified_by_command(answer.text, "--result", str(scratch / "fox")) and verified_by_command(jws, "--keys", api)
    with Likeness(api) as likeness:
        of_a_character(likeness, keys)
    for document in changed(jws):
        for verify, refusals in ((by_hand, (InvalidSignature, ValueError)), (by_pyjwt, (jwt.InvalidTokenError, KeyError))):
            try:
                verify(document, keys)
            except refusals:
                continue
            raise AssertionError(f"{verify.__name__} took what was changed: {document}")
        assert not verified_by_command(document, "--keys", api), document
    assert not verified_by_command(answer.text.replace('"seed":7', '"seed":8')), "what can be read is not what was signed"
    print(f"A receipt, a certificate, and a recipe of {len(recipe)} facts: verified by three, and {len(changed(jws))} recipes that were changed refused by each")


main()
