"""Chunks to the final `text_completion`.

Law: takes what the view holds; raises nothing.
"""

from __future__ import annotations

from typing import Any

from conformance.core.stream import Stream

from .view import CompletionsView


def accumulate(stream: Stream[CompletionsView]) -> dict[str, Any] | None:
    """The completion that the chunks add up to; None where the stream holds no chunk."""
    view = stream.view
    if not view.chunks:
        return None
    choices = [
        {
            "index": choice.index,
            "text": "".join(text for _, text in choice.texts),
            "finish_reason": choice.finishes[-1][1] if choice.finishes else None,
        }
        for _, choice in sorted(view.choices.items())
    ]
    return {
        "id": next(iter(view.ids), None),
        "object": "text_completion",
        "model": next(iter(view.models), None),
        "choices": choices,
        "usage": view.usages[-1][1] if view.usages else None,
    }
