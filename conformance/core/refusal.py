"""A request that was refused before any stream: one JSON document says why.

Law: what the body means is the protocol's to say; this reads it.
"""

from __future__ import annotations

from typing import Any

from .payload import parse
from .stream import Stream


def refused_in_json(stream: Stream[Any]) -> str | None:
    """Why a rule about the body of a refusal does not apply, or None where status and body are those of one."""
    if stream.recording.status < 400:
        return "the request was not refused"
    return None if parse(stream.recording.body)[0] is not None else "the body is not JSON"


def refusal(stream: Stream[Any]) -> dict[str, Any] | None:
    """The JSON object that the body is; None where it is something else."""
    body, _ = parse(stream.recording.body)
    return body if isinstance(body, dict) else None


def without_message(stream: Stream[Any]) -> str | None:
    """What the body holds in place of an `error` object with a string `message`; None where it has one."""
    body = refusal(stream)
    error = body and body.get("error")
    if isinstance(error, dict) and isinstance(error.get("message"), str):
        return None
    if body is None:
        return "no JSON object"
    of, held = ("an error with", error) if isinstance(error, dict) else ("only", body)
    return f"{of} {', '.join(held) or 'nothing'}"
