"""The same text in every place where a stream shows it: joined deltas, `.done` event, part, item.

Law: pure comparison over the view. The deltas are what a client has shown by then; where there are none, the first
whole value counts.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from conformance.core.payload import FlawKind
from conformance.core.rule import Fault
from conformance.core.stream import Stream

from .view import Item, ResponsesView, Text

Place = tuple[str, int, object]
"""Where a whole value stands in words, the event, and the value."""


def differences(stream: Stream[ResponsesView], *channels: str) -> Iterator[Fault]:
    """The faults of those texts of these channels that are others than their deltas."""
    for item, text in stream.view.texts:
        if text.channel.name in channels:
            yield from _differences(stream, item, text)


def _differences(stream: Stream[ResponsesView], item: Item, text: Text) -> Iterator[Fault]:
    """One fault for each other value, however many places hold it."""
    shown: object = _joined(text) if text.deltas else None
    source = "the deltas"
    others: list[tuple[object, int, list[str]]] = []
    for place, event, value in _wholes(item, text):
        if shown is None:
            shown, source = value, place
        elif value != shown and not _halved(stream, value, shown):
            places = next((places for held, _, places in others if held == value), None)
            if places is None:
                others.append((value, event, [place]))
            else:
                places.append(place)
    for value, event, places in others:
        yield Fault(f"{item.name}, {text.name}: {_compare(_listed(places), value, source, shown)}", event)


def _halved(stream: Stream[ResponsesView], value: object, shown: object) -> bool:
    """True where the deltas add up to the value in UTF-16: events were cut between the halves of surrogate pairs, of
    which `sse/json-not-strict` speaks."""
    if not isinstance(value, str) or not isinstance(shown, str) or "\ufffd\ufffd" not in shown:
        return False
    if not any(event.flaw is not None and event.flaw.kind is FlawKind.LONE_SURROGATE for event in stream.events):
        return False
    return re.fullmatch(re.escape(shown).replace("\ufffd\ufffd", "."), value, re.DOTALL) is not None


def _listed(places: list[str]) -> str:
    return f"{', '.join(places[:-1])} and {places[-1]}" if len(places) > 1 else places[0]


def _joined(text: Text) -> object:
    if text.channel.name != "shell_call_output_content":
        return text.joined
    return _printed(text.deltas)


def _printed(pieces: object) -> dict[str, str]:
    """What a shell command printed, from its pieces."""
    found = [piece for piece in pieces if isinstance(piece, dict)] if isinstance(pieces, list) else []
    return {name: "".join(str(piece.get(name) or "") for piece in found) for name in ("stdout", "stderr")}


def _wholes(item: Item, text: Text) -> Iterator[Place]:
    """Every place where the whole value stands, in the order in which a client meets them."""
    name, value = text.channel.name, text.channel.value
    shell = name == "shell_call_output_content"
    for event, whole in text.dones:
        yield "the .done event", event, _printed(whole) if shell else whole
    part = item.parts.get((text.channel.sub or "", text.index or 0)) if text.channel.parts else None
    for event, held in part.done if part else ():
        yield "the finished part", event, held.get(value)
    if item.final is not None:
        inside = _in_item(item.final, text)
        yield "the finished item", item.done[-1][0], _printed([inside]) if shell else inside


def _in_item(item: dict[str, Any], text: Text) -> object:
    """The value as the whole item holds it; None where it does not."""
    channel, index = text.channel, text.index or 0
    if channel.parts:
        return _member(
            _entry(item.get("content" if channel.sub == "content_index" else "summary"), index), channel.value
        )
    if channel.name == "apply_patch_call_operation_diff":
        return _member(item.get("operation"), "diff")
    if channel.name == "shell_call_command":
        return _entry(_member(item.get("action"), "commands"), index)
    if channel.name == "shell_call_output_content":
        return _entry(item.get("output"), index)
    return item.get(channel.value)


def _member(value: object, name: str) -> object:
    return value.get(name) if isinstance(value, dict) else None


def _entry(value: object, index: int) -> object:
    return value[index] if isinstance(value, list) and 0 <= index < len(value) else None


def _compare(place: str, value: object, source: str, shown: object) -> str:
    """In words, where two values part."""
    if not isinstance(value, str) or not isinstance(shown, str):
        return f"{_clip(value)} in {place}, {_clip(shown)} in {source}"
    at = next((n for n, (a, b) in enumerate(zip(value, shown, strict=False)) if a != b), min(len(value), len(shown)))
    start = max(0, at - 20)
    return (
        f"{len(value)} characters in {place}, {len(shown)} in {source}; they part at character {at}: "
        f"{value[start : at + 20]!r} and {shown[start : at + 20]!r}"
    )


def _clip(value: object) -> str:
    shown = "nothing" if value is None else repr(value)
    return shown if len(shown) <= 80 else shown[:40] + " ... " + shown[-40:]
