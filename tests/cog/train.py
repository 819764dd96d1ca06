"""A trainer as flux-fine-tuner's is: a zip of photos in, an object with a tar of weights out. No GPU, and a LoRA of a few kilobytes."""

import io
import json
import struct
import tarfile
import time
import zipfile
from typing import Optional

from cog import BaseModel, Input, Path, Secret

PHOTOS_MIN = 10
OUTPUT_PATH = "/tmp/trained_model.tar"
# A word in the trigger word, and how long the training takes then, in seconds: longer than any test.
SLOW, SLOW_SECONDS = "SLOW", 600


class TrainingOutput(BaseModel):
    weights: Path


def train(
    input_images: Path = Input(description="A zip file containing the images", default=None),
    trigger_word: str = Input(default="TOK"),
    autocaption: bool = Input(default=True),
    autocaption_prefix: str = Input(default=None),
    steps: int = Input(ge=3, le=6000, default=1000),
    learning_rate: float = Input(default=4e-4),
    hf_token: Secret = Input(default=None),
    skip_training_and_use_pretrained_hf_lora_url: Optional[str] = Input(default=None),
) -> TrainingOutput:
    # As the real one does with each of them: a description where a value should be ends here.
    if autocaption is not True or autocaption_prefix or hf_token or skip_training_and_use_pretrained_hf_lora_url:
        raise ValueError("an input has another value than its default")
    if not 0 < learning_rate < 1:
        raise ValueError("learning_rate has no value")
    photos = open_zip(input_images)
    if SLOW in trigger_word.upper():
        work(SLOW_SECONDS)
    weights = lora(len(photos), steps)
    with tarfile.open(OUTPUT_PATH, "w") as tar:
        add(tar, "output/flux_train_replicate/captions/photo_1.txt", trigger_word.encode())
        add(tar, "output/flux_train_replicate/lora.safetensors", weights)
    return TrainingOutput(weights=Path(OUTPUT_PATH))


def work(seconds: int) -> None:
    """In small steps: Cog stops a job between two instructions of Python, and not within one."""
    for _ in range(seconds * 10):
        time.sleep(0.1)


def open_zip(path: Path) -> list[str]:
    if not zipfile.is_zipfile(path):
        raise ValueError("input_images must be a zip file")
    with zipfile.ZipFile(path) as zipped:
        if zipped.testzip() is not None:
            raise ValueError("input_images is damaged")
        names = [name for name in zipped.namelist() if name.lower().endswith((".jpg", ".jpeg", ".png", ".webp"))]
    if len(names) < PHOTOS_MIN:
        raise ValueError(f"input_images has {len(names)} images, and should have {PHOTOS_MIN}")
    return names


def lora(photos: int, steps: int) -> bytes:
    """A safetensors file with the two matrices of one layer."""
    header, data = {"__metadata__": {"photos": str(photos), "steps": str(steps)}}, b""
    for name, shape in [("lora_A.weight", [16, 768]), ("lora_B.weight", [768, 16])]:
        matrix = struct.pack("<e", 0.5) * (shape[0] * shape[1])
        key = f"transformer.single_transformer_blocks.0.proj_out.{name}"
        header[key] = {"dtype": "F16", "shape": shape, "data_offsets": [len(data), len(data) + len(matrix)]}
        data += matrix
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    return struct.pack("<Q", len(text)) + text + data


def add(tar: tarfile.TarFile, name: str, content: bytes) -> None:
    entry = tarfile.TarInfo(name)
    entry.size = len(content)
    tar.addfile(entry, io.BytesIO(content))
