"""A model as cog-flux's flux-dev-lora is, without a GPU: its inputs, the weights it takes, and the way it fetches them. Its pictures have one colour."""

import json
import re
import struct
import tempfile
import time
import urllib.error
import urllib.request
import zlib
from typing import List

from cog import BasePredictor, Input, Path

ASPECT_RATIOS = {
    "1:1": (1024, 1024),
    "16:9": (1344, 768),
    "21:9": (1536, 640),
    "3:2": (1216, 832),
    "2:3": (832, 1216),
    "4:5": (896, 1088),
    "5:4": (1088, 896),
    "3:4": (896, 1152),
    "4:3": (1152, 896),
    "9:16": (768, 1344),
    "9:21": (640, 1536),
}
# Words in a prompt: one that is refused as the safety checker does, and one that takes longer than any test, in seconds.
UNSAFE, SLOW, SLOW_SECONDS = "unsafe", "slow", 600
# What pget asks for at once; its own pieces are of 125 MiB. Smaller than the weights, so that it takes several.
PIECE_BYTES = 16 * 1024


class Predictor(BasePredictor):
    def setup(self) -> None:
        pass

    def predict(
        self,
        prompt: str = Input(description="Prompt for generated image"),
        aspect_ratio: str = Input(choices=list(ASPECT_RATIOS), default="1:1"),
        num_outputs: int = Input(ge=1, le=4, default=1),
        seed: int = Input(default=None),
        output_format: str = Input(choices=["webp", "jpg", "png"], default="webp"),
        go_fast: bool = Input(default=True),
        lora_weights: str = Input(default=None),
        lora_scale: float = Input(ge=-1, le=3, default=1.0),
    ) -> List[Path]:
        if go_fast:
            raise ValueError("go_fast makes other pictures of the same seed")
        if output_format != "png":
            raise ValueError("this stub makes PNGs only")
        check(fetch(download_url(lora_weights)))
        if SLOW in prompt:
            work(SLOW_SECONDS)
        if UNSAFE in prompt:
            raise Exception("NSFW content detected. Try running it again, or try a different prompt.")
        folder = Path(tempfile.mkdtemp())
        paths = [folder / f"out-{n}.png" for n in range(num_outputs)]
        for n, path in enumerate(paths):
            path.write_bytes(png(*ASPECT_RATIOS[aspect_ratio], grey=(seed or 0) + 40 * n))
        return paths


def work(seconds: int) -> None:
    """In small steps, as a model's are: Cog stops a job between two instructions of Python, and not within one."""
    for _ in range(seconds * 10):
        time.sleep(0.1)


def download_url(url: str) -> str:
    """cog-flux's weights.py, as far as it is about weights of ours."""
    if not re.match(r"^(https?://.*\.safetensors(\?.*)?)$", url or ""):
        raise ValueError("Failed to parse URL. Expected either: ... * Arbitrary .safetensors URLs from the Internet")
    return url


def fetch(url: str) -> bytes:
    """pget 0.8.2: a range first, whose answer tells the size, and then the others."""
    data, size = b"", None
    while size is None or len(data) < size:
        last = len(data) + PIECE_BYTES - 1 if size is None else min(len(data) + PIECE_BYTES, size) - 1
        request = urllib.request.Request(url, headers={"Range": f"bytes={len(data)}-{last}"})
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:
                status, told, piece = answer.status, answer.headers.get("Content-Range"), answer.read()
        except urllib.error.HTTPError as error:
            raise RuntimeError(f"Failed to download safetensors file: {error.code}") from error
        found = re.fullmatch(r"bytes (\d+)-(\d+)/(\d+)", told or "")
        if status != 206 or found is None:
            raise RuntimeError(f"Failed to download safetensors file: unable to parse content range {told!r}")
        if int(found[1]) != len(data) or len(piece) != int(found[2]) - int(found[1]) + 1:
            raise RuntimeError(f"Failed to download safetensors file: another range than asked for: {told}")
        data, size = data + piece, int(found[3])
    return data


def check(weights: bytes) -> None:
    """What safetensors reads first: a header that covers the file."""
    (length,) = struct.unpack("<Q", weights[:8])
    header = json.loads(weights[8 : 8 + length])
    end = max(tensor["data_offsets"][1] for name, tensor in header.items() if name != "__metadata__")
    if 8 + length + end != len(weights):
        raise ValueError("the weights are not whole")


def png(width: int, height: int, grey: int) -> bytes:
    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    rows = (b"\0" + bytes([grey % 256]) * width) * height
    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")
