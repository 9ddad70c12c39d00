"""What a gateway made of its upstream's stream: the two sides of a sandwich, compared.

Law: pure, computed once per stream and on demand, and shared by all rules and traits. Where the upstream speaks another
protocol than the client, only what both say is compared (`core.said`), never their events.
"""

from __future__ import annotations

from collections.abc import Iterator
from enum import StrEnum
from functools import cached_property
from typing import Any
from weakref import WeakKeyDictionary

from .answers import PLACES, first
from .recording import EndKind, Recording
from .said import Said, due, said
from .sandwich import GATEWAY, Sandwich, Upstream, sandwich_of
from .stream import Stream
from .transparency_align import Alignment, Pair, align
from .transparency_change import Change, changes, tally


class Fidelity(StrEnum):
    """How much of the upstream's answer, or of one event, reached the client; the best first."""

    BYTES = "identical"
    """The same bytes."""
    JSON = "json"
    """Other bytes, the same JSON values under the same event names."""
    MESSAGE = "equivalent"
    """Other events that add up to the same message."""
    CHANGED = "changed"
    """Another message, and yet nothing of what the upstream said is missing."""
    LOST = "lost"
    """Text, reasoning, a tool call, the end, usage or an error is missing."""


class Framing(StrEnum):
    """How the body ended, as HTTP sees it."""

    CLEAN = "clean"
    TRUNCATED = "truncated"
    HANG = "hang"
    """It never ended: who read it gave up."""
    ABORTED = "aborted"
    """Who read it left."""


_FRAMING = {
    EndKind.EOF: Framing.CLEAN,
    EndKind.TRUNCATED: Framing.TRUNCATED,
    EndKind.RESET: Framing.TRUNCATED,
    EndKind.TIMEOUT: Framing.HANG,
    EndKind.CANCELLED: Framing.ABORTED,
}
_COMPARISONS: WeakKeyDictionary[Stream[Any], Comparison] = WeakKeyDictionary()


def comparison_of(stream: Stream[Any]) -> Comparison | None:
    """Both sides of the exchange that this stream is the client's side of; None where there was no sandwich."""
    sandwich = sandwich_of(stream)
    if sandwich is None:
        return None
    found = _COMPARISONS.get(stream)
    if found is None:
        found = _COMPARISONS[stream] = Comparison(sandwich, stream)
    return found


class Comparison:
    """Both sides of one exchange. `above` is the upstream's answer that the client's (`below`) was made of."""

    def __init__(self, sandwich: Sandwich, below: Stream[Any]) -> None:
        self.sandwich = sandwich
        self._below = below.recording, below.protocol, below.dialect

    @cached_property
    def below(self) -> Stream[Any]:
        """The client's side. A stream of its own: a comparison must not keep alive what it is looked up by."""
        return Stream(*self._below)

    @cached_property
    def upstream(self) -> Upstream | None:
        """The request whose answer the client got."""
        return self.sandwich.answer

    @cached_property
    def above(self) -> Stream[Any] | None:
        """The upstream's side; None where the request never got there."""
        if self.upstream is None:
            return None
        return Stream(self.upstream.recording, self.upstream.protocol or self.below.protocol)

    @property
    def translated(self) -> bool:
        """True where the upstream was asked in another protocol."""
        return self.above is not None and self.above.protocol.name != self.below.protocol.name

    @property
    def aborted(self) -> bool:
        """True where the client left, so that what it did not get says nothing of the gateway."""
        return self.below.recording.end.kind is EndKind.CANCELLED

    @property
    def streamed(self) -> bool:
        """True where both sides are event streams: events can be compared."""
        return self.above is not None and bool(self.above.events) and self.below.is_event_stream

    # What both say

    @cached_property
    def said(self) -> tuple[Said, Said]:
        """What the upstream said, and what the client heard."""
        return said(self.above) if self.above is not None else Said(), said(self.below)

    @cached_property
    def messages(self) -> tuple[dict[str, Any] | None, dict[str, Any] | None]:
        """What both streams add up to, as their protocols have it."""
        sides = (self.above, self.below)
        above, below = (s.protocol.accumulate(s) if s is not None and s.events else None for s in sides)
        return above, below

    # Events

    @cached_property
    def alignment(self) -> Alignment:
        """Which event became which; empty where events cannot be compared."""
        if self.above is None or self.translated or not self.streamed:
            return Alignment(())
        return align(self.above.events, self.below.events)

    def of_pair(self, pair: Pair) -> Fidelity:
        """How much of one event reached the client."""
        if self.above is None:
            return Fidelity.LOST
        up, down = self.above.events[pair.up], self.below.events[pair.down]
        ours, theirs = self.above.recording.body[up.start : up.end], self.below.recording.body[down.start : down.end]
        if ours == theirs:
            return Fidelity.BYTES
        same = up.name == down.name and (
            up.raw == down.raw or (up.parsed is not None and alike(up.parsed, down.parsed))
        )
        return Fidelity.JSON if same else Fidelity.CHANGED

    @cached_property
    def kept(self) -> dict[int, Fidelity]:
        """Event of the client -> how much of the upstream's event it is; an added one is not in it."""
        found = {pair.down: self.of_pair(pair) for pair in (*self.alignment.pairs, *self.alignment.moved)}
        return found | {down: Fidelity.MESSAGE for group in self.alignment.groups for down in group.down}

    @cached_property
    def changes(self) -> list[Change]:
        """What was done to members of events, each once with its number."""
        return tally(self._changes())

    def _changes(self) -> Iterator[Change]:
        if self.above is None:
            return
        renamed = self.alignment.renamed
        for pair in (*self.alignment.pairs, *self.alignment.moved):
            if self.kept[pair.down] is Fidelity.CHANGED:
                yield from changes(self.above.events[pair.up], self.below.events[pair.down], renamed)

    @cached_property
    def whole_events(self) -> bool:
        """True where every event of one side has its counterpart on the other, in the same order."""
        found = self.alignment
        return not (found.lost or found.added or found.moved or found.groups)

    # All of it

    @cached_property
    def fidelity(self) -> Fidelity | None:
        """How much of the upstream's answer reached the client; None where the client left, or there is no answer."""
        if self.above is None or self.aborted:
            return None
        if not self.translated and self.above.recording.body == self.below.recording.body:
            return Fidelity.BYTES
        if self.lost:
            return Fidelity.LOST
        same = self.whole_events and self.streamed and not self.translated
        if same and all(kept in (Fidelity.BYTES, Fidelity.JSON) for kept in self.kept.values()):
            return Fidelity.JSON
        return Fidelity.MESSAGE if self._same_message() else Fidelity.CHANGED

    def _same_message(self) -> bool:
        if self.translated or not self.streamed:
            ours, theirs = self.said
            return ours.text == theirs.text and ours.reasoning == theirs.reasoning and self._same_end(ours, theirs)
        above, below = self.messages
        return above is not None and above == below and self.said[0].error == self.said[1].error

    def _same_end(self, ours: Said, theirs: Said) -> bool:
        calls = [[(call.name, call.arguments) for call in side.calls] for side in (ours, theirs)]
        counted = ours.tokens == theirs.tokens or (theirs.tokens is None and not self.usage_asked)
        return calls[0] == calls[1] and ours.ending == theirs.ending and counted

    @cached_property
    def lost(self) -> list[str]:
        """What the upstream said and the client did not hear: `text`, `reasoning`, `tool calls`, `end`, `error`,
        `usage` (where it was asked for)."""
        ours, theirs = self.said
        missing = {
            "text": self.above is not None and not theirs.text.startswith(due(self.above)),
            "reasoning": bool(ours.reasoning) and not theirs.reasoning.startswith(ours.reasoning),
            "tool calls": len(theirs.calls) < len(ours.calls),
            "end": theirs.error is None and self._end_lost(ours, theirs),
            "usage": ours.tokens is not None and theirs.tokens is None and self.usage_asked,
            "error": ours.error is not None and theirs.error is None,
        }
        return [what for what, gone in missing.items() if gone]

    def _end_lost(self, ours: Said, theirs: Said) -> bool:
        unfinished = ours.ending is not None and theirs.ending is None
        silent = self.terminated[0] and not self.terminated[1] and not self.translated
        return unfinished or silent

    @property
    def usage_asked(self) -> bool:
        """True where the client asked for usage, or its API sends it unasked."""
        if not self.below.protocol.name.startswith(("openai-chat", "openai-completions")):
            return True
        options = self.below.asked.get("stream_options")
        return isinstance(options, dict) and options.get("include_usage") is True

    def member(self, name: str) -> tuple[object, object]:
        """A member of both messages: `id`, `model`, `created`."""
        above, below = self.messages
        path = PLACES[self.below.protocol.name].id if name == "id" else name
        return first(above, path), first(below, path)

    # How both ended

    @cached_property
    def framing(self) -> tuple[Framing, Framing]:
        """How both bodies ended, as HTTP sees it."""
        above = self.above.recording if self.above is not None else Recording()
        return _FRAMING[above.end.kind], _FRAMING[self.below.recording.end.kind]

    @cached_property
    def terminated(self) -> tuple[bool, bool]:
        """Whether both streams reached the event that ends an answer in their protocol."""
        return self.above is not None and _terminated(self.above), _terminated(self.below)

    @cached_property
    def sentinels(self) -> tuple[int, int]:
        """Number of `[DONE]` on both sides."""
        return _sentinels(self.above) if self.above is not None else 0, _sentinels(self.below)

    @cached_property
    def failed(self) -> str | None:
        """How the upstream failed, in words: a status, an error in its stream, a broken connection; None: it did not.

        What breaks behind the event that ends the answer is no failure."""
        if self.above is None:
            return None
        recording, error = self.above.recording, self.said[0].error
        if not self.above.succeeded:
            return f"answered {recording.status}"
        if error is not None:
            return f"sent an error ({error.type or error.code or error.message})"
        if self.framing[0] is Framing.TRUNCATED and not self.terminated[0] and not self.aborted:
            return f"broke off ({recording.end.kind.value})"
        return None

    @property
    def hung_up(self) -> bool:
        """True where the gateway left its upstream before it was done."""
        end = self.above.recording.end if self.above is not None else None
        return end is not None and end.kind is EndKind.CANCELLED and end.by == GATEWAY

    @cached_property
    def looks_well(self) -> bool:
        """True where the client's side shows nothing of a failure: 2xx, a clean end and no error."""
        return self.below.succeeded and self.framing[1] is Framing.CLEAN and self.said[1].error is None


def _terminated(stream: Stream[Any]) -> bool:
    return bool(stream.events) and stream.marks.terminal is not None


def _sentinels(stream: Stream[Any]) -> int:
    sentinel = (stream.protocol.sentinel or b"[DONE]").decode()
    return sum(event.kind == sentinel for event in stream.events[-3:])


def alike(one: Any, two: Any) -> bool:
    """True where two JSON values are the same: a number is no boolean, and 1 is not 1.0."""
    if type(one) is not type(two):
        return False
    if type(one) is dict:
        return one.keys() == two.keys() and all(alike(value, two[key]) for key, value in one.items())
    if type(one) is list:
        return len(one) == len(two) and all(map(alike, one, two))
    return bool(one == two)
