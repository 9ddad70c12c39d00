"""Events to the final chat response.

Law: takes what the view holds; raises nothing.
"""

from __future__ import annotations

from typing import Any

from conformance.core.stream import Stream

from .view import Block, CohereView


def accumulate(stream: Stream[CohereView]) -> dict[str, Any] | None:
    """The response that the events add up to; None where there is no message-start."""
    view = stream.view
    if not view.starts:
        return None
    message: dict[str, Any] = {"role": "assistant"}
    content = [{**b.start, b.text_key: b.joined} for b in _of(view, "content")]
    calls = [_call(block) for block in _of(view, "tool-call")]
    if content:
        message["content"] = content
    if view.plan:
        message["tool_plan"] = "".join(piece for _, piece in view.plan)
    if calls:
        message["tool_calls"] = calls
    _, reason, usage = view.ends[-1] if view.ends else (None, None, None)
    return {"id": view.id, "finish_reason": reason, "message": message, "usage": usage}


def _of(view: CohereView, family: str) -> list[Block]:
    return [block for (kind, _), block in sorted(view.blocks.items()) if kind == family]


def _call(block: Block) -> dict[str, Any]:
    function = block.start.get("function")
    named = function if isinstance(function, dict) else {}
    return {**block.start, "function": {**named, "arguments": block.joined}}
