"""One pass over the events, into the view.

Law: a handler per event kind, found in a table; nothing is judged, nothing raises. Neighbours are alike: a delta that
continues the stream of deltas before it costs a few comparisons.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from conformance.core.stream import Stream, StreamEvent

from .view import Item, Key, Part, ResponsesView, Seen, Snapshot, Step, Text
from .wire import AUDIO, DELTAS, DONES, LIFECYCLE, PARTS, PROGRESS, TERMINALS, WHOLE_ITEMS, Channel

Data = dict[str, Any]
Symbols = list[tuple[int, str]]
Handler = Callable[["Builder", int, Data, Any], None]


def build(stream: Stream[ResponsesView]) -> ResponsesView:
    """The view of a stream."""
    builder = Builder()
    if stream.recording.request.method == "GET":
        builder.view.resumed = True
        builder.view.symbols.append((0, "resumed"))
    take = builder.take
    for event in stream.events:
        take(event)
    return builder.view


def fold(symbols: Symbols, event: int, symbol: str) -> None:
    """Notes what an event did; the same in a row is noted once."""
    if not symbols or symbols[-1][1] != symbol:
        symbols.append((event, symbol))


class Builder:
    """Carries from event to event what the last one looked like."""

    __slots__ = ("_by_id", "_ended", "_kind", "_next", "_over", "_seen", "_shape", "_unsure", "item_id", "text", "view")

    def __init__(self) -> None:
        self.view = ResponsesView()
        self.text: Text | None = None
        """The stream of deltas that the last event continued."""
        self.item_id: object = None
        self._by_id: dict[str, Key] = {}
        self._kind = ""
        self._shape: tuple[str, ...] = ()
        self._seen = Seen(0)
        self._next: Any = object()  # equal to no number, before the first
        self._unsure = False
        self._ended = False
        self._over = False

    def take(self, event: StreamEvent) -> None:
        """Notes one event. Once another response has begun behind the end of the first, nothing is noted any more."""
        data, kind, index = event.parsed, event.kind, event.index
        if self._ended and kind == "response.created" and not self._over:
            self._over = True
            self.view.symbols.append((index, "created"))
        if self._over:
            return
        if type(data) is not dict:
            self._no_object(index, kind)
            return
        shape = tuple(data)
        if kind != self._kind or shape != self._shape:
            self._kind, self._shape = kind, shape
            self._seen = self.view.shapes.setdefault((kind, shape), Seen(index))
        self._seen.count += 1
        if event.name != kind:
            self.view.names.setdefault((event.name, kind), Seen(index)).count += 1
        number = data.get("sequence_number")
        if number == self._next:
            self._next += 1
        else:
            self._number(index, number)
        found = HANDLERS.get(kind)
        if found is None:
            fold(self.view.symbols, index, "other")
        else:
            found[0](self, index, data, found[1])

    def _no_object(self, event: int, kind: str) -> None:
        self.text = None
        if kind == "[DONE]":
            self.view.done.append(event)
            self.view.symbols.append((event, kind))
        else:
            self.view.broken.append(event)

    def _number(self, event: int, number: object) -> None:
        """A sequence number that is not the expected one."""
        view = self.view
        if type(number) is not int or number < 0:
            if view.unnumbered is None:
                view.unnumbered = Seen(event)
            view.unnumbered.count += 1
            self._unsure = True
            return
        if view.first_number is None:
            view.first_number = (event, number)
        elif number < self._next or not self._unsure:  # whether one without number counts, is the server's secret
            view.steps.append(Step(event, self._next - 1, number))
        self._next, self._unsure = number + 1, False

    def lifecycle(self, event: int, step: str) -> None:
        """Notes a step of the response."""
        self.text = None
        self.view.symbols.append((event, step))
        self._ended = self._ended or step in TERMINALS

    def item_of(self, event: int, data: Data, item_id: object) -> Item | None:
        """The item that an event is about, by its output index, else by its id; None where it has neither."""
        self.text = None
        fold(self.view.symbols, event, "output")
        key: Key | None = None
        index = data.get("output_index")
        if type(index) is int:
            key = index
        elif isinstance(item_id, str):
            key = self._by_id.get(item_id, ("id", item_id))
        if key is None:
            return None
        item = self.view.items.get(key)
        if item is None:
            item = self.view.items[key] = Item(key, event)
        if isinstance(item_id, str) and item_id not in item.ids:
            item.ids[item_id] = event
            self._by_id.setdefault(item_id, key)
        return item

    def text_of(self, event: int, data: Data, channel: Channel, symbol: str) -> Text | None:
        """The stream of deltas that an event belongs to; notes what it does to item and part."""
        item_id = data.get("item_id")
        item = self.item_of(event, data, item_id)
        if item is None:
            return None
        index = _index(data, channel.sub) if channel.sub else None
        text = item.texts.get((channel.name, index))
        if text is None:
            text = item.texts[channel.name, index] = Text(channel, item.key, index, event)
        fold(item.symbols, event, channel.symbol)
        symbols = text.symbols
        if channel.parts and channel.sub is not None:
            part = part_of(item, channel.sub, index or 0, event)
            symbols = part.symbols
            symbol = symbol if part.type in (None, *channel.parts) else "foreign"
        if symbol == "text":
            symbols.append((event, symbol))
        else:
            fold(symbols, event, symbol)
        self.text, self.item_id = text, item_id
        return text


def part_of(item: Item, sub: str, index: int, event: int) -> Part:
    """The part of this index, made where it is new."""
    part = item.parts.get((sub, index))
    if part is None:
        part = item.parts[sub, index] = Part(sub, index, event)
    return part


def _index(data: Data, member: str) -> int:
    """The index that the member holds; 0 where it holds none."""
    index = data.get(member)
    return index if type(index) is int else 0


def _name(item: Item, held: Data) -> None:
    """Notes the type of an item, where it is not known yet."""
    named = held.get("type")
    if item.type is None and type(named) is str:
        item.type = named


def _dict(data: Data, member: str) -> Data:
    value = data.get(member)
    return value if type(value) is dict else {}


def _lifecycle(builder: Builder, event: int, data: Data, step: str) -> None:
    builder.lifecycle(event, step)
    response = data.get("response")
    if type(response) is dict:
        builder.view.snapshots.append(Snapshot(event, step, response))


def _item_added(builder: Builder, event: int, data: Data, _: object) -> None:
    item = _dict(data, "item")
    builder.view.added.append((event, data.get("output_index")))
    found = builder.item_of(event, data, item.get("id"))
    if found is not None:
        found.added.append((event, item))
        _name(found, item)
        whole = str(item.get("status")) in WHOLE_ITEMS and not str(item.get("type")).endswith("_output")
        found.symbols.append((event, "added whole" if whole else "added"))


def _item_done(builder: Builder, event: int, data: Data, _: object) -> None:
    item = _dict(data, "item")
    found = builder.item_of(event, data, item.get("id"))
    if found is not None:
        found.done.append((event, item))
        _name(found, item)
        found.symbols.append((event, "done" if item.get("status") in (None, "completed") else "done unfinished"))


def _part(builder: Builder, event: int, data: Data, about: tuple[str, str]) -> None:
    sub, step = about
    item = builder.item_of(event, data, data.get("item_id"))
    if item is not None:
        part = part_of(item, sub, _index(data, sub), event)
        (part.added if step == "added" else part.done).append((event, _dict(data, "part")))
        part.symbols.append((event, step))
        fold(item.symbols, event, "content" if sub == "content_index" else "summary")


def _delta(builder: Builder, event: int, data: Data, channel: Channel) -> None:
    get, text = data.get, builder.text
    if (
        text is None
        or text.channel is not channel
        or get("output_index") != text.output
        or get("item_id") != builder.item_id
        or (channel.sub is not None and get(channel.sub) != text.index)
    ):
        text = builder.text_of(event, data, channel, "delta")
        if text is None:
            return
    delta = get("delta")
    text.last = event
    text.deltas.append(delta)
    if delta == "":
        text.empty += 1
    elif text.filled is None:
        text.filled = event


def _text_done(builder: Builder, event: int, data: Data, channel: Channel) -> None:
    text = builder.text_of(event, data, channel, "text")
    if text is not None:
        text.dones.append((event, data.get(channel.value)))
    builder.text = None


def _command_added(builder: Builder, event: int, data: Data, channel: Channel) -> None:
    builder.text_of(event, data, channel, "added")
    builder.text = None


def _annotation(builder: Builder, event: int, data: Data, _: object) -> None:
    item = builder.item_of(event, data, data.get("item_id"))
    if item is not None:
        item.annotations.append((event, data))
        fold(item.symbols, event, "content")
        fold(part_of(item, "content_index", _index(data, "content_index"), event).symbols, event, "annotation")


def _progress(builder: Builder, event: int, data: Data, step: str) -> None:
    item = builder.item_of(event, data, data.get("item_id"))
    if item is not None:
        item.symbols.append((event, step))
        if step == "partial_image":
            item.images.append((event, data))


def _error(builder: Builder, event: int, data: Data, _: object) -> None:
    builder.text = None
    builder.view.errors.append((event, data))
    builder.view.symbols.append((event, "error"))


def _audio(builder: Builder, event: int, data: Data, about: tuple[str, str]) -> None:
    builder.text = None
    fold(builder.view.symbols, event, "output")
    builder.view.audio.setdefault(about[0], []).append((event, about[1]))


HANDLERS: Mapping[str, tuple[Handler, Any]] = {
    **{kind: (_lifecycle, step) for kind, step in LIFECYCLE.items()},
    **{kind: (_part, about) for kind, about in PARTS.items()},
    **{kind: (_delta, channel) for kind, channel in DELTAS.items()},
    **{kind: (_text_done, channel) for kind, channel in DONES.items()},
    **{kind: (_progress, step) for kind, step in PROGRESS.items()},
    **{kind: (_audio, about) for kind, about in AUDIO.items()},
    "response.output_item.added": (_item_added, None),
    "response.output_item.done": (_item_done, None),
    "response.output_text.annotation.added": (_annotation, None),
    "response.shell_call_command.added": (_command_added, DONES["response.shell_call_command.done"]),
    "error": (_error, None),
}
"""Event kind -> its handler, and what it is told beside the event."""
