"""What goes wrong."""

from __future__ import annotations

from typing import Any

import httpx


class LikenessError(Exception):
    """Everything that goes wrong is one of these. It never has the API key in it.

    `code` is one of the API's, or of four of the library: `UNREACHABLE` (no answer, after all attempts), `UNEXPECTED_ANSWER` (an answer that is not
    the API's, as of a proxy), `TIMED_OUT` (it was waited for long enough; the work goes on) and `CANCELED` (the task was taken back).
    """

    def __init__(
        self,
        code: str,
        message: str,
        *,
        status: int | None = None,
        request_id: str | None = None,
        retry_after: float | None = None,
        details: list[dict[str, Any]] | None = None,
        id: str | None = None,
    ) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message
        #: The HTTP status, where there was an answer.
        self.status = status
        #: Names the request in the deployment's logs.
        self.request_id = request_id
        #: In how many seconds to ask again, where the API says so.
        self.retry_after = retry_after
        #: Each photo that cannot be used, where several can be wrong: `image` (from 1), `url`, `reason`.
        self.details = details or []
        #: The task or the character that failed, or that is still under way.
        self.id = id


def error_of(response: httpx.Response) -> LikenessError:
    """The error that an answer, which has been read, tells of."""
    retry_after = response.headers.get("retry-after", "")
    seconds = float(retry_after) if retry_after.isdecimal() else None
    request_id = response.headers.get("x-request-id")
    try:
        error = response.json()["error"]
        code, message, details = error["code"], error["message"], error.get("details")
    except (ValueError, KeyError, TypeError):
        code, message, details = "UNEXPECTED_ANSWER", f"the answer has status {response.status_code} and is not the API's", None
    return LikenessError(code, message, status=response.status_code, request_id=request_id, retry_after=seconds, details=details)
