"""When a Cohere rule applies.

Law: each is a `when=` of `@rule`: it says why the rule does not apply, or None where it does.
"""

from __future__ import annotations

from conformance.core.stream import Stream

from .view import CohereView


def has_tools(stream: Stream[CohereView]) -> str | None:
    """A tool call."""
    found = any(block.family == "tool-call" for block in stream.view.blocks.values())
    return None if found else "no tool call in the stream"


def has_end(stream: Stream[CohereView]) -> str | None:
    """A message-end."""
    return None if stream.view.ends else "no message-end in the stream"
