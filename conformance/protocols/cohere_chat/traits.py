"""Neutral facts about a Cohere chat stream.

Law: a trait reads the view and judges nothing; None where the stream shows nothing of it.
"""

from __future__ import annotations

from conformance.core.recording import Evidence
from conformance.core.stream import Stream
from conformance.core.trait import Value, trait

from .view import CohereView


@trait("termination.done", needs=(Evidence.FRAMING,))
def done(stream: Stream[CohereView]) -> Value:
    """`present` or `absent`: `data: [DONE]`, which Cohere sends behind message-end."""
    return "present" if stream.view.done else "absent"


@trait("termination.finish-reason")
def finish_reason(stream: Stream[CohereView]) -> Value:
    """The finish reason of message-end."""
    return str(stream.view.ends[-1][1]) if stream.view.ends else None


@trait("tools.plan")
def plan(stream: Stream[CohereView]) -> Value:
    """True where a tool plan is streamed."""
    return True if stream.view.plan else None


@trait("shape.content-blocks")
def content_blocks(stream: Stream[CohereView]) -> Value:
    """Number of content blocks."""
    return sum(1 for family, _ in stream.view.blocks if family == "content")
