"""The view that Responses rules read: what the events of one stream add up to, indexed by output item and part.

Law: plain values, built in one pass (`build.py`); takes anything a peer may send, and judges nothing. Events are named
by their index. Items are keyed by `output_index`, because their ids may change on the way.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, NamedTuple

from .wire import TERMINALS, Channel

Shape = tuple[str, ...]
Key = int | tuple[str, str]
"""An output index, or `("id", item id)` where none was sent."""


@dataclass(slots=True)
class Seen:
    """How often something occurred, and at which event first."""

    first: int
    count: int = 0


class Snapshot(NamedTuple):
    """A response object, as one lifecycle event carries it."""

    event: int
    step: str
    """`created`, `queued`, `in_progress`, `completed`, `incomplete` or `failed`."""
    response: dict[str, Any]


class Step(NamedTuple):
    """A sequence number that does not follow from the one before."""

    event: int
    before: int
    number: int


@dataclass(slots=True)
class Text:
    """One stream of deltas and the `.done` events that end it."""

    channel: Channel
    output: Key
    index: int | None
    first: int
    last: int = 0
    filled: int | None = None
    """The first event with a delta that is not empty."""
    deltas: list[Any] = field(default_factory=list)
    empty: int = 0
    """Deltas that are the empty string."""
    dones: list[tuple[int, Any]] = field(default_factory=list)
    symbols: list[tuple[int, str]] = field(default_factory=list)

    @property
    def joined(self) -> str:
        """The deltas, joined as a client joins them."""
        try:
            return "".join(self.deltas)
        except TypeError:
            return "".join(delta for delta in self.deltas if isinstance(delta, str))

    @property
    def whole(self) -> object:
        """What the last `.done` event holds; None without one."""
        return self.dones[-1][1] if self.dones else None

    @property
    def name(self) -> str:
        """For messages: `output_text 0`."""
        return self.channel.name if self.index is None else f"{self.channel.name} {self.index}"


@dataclass(slots=True)
class Part:
    """One content or summary part: (event, part) pairs of its `added` and `done` events."""

    sub: str
    index: int
    first: int
    added: list[tuple[int, dict[str, Any]]] = field(default_factory=list)
    done: list[tuple[int, dict[str, Any]]] = field(default_factory=list)
    symbols: list[tuple[int, str]] = field(default_factory=list)

    @property
    def type(self) -> str | None:
        """The type that its `added` event names, else its `done` event."""
        for _, part in (*self.added, *self.done):
            if isinstance(part.get("type"), str):
                return str(part["type"])
        return None

    @property
    def name(self) -> str:
        """For messages: `content part 0`, `summary part 0`."""
        return f"{self.sub.partition('_')[0]} part {self.index}"


@dataclass(slots=True)
class Item:
    """One output item: (event, item) pairs of its `added` and `done` events, and what came between."""

    key: Key
    first: int
    type: str | None = None
    """The type that its `added` event names, else its `done` event."""
    added: list[tuple[int, dict[str, Any]]] = field(default_factory=list)
    done: list[tuple[int, dict[str, Any]]] = field(default_factory=list)
    ids: dict[str, int] = field(default_factory=dict)
    """Every id that an event gave it, in the order of their first events."""
    parts: dict[tuple[str, int], Part] = field(default_factory=dict)
    texts: dict[tuple[str, int | None], Text] = field(default_factory=dict)
    annotations: list[tuple[int, dict[str, Any]]] = field(default_factory=list)
    """(event, its data) of every `response.output_text.annotation.added`."""
    images: list[tuple[int, dict[str, Any]]] = field(default_factory=list)
    """(event, its data) of every partial image."""
    symbols: list[tuple[int, str]] = field(default_factory=list)
    """What its events did, for the grammar; the same in a row is noted once."""

    @property
    def final(self) -> dict[str, Any] | None:
        """The item as its last `done` event holds it."""
        return self.done[-1][1] if self.done else None

    @property
    def finished(self) -> bool:
        """True where its `done` event does not say that it broke off."""
        return bool(self.done) and self.done[-1][1].get("status") in (None, "completed")

    @property
    def name(self) -> str:
        """For messages: `item 0 (message)`."""
        index = self.key if isinstance(self.key, int) else repr(self.key[1])
        return f"item {index} ({self.type})" if self.type else f"item {index}"


@dataclass
class ResponsesView:
    """All events of one stream, up to where a second response begins."""

    snapshots: list[Snapshot] = field(default_factory=list)
    items: dict[Key, Item] = field(default_factory=dict)
    added: list[tuple[int, object]] = field(default_factory=list)
    """(event, `output_index`) of every `response.output_item.added`."""
    errors: list[tuple[int, dict[str, Any]]] = field(default_factory=list)
    done: list[int] = field(default_factory=list)
    """`[DONE]`."""
    symbols: list[tuple[int, str]] = field(default_factory=list)
    """What the events are, for the grammar of the response; what may be repeated is noted once in a row."""
    audio: dict[str, list[tuple[int, str]]] = field(default_factory=dict)
    """`audio` and `audio transcript` -> what their events did."""
    shapes: dict[tuple[str, Shape], Seen] = field(default_factory=dict)
    """(kind, members in their order) of every event that is an object."""
    names: dict[tuple[str, str], Seen] = field(default_factory=dict)
    """(name in the `event:` line, kind) where the two differ; the name is empty where there was no such line."""
    first_number: tuple[int, int] | None = None
    """(event, the first sequence number)."""
    last_number: int | None = None
    steps: list[Step] = field(default_factory=list)
    unnumbered: Seen | None = None
    """Events whose `sequence_number` is missing, negative or no integer."""
    resumed: bool = False
    """True where the request asks for a response that began earlier (GET with `starting_after`)."""
    broken: list[int] = field(default_factory=list)
    """Events whose data is no JSON object."""

    @cached_property
    def kinds(self) -> dict[str, Seen]:
        """Kind -> how often it occurred."""
        found: dict[str, Seen] = {}
        for (kind, _), seen in self.shapes.items():
            known = found.setdefault(kind, Seen(seen.first))
            known.first, known.count = min(known.first, seen.first), known.count + seen.count
        return found

    @cached_property
    def terminals(self) -> list[Snapshot]:
        """The snapshots that end the response."""
        return [snapshot for snapshot in self.snapshots if snapshot.step in TERMINALS]

    @property
    def terminal(self) -> Snapshot | None:
        """The first snapshot that ends the response."""
        return self.terminals[0] if self.terminals else None

    @cached_property
    def ordered(self) -> list[Item]:
        """The items in the order of their indices; those without one behind them, as they came."""
        last = len(self.items)
        return sorted(
            self.items.values(), key=lambda item: (item.key if isinstance(item.key, int) else last, item.first)
        )

    @cached_property
    def texts(self) -> list[tuple[Item, Text]]:
        """Every stream of deltas, with its item."""
        return [(item, text) for item in self.items.values() for text in item.texts.values()]

    @cached_property
    def types(self) -> frozenset[str | None]:
        """The types of all items."""
        return frozenset(item.type for item in self.items.values())

    @cached_property
    def channels(self) -> frozenset[str]:
        """The names of all streams of deltas."""
        return frozenset(text.channel.name for _, text in self.texts)

    @cached_property
    def calls(self) -> list[Item]:
        """The items that are function calls."""
        return [item for item in self.items.values() if item.type == "function_call"]

    @cached_property
    def usage(self) -> tuple[int, dict[str, Any]] | None:
        """(event, usage) of the final response, where it is an object."""
        final = self.terminal
        usage = final.response.get("usage") if final else None
        return (final.event, usage) if final is not None and isinstance(usage, dict) else None

    def counts(self, member: str, suffix: str = "") -> int:
        """Events whose kind ends with `suffix` that hold this member."""
        shapes = self.shapes.items()
        return sum(seen.count for (kind, shape), seen in shapes if member in shape and kind.endswith(suffix))
