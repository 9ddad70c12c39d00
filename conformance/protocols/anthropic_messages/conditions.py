"""When a Messages rule applies: what the stream must hold for a verdict to mean much.

Law: each is a `when=` of `@rule`: it says why the rule does not apply, or None where it does.
"""

from __future__ import annotations

from conformance.core.stream import Stream

from .view import TOOLS, MessagesView

MessagesStream = Stream[MessagesView]


def has_message(stream: MessagesStream) -> str | None:
    """A message_start."""
    return None if stream.view.starts else "no message_start in the stream"


def has_payload(stream: MessagesStream) -> str | None:
    """Any event of a message."""
    return None if stream.view.messages else "no event of a message in the stream"


def has_blocks(stream: MessagesStream) -> str | None:
    """At least one content block."""
    return None if any(message.blocks for message in stream.view.messages) else "no content block in the stream"


def has_tools(stream: MessagesStream) -> str | None:
    """A block that calls a tool."""
    return None if any(block.type in TOOLS for block in stream.view.blocks) else "no tool call in the stream"


def has_thinking(stream: MessagesStream) -> str | None:
    """A thinking block."""
    return None if any(block.type == "thinking" for block in stream.view.blocks) else "no thinking in the stream"


def has_results(stream: MessagesStream) -> str | None:
    """A block with the result of a server tool."""
    found = any(block.type.endswith("_tool_result") for block in stream.view.blocks)
    return None if found else "no tool result in the stream"


def has_citations(stream: MessagesStream) -> str | None:
    """A citations_delta."""
    return None if any(block.citations for block in stream.view.blocks) else "no citation in the stream"


def has_message_delta(stream: MessagesStream) -> str | None:
    """A message_delta."""
    return None if any(message.deltas for message in stream.view.messages) else "no message_delta in the stream"


def has_stop_reason(stream: MessagesStream) -> str | None:
    """A message that has come to where it says why it stopped."""
    return None if any(message.reasons for message in stream.view.messages) else "no stop reason in the stream"


def has_errors(stream: MessagesStream) -> str | None:
    """An error event."""
    return None if stream.view.errors else "no error in the stream"


def has_no_error(stream: MessagesStream) -> str | None:
    """A message, and no error: an error ends the stream where it stands."""
    return "an error ended the stream" if stream.view.errors else has_payload(stream)
