"""A client for Likeness: photos in, pictures of the same person out. The API's shapes are in `likeness_client.models`."""

from .client import Likeness
from .errors import LikenessError
from .files import files
from .webhook import verify_webhook

__all__ = ["Likeness", "LikenessError", "files", "verify_webhook"]
