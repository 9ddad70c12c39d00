"""Events to the final Response, as the official SDK's stream helper hands it over.

Law: takes what the view holds; raises nothing. The final response is the one that the terminal event carries; where its
`output` is missing, the finished items take its place. A stream that broke off adds up to its last snapshot, with the
items as far as they came (`rebuild`), because that is what a client has then.
"""

from __future__ import annotations

from typing import Any

from conformance.core.stream import Stream

from .view import Item, Part, ResponsesView, Text


def accumulate(stream: Stream[ResponsesView]) -> dict[str, Any] | None:
    """The Response that the events add up to; None where no event carries one."""
    view = stream.view
    if view.terminal is None:
        return rebuild(view)
    response = view.terminal.response
    return response if response.get("output") is not None else {**response, "output": _output(view)}


def rebuild(view: ResponsesView) -> dict[str, Any] | None:
    """The last snapshot with the items that the events before it add up to; None where there is no snapshot."""
    if not view.snapshots:
        return None
    return {**view.snapshots[-1].response, "output": _output(view)}


def _output(view: ResponsesView) -> list[dict[str, Any]]:
    return [_item(item) for item in view.ordered]


def _item(item: Item) -> dict[str, Any]:
    """The item as its `done` event holds it, else as it was added, with what its deltas brought."""
    if item.final is not None:
        return item.final
    built: dict[str, Any] = dict(item.added[-1][1]) if item.added else {"id": next(iter(item.ids), None)}
    for (sub, _), part in sorted(item.parts.items(), key=lambda pair: pair[0][1]):
        member = "content" if sub == "content_index" else "summary"
        held = built.get(member)
        built[member] = [*(held if isinstance(held, list) else []), _part(item, part)]
    for text in item.texts.values():
        if not text.channel.parts and text.channel.sub is None:
            built[text.channel.value] = _whole(text)
    return built


def _part(item: Item, part: Part) -> dict[str, Any]:
    if part.done:
        return part.done[-1][1]
    built: dict[str, Any] = dict(part.added[-1][1]) if part.added else {}
    for text in item.texts.values():
        if text.channel.sub == part.sub and text.index == part.index and text.channel.parts:
            built.setdefault("type", text.channel.parts[0])
            built[text.channel.value] = _whole(text)
    return built


def _whole(text: Text) -> object:
    return text.whole if text.dones else text.joined
