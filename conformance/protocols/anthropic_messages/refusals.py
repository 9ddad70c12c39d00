"""Requests that are refused before any stream: when their rules apply, and a refusal in Anthropic's own form.

Law: the body is one JSON document, and is read as such.
"""

from __future__ import annotations

from conformance.core.example import Example
from conformance.core.payload import parse
from conformance.core.stream import Stream

from .view import MessagesView

REFUSED = Example(
    '{"type":"error","error":{"type":"not_found_error","message":"No such model."},"request_id":"req_1"}',
    path="/v1/messages",
    status=404,
    headers=(("content-type", "application/json"),),
)


def refused_in_json(stream: Stream[MessagesView]) -> str | None:
    """The answer is an error, and its body is JSON: why not, or None."""
    if stream.recording.status < 400:
        return "the request was not refused"
    return None if parse(stream.recording.body)[0] is not None else "the body is not JSON"
