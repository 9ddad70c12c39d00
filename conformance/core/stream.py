"""Stream: one recording decoded once, with the indexed views that rules read.

Law: computed once, on demand, and shared by all rules; no rule loops over all events for a fact that is known here.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator
from functools import cached_property
from itertools import accumulate
from typing import TYPE_CHECKING, Any, Generic, TypeVar, cast

from orjson import JSONDecodeError, loads

from .dialect import STRICT, Dialect
from .grammar import Walk
from .payload import Flaw, parse
from .recording import EndKind, Evidence, Recording
from .rule import Fault
from .sse import BOM, ServerSentEvent, SSEDecoder, decode
from .trait import Value, read

if TYPE_CHECKING:
    from .latency import Latency, Marks
    from .protocol import Protocol
    from .schema import Words

V = TypeVar("V")

EVENT_STREAM = "text/event-stream"
_SSE_OPENINGS = (b"data:", b"event:", b":", b"id:", b"retry:")
_OTHER_OPENINGS = (b"{", b"[", b"<")  # JSON or HTML under the media type of a stream


class StreamEvent(ServerSentEvent):
    """One event of the API: the server-sent event that carried it, and what it means.

    `index` among the stream events, `kind` as the protocol names it (`chunk`, `[DONE]`, `message_start`), `parsed` the
    JSON value (None for a sentinel or what no reader can parse), `flaw` why it is not strict JSON. What it inherits:
    `name`, `raw`, `data` (the text), `start`, `end` (byte span in the body), `at` (milliseconds), `data_lines`.
    """

    __slots__ = ("_body", "flaw", "index", "kind", "parsed")

    _body: bytes
    index: int
    kind: str
    parsed: Any
    flaw: Flaw | None

    @property
    def raw(self) -> bytes:
        """The data buffer as bytes: cut out of the body again when asked, for a stream has many and few are asked."""
        if self._raw is not None:
            return self._raw
        block = self._body[self.start : self.end]
        line = block[6:-2]
        if block.startswith(b"data: ") and block.endswith(b"\n\n") and b"\n" not in line and b"\r" not in line:
            return line
        return decode(b"\n" + block)[0][0].raw  # a BOM there is not the first


class Stream(Generic[V]):
    """One recording as its protocol reads it. `events` are all dispatched events, `facts` what SSE passes over."""

    def __init__(self, recording: Recording, protocol: Protocol[V], dialect: Dialect = STRICT) -> None:
        self.recording = recording
        self.protocol = protocol
        self.dialect = dialect
        decoder = SSEDecoder(StreamEvent)
        self.facts = decoder.facts
        self.events: list[StreamEvent] = []
        if self.is_event_stream:
            self.events = cast("list[StreamEvent]", [*decoder.feed(recording.body), *decoder.close()])
            self._interpret()
        if recording.reads and recording.has(Evidence.TIMING):
            self._stamp()

    def _interpret(self) -> None:
        """Gives every event its kind and its JSON value. This is the one loop that all events go through: no calls that
        can be avoided."""
        kind_of, sentinel, body = self.protocol.kind_of, self.protocol.sentinel, self.recording.body
        for index, event in enumerate(self.events):
            event.index, raw = index, event._raw or b""
            if raw == sentinel:
                event.parsed, event.flaw, event.kind = None, None, event.data
                continue
            try:
                event.parsed, event.flaw = loads(raw), None
                event._body, event._raw = body, None
            except JSONDecodeError:
                event.parsed, event.flaw = parse(raw)
            event.kind = kind_of(event.name, event.parsed)

    def _stamp(self) -> None:
        """Gives every event the time of the read that brought its last byte."""
        reads = iter(self.recording.reads)
        at, filled = 0.0, 0
        for event in self.events:
            while filled < event.end:
                read = next(reads, None)
                if read is None:
                    return
                at, filled = read.at, filled + read.size
            event.at = at

    # What the recording is

    @cached_property
    def is_event_stream(self) -> bool:
        """True where the body is an event stream: by its media type, or by its first bytes where those disagree."""
        head = self.recording.body[:64].removeprefix(BOM).lstrip()
        if self.recording.media_type == EVENT_STREAM:
            return not head.startswith(_OTHER_OPENINGS)
        return head.startswith(_SSE_OPENINGS)

    @property
    def succeeded(self) -> bool:
        """True where the status is 2xx."""
        return 200 <= self.recording.status < 300

    @property
    def incomplete(self) -> str | None:
        """Why the end of the stream says nothing of the server's protocol, or None."""
        end = self.recording.end
        if end.by == "recorder":
            return "the recorder was stopped"
        if end.by_us:
            return f"the client ended the stream ({end.kind.value})"
        return None

    @property
    def cut(self) -> str | None:
        """How the transport broke off, or None where the body ended as HTTP says."""
        kind = self.recording.end.kind
        return kind.value if kind in (EndKind.TRUNCATED, EndKind.RESET) and self.recording.end.by is None else None

    @property
    def asked(self) -> dict[str, object]:
        """The request's JSON object; empty where the request is not recorded."""
        return self.recording.request.json

    # What the protocol makes of it

    @cached_property
    def view(self) -> V:
        """The protocol's index of this stream: what its rules read."""
        return self.protocol.index(self)

    @cached_property
    def walks(self) -> tuple[Walk, ...]:
        """The stream's ways through the protocol's grammars."""
        return tuple(self.protocol.order(self))

    @cached_property
    def marks(self) -> Marks:
        """Which events are the first role, reasoning, text, tool argument, and which carry no payload."""
        return self.protocol.marks(self)

    @cached_property
    def latency(self) -> Latency:
        """The latency figures."""
        from .latency import measure

        return measure(self)

    @cached_property
    def traits(self) -> dict[str, Value]:
        """Name -> value of every trait that the recording shows something of."""
        return read(self, self.protocol.traits)

    @cached_property
    def _shape_faults(self) -> dict[str, list[Fault]]:
        faults: dict[str, list[Fault]] = {}
        words: Words = {}
        schemas = self.protocol.schemas
        is_valid = schemas.is_valid
        for event in self.events:
            check = is_valid.get(event.kind)
            if check is None or event.parsed is None:
                continue
            try:
                if check(event.parsed):
                    continue
            except ValueError:  # nested deeper than compiled validators read
                pass
            for error in schemas.errors(event.kind, event.parsed, words):
                place = f" at {error.pointer}" if error.pointer else ""
                fault = Fault(f"{error.message}{place} ({event.kind})", event.index, error.pointer)
                faults.setdefault(error.fault, []).append(fault)
        return faults

    @cached_property
    def _order_faults(self) -> dict[str, list[Fault]]:
        faults: dict[str, list[Fault]] = {}
        for walk in self.walks:
            subject = f"{walk.subject}: " if walk.subject else ""
            for step in walk.missteps:
                message = (
                    f"{subject}{step.symbol} after {step.state}, expected {' or '.join(step.expected) or 'nothing'}"
                )
                faults.setdefault(step.fault, []).append(Fault(message, step.event))
        return faults

    def shape_faults(self, name: str) -> Iterator[Fault]:
        """The schema failures that the rule with this short name speaks for."""
        return iter(self._shape_faults.get(name, ()))

    def order_faults(self, name: str) -> Iterator[Fault]:
        """The missteps that the rule with this short name speaks for."""
        return iter(self._order_faults.get(name, ()))

    # Where things stand

    @cached_property
    def _filled(self) -> list[int]:
        """Bytes received up to and including each read."""
        return list(accumulate(read.size for read in self.recording.reads))

    def arrival(self, offset: int) -> float | None:
        """Milliseconds at which the byte at `offset` arrived; None without timing."""
        recording = self.recording
        if not recording.reads or not recording.has(Evidence.TIMING):
            return None
        index = bisect_left(self._filled, offset + 1)
        return recording.reads[index].at if index < len(recording.reads) else None

    @cached_property
    def first_not_utf8(self) -> int | None:
        """Offset of the first byte of the body that is not UTF-8, or None."""
        try:
            self.recording.body.decode("utf-8")
        except UnicodeDecodeError as error:
            return error.start
        return None
