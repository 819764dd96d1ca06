"""A customer of one deployment."""

from __future__ import annotations

import os
import re
import time
import uuid
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, TypeVar, Unpack, cast

import httpx

from .errors import LikenessError
from .files import content_type, save
from .models import Character, CreatedCharacter, Estimate, GeneratedImages, GenerateImages, StartedTask, Task, TrainOptions
from .sending import ANSWER_SECONDS_MAX, CONNECT_SECONDS_MAX, COSTS, Taken, send

Seen = TypeVar("Seen", Character, Task)

#: The API holds an answer back for so many seconds, at most, until there is news.
WAIT_SECONDS_MAX = 25
#: A character or a task is asked for at most once in so many seconds.
LOOK_SECONDS = 0.5
#: Longer than any work lasts, in seconds: a training is given up after 60 minutes.
TIMEOUT = 3_900.0
#: So many photos are uploaded at the same time.
UPLOADS_AT_ONCE = 4


class Likeness:
    """A customer of one deployment. It may be used by several threads, and is closed by `with` or `close`."""

    def __init__(
        self,
        url: str | None = None,
        key: str | None = None,
        *,
        retry_seconds: float = 120.0,
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        """`url` and `key` are those of the environment, `LIKENESS_URL` and `LIKENESS_API_KEY`, unless told.

        A request is repeated for at most `retry_seconds`; 0 never repeats. `transport` is what sends the requests, where it is not httpx's own.
        """
        self._url = (url or os.environ.get("LIKENESS_URL", "")).rstrip("/")
        key = key or os.environ.get("LIKENESS_API_KEY", "")
        if not re.match(r"https?://[^/]", self._url):
            raise ValueError("url or LIKENESS_URL has to be an address that begins with http:// or https://")
        # Checked here, because httpx would put a key that cannot be sent into its error.
        if not re.fullmatch(r"[!-~]+", key):
            raise ValueError("key or LIKENESS_API_KEY has to be an API key: visible ASCII characters without spaces")
        # Headers do not show what authorizes when they are printed.
        self._authorization = httpx.Headers({"Authorization": f"Bearer {key}"})
        self._retry_seconds = retry_seconds
        timeout = httpx.Timeout(ANSWER_SECONDS_MAX, connect=CONNECT_SECONDS_MAX)
        self._http = httpx.Client(timeout=timeout, transport=transport)

    def __repr__(self) -> str:
        return f"Likeness({self._url!r})"

    def __enter__(self) -> Likeness:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Ends the connections."""
        self._http.close()

    def request(
        self,
        method: str,
        path: str,
        *,
        json: Mapping[str, Any] | None = None,
        params: Mapping[str, str | int] | None = None,
        headers: Mapping[str, str] | None = None,
        idempotency_key: str | None = None,
    ) -> Any:
        """The `data` of the answer of any operation, such as `request("GET", "/api/v1/tasks")`, with the same repetitions and errors.

        What costs is sent with an `Idempotency-Key`: `idempotency_key`, or one that is made up, the same however often it is sent.
        """
        if idempotency_key is None and method == "POST" and COSTS.search(path):
            idempotency_key = str(uuid.uuid4())
        named = {} if idempotency_key is None else {"Idempotency-Key": idempotency_key}
        request = self._http.build_request(method, self._url + path, json=json, params=params, headers={**(headers or {}), **named})
        request.headers.update(self._authorization)
        return self._send(request, _data)

    def train(
        self, photos: Iterable[str | os.PathLike[str]], *, idempotency_key: str | None = None, **options: Unpack[TrainOptions]
    ) -> CreatedCharacter:
        """Begins the training of a character: 500 credits, or the trainer's own price; given back if it fails. Wait for it with `wait_for_character`.

        `photos` are 10 to 30 addresses (`https://..`) or files of this machine, which are uploaded; 1 to 10 with `mode="reference"`.
        """
        with ThreadPoolExecutor(UPLOADS_AT_ONCE) as uploads:
            image_urls = list(uploads.map(self._address, photos))
        body = {**options, "image_urls": image_urls}
        return cast(CreatedCharacter, self.request("POST", "/api/v1/characters/create", json=body, idempotency_key=idempotency_key))

    def generate(self, character_id: str, *, idempotency_key: str | None = None, **options: Unpack[GenerateImages]) -> GeneratedImages:
        """Begins 1 to 4 pictures of a character, 15 credits each, charged as delivered. Wait for them with `wait_for_task`."""
        path = f"/api/v1/characters/{character_id}/generate"
        prefer = {"Prefer": "respond-async"}
        return cast(GeneratedImages, self.request("POST", path, json=options, headers=prefer, idempotency_key=idempotency_key))

    def run(
        self, model: str, input: Mapping[str, Any], *, webhook_url: str | None = None, idempotency_key: str | None = None
    ) -> StartedTask:
        """Begins a run of a model of the catalogue. Wait for it with `wait_for_task`."""
        body = {"model": model, "input": input, "webhook_url": webhook_url}
        return cast(StartedTask, self.request("POST", "/api/v1/generate", json=body, idempotency_key=idempotency_key))

    def estimate(self, model: str, input: Mapping[str, Any]) -> Estimate:
        """What a run would cost, exactly. Nothing is begun."""
        return cast(Estimate, self.request("POST", "/api/v1/estimate", json={"model": model, "input": input}))

    def wait_for_character(self, character_id: str, timeout: float = TIMEOUT) -> Character:
        """Waits until a character is ready, for `timeout` seconds; raises where its training failed, or `TIMED_OUT`."""

        def look(wait: int) -> Character:
            return cast(Character, self.request("GET", f"/api/v1/characters/{character_id}", params={"wait": wait}))

        ended = _until(character_id, look, ("ready", "failed"), timeout)
        if ended["status"] == "ready":
            return ended
        error = ended.get("error") or {"code": "INTERNAL_ERROR", "message": "the training failed"}
        raise LikenessError(error["code"], error["message"], id=character_id)

    def wait_for_task(self, task_id: str, timeout: float = TIMEOUT) -> Task:
        """Waits until a task is completed, for `timeout` seconds; raises where it failed or was canceled, or `TIMED_OUT`."""

        def look(wait: int) -> Task:
            return cast(Task, self.request("GET", f"/api/v1/tasks/{task_id}", params={"wait": wait}))

        ended = _until(task_id, look, ("completed", "failed", "canceled"), timeout)
        if ended["status"] == "completed":
            return ended
        code = "CANCELED" if ended["status"] == "canceled" else "INTERNAL_ERROR"
        error = ended["error"] or {"code": code, "message": f"the task is {ended['status']}"}
        raise LikenessError(error["code"], error["message"], id=task_id)

    def upload(self, path: str | os.PathLike[str]) -> str:
        """Uploads a file of this machine: an address that is good for a day, for every field that takes one. 20 MB at most, videos 100 MB."""
        media_type, bytes_ = content_type(Path(path)), Path(path).read_bytes()
        announced = self.request("POST", "/api/v1/upload", json={"contentType": media_type, "sizeBytes": len(bytes_)})
        # Without the key: the address itself says that it may be done.
        put = self._http.build_request("PUT", announced["uploadUrl"], content=bytes_, headers={"Content-Type": media_type})
        try:
            self._send(put, lambda _: None)
        except LikenessError as error:
            # Nobody else knows the address: an attempt whose answer was lost came through.
            if error.code != "UPLOAD_EXISTS":
                raise
        return str(announced["publicUrl"])

    def download(self, url: str, path: str | os.PathLike[str]) -> None:
        """Saves a file that a task made. The key is not sent: the address may be a bucket's. A download that breaks off leaves nothing at `path`."""
        self._send(self._http.build_request("GET", url), lambda response: save(response, Path(path)), follow_redirects=True)

    def credits(self) -> int:
        """What can be spent now."""
        return int(self.request("GET", "/api/v1/credits")["credits"])

    def webhook_secret(self) -> str:
        """What messages are signed with, for `verify_webhook`."""
        return str(self.request("GET", "/api/v1/webhook-secret")["secret"])

    def _address(self, photo: str | os.PathLike[str]) -> str:
        return photo if isinstance(photo, str) and re.match(r"https?://", photo) else self.upload(photo)

    def _send(self, request: httpx.Request, take: Callable[[httpx.Response], Taken], *, follow_redirects: bool = False) -> Taken:
        return send(self._http, request, take, self._retry_seconds, follow_redirects=follow_redirects)


def _data(response: httpx.Response) -> Any:
    response.read()
    try:
        return response.json()["data"]
    except (ValueError, KeyError, TypeError):
        raise LikenessError("UNEXPECTED_ANSWER", "the answer is not the API's", status=response.status_code) from None


def _until(id: str, look: Callable[[int], Seen], ends: tuple[str, ...], timeout: float) -> Seen:
    end = time.monotonic() + timeout
    while True:
        began = time.monotonic()
        seen = look(max(0, min(WAIT_SECONDS_MAX, int(end - began))))
        if seen["status"] in ends:
            return seen
        if time.monotonic() >= end:
            raise LikenessError("TIMED_OUT", f"{id} is still {seen['status']} after {timeout:g} seconds, and goes on", id=id)
        time.sleep(max(0.0, began + LOOK_SECONDS - time.monotonic()))
