"""flux-fine-tuner's trainer, returning the path of its weights and nothing around it.

Cog 0.17 and later upload a path that is returned bare. Of an object with a path in it they write the file into the callback, which is too large to
be taken anywhere. Beside flux-fine-tuner's own train.py; README.md says how it is built.
"""

import inspect

from cog import Input, Path

from train import train as fine_tune


def train(
    input_images: Path = Input(description="A zip of 10 or more photos"),
    trigger_word: str = Input(description="The word that stands for the person in prompts", default="TOK"),
    steps: int = Input(description="How long to train", ge=3, le=6000, default=1000),
) -> Path:
    # Called as a plain function it would get Cog's descriptions of its inputs where it expects their values.
    inputs = {name: given(parameter.default) for name, parameter in inspect.signature(fine_tune).parameters.items()}
    inputs.update(input_images=input_images, trigger_word=trigger_word, steps=steps)
    return fine_tune(**inputs).weights


def given(default):
    """What an input is where nobody sends it."""
    return getattr(default, "default", default)
