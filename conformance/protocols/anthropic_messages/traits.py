"""Neutral facts about a Messages stream.

Law: a trait reads the view and judges nothing; None where the stream shows nothing of it.
"""

from __future__ import annotations

from conformance.core.recording import Evidence
from conformance.core.stream import Stream
from conformance.core.trait import Value, trait

from .view import TOOLS, MessagesView

_BETA = frozenset(
    {"compaction", "fallback", "container_upload", "advisor_tool_result", "mcp_tool_use", "mcp_tool_result"}
)


@trait("termination.done", statements=("M41",), needs=(Evidence.FRAMING,))
def done(stream: Stream[MessagesView]) -> Value:
    """`absent`, or `present` where the stream holds `data: [DONE]`."""
    return "present" if stream.view.done else "absent"


@trait("termination.stop-reason", statements=("M27", "M30"))
def stop_reason(stream: Stream[MessagesView]) -> Value:
    """The stop reasons of the messages, sorted."""
    return sorted({str(message.stop_reason) for message in stream.view.messages if message.stop_reason}) or None


@trait("termination.message-deltas", statements=("M25",))
def message_deltas(stream: Stream[MessagesView]) -> Value:
    """Number of message_delta events, where there is a message."""
    return sum(len(message.deltas) for message in stream.view.messages) if stream.view.messages else None


@trait("keep-alive.pings", statements=("M36", "M37"))
def pings(stream: Stream[MessagesView]) -> Value:
    """Number of pings."""
    return len(stream.view.pings)


@trait("keep-alive.first-ping", statements=("M36",))
def first_ping(stream: Stream[MessagesView]) -> Value:
    """What the first ping follows: the kind of the event before it, or `nothing`."""
    pings = stream.view.pings
    if not pings:
        return None
    return stream.events[pings[0] - 1].kind if pings[0] else "nothing"


@trait("usage.placement", statements=("M04", "M31", "M34"))
def usage_placement(stream: Stream[MessagesView]) -> Value:
    """Where input tokens are counted: `start`, `delta` (zero in message_start, told later), `both`, or `none`."""
    messages = [message for message in stream.view.messages if message.deltas]
    if not messages:
        return None
    usage = messages[0].start.get("usage")
    start = bool(usage.get("input_tokens")) if isinstance(usage, dict) else False
    later = any(counted.get("input_tokens") for _, _, counted in messages[0].deltas)
    return {(True, True): "both", (True, False): "start", (False, True): "delta", (False, False): "none"}[start, later]


@trait("usage.input-tokens", statements=("M34",))
def input_tokens(stream: Stream[MessagesView]) -> Value:
    """How `input_tokens` of the last message_delta compares with message_start: `same`, `grows`, `shrinks`."""
    for message in stream.view.messages:
        usage = message.start.get("usage")
        first = usage.get("input_tokens") if isinstance(usage, dict) else None
        last = message.deltas[-1][2].get("input_tokens") if message.deltas else None
        if isinstance(first, int) and isinstance(last, int):
            return "same" if first == last else "grows" if last > first else "shrinks"
    return None


@trait("reasoning.form", statements=("M18", "M20", "M21"))
def reasoning(stream: Stream[MessagesView]) -> Value:
    """`thinking`, `omitted` (a block with its signature alone), `redacted`, `unsigned`; None without reasoning."""
    thinking = [block for block in stream.view.blocks if block.type == "thinking"]
    if not thinking:
        return "redacted" if any(block.type == "redacted_thinking" for block in stream.view.blocks) else None
    if any(block.joined and not block.signatures for block in thinking):
        return "unsigned"
    return "thinking" if any(block.joined for block in thinking) else "omitted"


@trait("reasoning.estimated-tokens", statements=("M46",))
def estimated_tokens(stream: Stream[MessagesView]) -> Value:
    """True where a thinking_delta carries `estimated_tokens`."""
    deltas = (
        stream.events[b.pieces[0][0]].parsed["delta"] for b in stream.view.blocks if b.type == "thinking" and b.pieces
    )
    return True if any("estimated_tokens" in delta for delta in deltas) else None


@trait("tools.first-piece", statements=("M16", "M17"))
def first_piece(stream: Stream[MessagesView]) -> Value:
    """The first input_json_delta of tool calls: `empty`, `content`, or `absent` (no delta at all)."""
    tools = [block for block in stream.view.blocks if block.type in TOOLS]
    if not tools:
        return None
    if any(not block.deltas for block in tools):
        return "absent"
    return "empty" if all(block.pieces and not block.pieces[0][1] for block in tools) else "content"


@trait("tools.server-tools", statements=("M23", "M24"))
def server_tools(stream: Stream[MessagesView]) -> Value:
    """The names of the server tools that were called, sorted."""
    return sorted({str(b.start.get("name")) for b in stream.view.blocks if b.type == "server_tool_use"}) or None


@trait("shape.block-types", statements=("M12", "M44", "M45"))
def block_types(stream: Stream[MessagesView]) -> Value:
    """The types of the blocks, sorted; an empty message shows none."""
    return sorted({block.type for block in stream.view.blocks if block.type}) or None


@trait("shape.beta-blocks", statements=("M45",))
def beta_blocks(stream: Stream[MessagesView]) -> Value:
    """The types of blocks that are beta, sorted."""
    return sorted({block.type for block in stream.view.blocks} & _BETA) or None


@trait("shape.citations", statements=("M22", "M47"))
def citations(stream: Stream[MessagesView]) -> Value:
    """Where citations stand in their block: `before-text`, `after-text`, `among-text`."""
    for block in stream.view.blocks:
        if block.citations and block.pieces:
            places, texts = [event for event, _ in block.citations], [event for event, _ in block.pieces]
            if places[-1] < texts[0]:
                return "before-text"
            return "after-text" if places[0] > texts[-1] else "among-text"
    return None


@trait("shape.unknown-events", statements=("M42",))
def unknown_events(stream: Stream[MessagesView]) -> Value:
    """Types of events that the protocol does not know, sorted."""
    return sorted(stream.view.unknown) or None


@trait("errors.form", statements=("M38",))
def error_form(stream: Stream[MessagesView]) -> Value:
    """`named` (`event: error`), or `nameless`, which the SDKs pass over in silence."""
    errors = stream.view.errors
    return None if not errors else "named" if stream.events[errors[0]].name == "error" else "nameless"
