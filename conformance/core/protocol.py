"""Protocol: everything the core needs to know of one API family, as values and pure functions.

Law: a protocol folder builds one PROTOCOL of this; the catalogue adds the schemas, because only it reads files.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from re import Pattern
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from .grammar import Grammar, Walk
from .latency import Marks
from .schema import SchemaSet
from .trait import Trait

if TYPE_CHECKING:
    from .stream import Stream, StreamEvent

V = TypeVar("V")


def no_order(stream: Stream[Any]) -> Iterable[Walk]:
    """No grammar."""
    return ()


def no_accumulation(stream: Stream[Any]) -> dict[str, Any] | None:
    """No final message."""
    return None


@dataclass(frozen=True)
class Protocol(Generic[V]):
    """One API family."""

    name: str
    title: str
    docs: str
    """URL of its documentation."""
    kind_of: Callable[[str, object], str]
    """(event name, parsed data) -> event kind. Called for every event: keep it cheap."""
    index: Callable[[Stream[V]], V]
    """Builds the view that this protocol's rules read, in one pass."""
    recognises: Callable[[Sequence[StreamEvent]], bool]
    """Whether the first events look like this protocol; `kind` of those is not yet set by it."""
    marks: Callable[[Stream[V]], Marks]
    path: Pattern[str] | None = None
    """Searched in the path of the request."""
    sentinel: bytes | None = None
    """The one data payload that is not JSON."""
    grammars: tuple[Grammar, ...] = ()
    order: Callable[[Stream[V]], Iterable[Walk]] = no_order
    accumulate: Callable[[Stream[V]], dict[str, Any] | None] = no_accumulation
    """The final message that the events add up to (a `chat.completion`), or None where there is none."""
    model_of: Callable[[Stream[V]], str | None] = lambda stream: None
    """The model that the stream names."""
    text_of: Callable[[StreamEvent], str] = lambda event: ""
    """The text that one event adds to what a person reads: for showing a stream as it arrives."""
    schemas: SchemaSet = field(default_factory=lambda: SchemaSet({}, {}))
    traits: tuple[Trait, ...] = ()
    """The protocol's own traits and the shared ones; added by the catalogue, like the schemas."""


def _kind(name: str, data: object) -> str:
    return name or "message"


UNKNOWN: Protocol[None] = Protocol(
    name="unknown",
    title="A stream of no known protocol",
    docs="https://html.spec.whatwg.org/multipage/server-sent-events.html",
    kind_of=_kind,
    index=lambda stream: None,
    recognises=lambda events: False,
    marks=lambda stream: Marks(last_payload=len(stream.events) - 1 if stream.events else None),
    sentinel=b"[DONE]",
)
