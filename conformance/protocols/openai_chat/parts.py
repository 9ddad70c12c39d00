"""What the view is made of: one choice, one tool call, as pairs of event index and value.

Law: values as they came, in their order; nothing is judged, and nothing but the view fills them.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any


@dataclass(slots=True)
class ToolCall:
    """The fragments of one tool call: (event, value) pairs as they came. `index` is None where none was sent."""

    index: int | None
    first: int
    ids: list[tuple[int, object]] = field(default_factory=list)
    types: list[tuple[int, object]] = field(default_factory=list)
    names: list[tuple[int, object]] = field(default_factory=list)
    arguments: list[tuple[int, object]] = field(default_factory=list)
    events: list[int] = field(default_factory=list)

    @property
    def id(self) -> str:
        """The first id that is not empty."""
        return next((value for _, value in self.ids if isinstance(value, str) and value), "")

    @property
    def name(self) -> str:
        """The first name that is not empty."""
        return next((value for _, value in self.names if isinstance(value, str) and value), "")

    @property
    def joined(self) -> str:
        """The arguments, joined as a client joins them."""
        return "".join(value for _, value in self.arguments if isinstance(value, str))

    def sent(self, values: list[tuple[int, object]]) -> dict[str, int]:
        """Each different string of `ids` or `names` that is not empty -> the event that brought it first."""
        found: dict[str, int] = {}
        for event, value in values:
            if isinstance(value, str) and value:
                found.setdefault(value, event)
        return found

    @property
    def label(self) -> str:
        """How a message names it."""
        return "a tool call without index" if self.index is None else f"tool call {self.index}"


@dataclass(slots=True)
class Choice:
    """One choice index: (event, value) pairs of what its deltas brought, without what was empty or null."""

    index: int
    first: int
    last: int = 0
    roles: list[tuple[int, object]] = field(default_factory=list)
    content: list[tuple[int, str]] = field(default_factory=list)
    reasoning: list[tuple[int, str]] = field(default_factory=list)
    refusal: list[tuple[int, str]] = field(default_factory=list)
    calls: dict[object, ToolCall] = field(default_factory=dict)
    call_order: list[tuple[int, object]] = field(default_factory=list)
    """(event, key in `calls`) whenever a fragment of another call than before came."""
    function_calls: list[tuple[int, dict[str, Any]]] = field(default_factory=list)
    finishes: list[tuple[int, object]] = field(default_factory=list)
    logprobs: list[int] = field(default_factory=list)
    symbols: list[tuple[int, str]] = field(default_factory=list)
    """What its deltas did, for the grammar; the same in a row is noted once."""

    def did(self, event: int, symbol: str) -> None:
        """Notes what a delta did."""
        if not self.symbols or self.symbols[-1][1] != symbol:
            self.symbols.append((event, symbol))


def note_tool_calls(choice: Choice, event: int, fragments: object) -> None:
    """Notes the fragments of one delta's `tool_calls`, each with its call."""
    if type(fragments) is not list:
        return
    for position, fragment in enumerate(fragments):
        if type(fragment) is not dict:
            continue
        index = fragment.get("index")
        index = index if type(index) is int else None
        key: object = index
        if index is None:  # without an index a client can only go by id, or by place
            sent = fragment.get("id")
            key = ("id", sent) if isinstance(sent, str) and sent else ("position", position)
        call = choice.calls.get(key)
        if call is None:
            call = choice.calls[key] = ToolCall(index, event)
        if not choice.call_order or choice.call_order[-1][1] != key:
            choice.call_order.append((event, key))
        _fragment(call, event, fragment)
        choice.did(event, "tool")


def _fragment(call: ToolCall, event: int, fragment: dict[str, Any]) -> None:
    call.events.append(event)
    if "id" in fragment:
        call.ids.append((event, fragment["id"]))
    if "type" in fragment:
        call.types.append((event, fragment["type"]))
    function = fragment.get("function")
    if type(function) is dict:
        if "name" in function:
            call.names.append((event, function["name"]))
        if "arguments" in function:
            call.arguments.append((event, function["arguments"]))
