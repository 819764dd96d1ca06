"""Files of this machine, and files that were made."""

from __future__ import annotations

import os
from pathlib import Path

import httpx

from .errors import LikenessError
from .models import Task

CONTENT_TYPES = {
    ".jpg": "image/jpeg", ".jpeg": "image/jpeg", ".png": "image/png", ".webp": "image/webp", ".gif": "image/gif", ".avif": "image/avif",
    ".heic": "image/heic", ".heif": "image/heif", ".mp4": "video/mp4", ".mov": "video/quicktime", ".webm": "video/webm",
    ".mp3": "audio/mpeg", ".wav": "audio/wav",
}  # fmt: skip


def content_type(path: Path) -> str:
    """The type that a file's name tells."""
    try:
        return CONTENT_TYPES[path.suffix.lower()]
    except KeyError:
        raise LikenessError("INVALID_REQUEST", f"{path}: its name tells no type that can be uploaded") from None


def save(response: httpx.Response, path: Path) -> None:
    """Saves what comes. A download that breaks off leaves nothing at `path`."""
    part = path.with_name(f"{path.name}.part")
    try:
        with part.open("wb") as file:
            for piece in response.iter_bytes():
                file.write(piece)
        os.replace(part, path)
    finally:
        part.unlink(missing_ok=True)


def files(task: Task) -> list[str]:
    """The addresses of everything that a task made: pictures, a video, or songs. Good for 7 days."""
    result = task["result"]
    if result is None or result["type"] == "character":
        return []
    if result["type"] == "image":
        return [image["url"] for image in result["images"]]
    if result["type"] == "music":
        return [song["audio_url"] for song in result["songs"]]
    return [result["url"]] if result["url"] else []
