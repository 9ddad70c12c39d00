"""Which tool calls of a stream a reader can put together, and which of them the server finished.

Law: pure selections over the view; nothing is judged here.
"""

from __future__ import annotations

from collections.abc import Iterator

from .view import ChatView, Choice, ToolCall

CUT_SHORT = ("length", "content_filter")
"""Finish reasons after which half a tool call is nobody's fault."""


def finished_calls(view: ChatView) -> Iterator[tuple[Choice, ToolCall]]:
    """The function calls whose fragments belong together for certain, of choices that ended by themselves."""
    for choice in view.choices.values():
        if choice.calls and choice.finishes and choice.finishes[0][1] not in CUT_SHORT:
            for call in choice.calls.values():
                if _apart(choice, call) and not any(kind == "custom" for _, kind in call.types):
                    yield choice, call


def _apart(choice: Choice, call: ToolCall) -> bool:
    """True where no fragment of another call can have got into this one, nor one of its own into another."""
    if call.index is None:
        return all(other.id for other in choice.calls.values() if other.index is None)
    return len(call.sent(call.ids)) < 2
