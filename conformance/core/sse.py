"""Server-sent events after WHATWG HTML 9.2.6, incrementally, with byte spans, and without ever raising.

Law: what a conforming reader dispatches, and everything it ignores on the way, with the place of each. Nothing here
knows of JSON or of any API. The result never depends on where the bytes were cut.

Source: https://html.spec.whatwg.org/multipage/server-sent-events.html#event-stream-interpretation

Two shapes make up nearly all of real traffic, `data: ...` and `event: ...` + `data: ...`, each ended by a blank line;
they are cut out of the buffer whole. Everything else goes line by line. Facts are named in `SSEFacts`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from .sse_facts import Block, Piece, ServerSentEvent, SSEFacts

__all__ = [
    "BOM", "Block", "Line", "Piece", "SSEDecoder", "SSEFacts", "ServerSentEvent", "decode", "is_retry", "lines",
]  # fmt: skip

BOM = b"\xef\xbb\xbf"
_LINE = re.compile(rb"[^\r\n]*+(\r\n|\r|\n)")
_LF, _CR = 10, 13
_DIGITS = re.compile(rb"[0-9]+\Z")


class Line(NamedTuple):
    """One line: byte span without its ending, and the ending (`b""` for an unterminated last line)."""

    start: int
    end: int
    ending: bytes


class SSEDecoder:
    """Feed bytes as they come; get the events that they complete. `facts` grows along.

    `event_class` lets a caller have its own events made at once, instead of wrapping each a second time.
    """

    def __init__(self, event_class: type[ServerSentEvent] = ServerSentEvent) -> None:
        self.facts = SSEFacts()
        self._event_class = event_class
        self._parts: list[bytes] = []  # an unfinished line, in the pieces that brought it: joined once, when it ends
        self._base = 0  # offset of the first byte of _parts in the body
        self._size = 0
        self._head: bytes | None = b""  # until it is known whether the stream opens with a BOM
        self._name = b""
        self._data: list[bytes] = []
        self._fields: list[str] = []
        self._start: int | None = None  # where the block under way began
        self._last_event_id = ""

    def feed(self, chunk: bytes) -> list[ServerSentEvent]:
        """The events that `chunk` completes. Spans count from the first byte that was ever fed."""
        self._size += len(chunk)
        if self._head is not None:
            opened = self._open(chunk)
            if opened is None:
                return []
            chunk = opened
        parts = self._parts
        if parts:
            held_cr = parts[-1].endswith(b"\r")
            parts.append(chunk)
            if not held_cr and b"\n" not in chunk and b"\r" not in chunk:
                return []
            chunk = b"".join(parts)
        elif not chunk:
            return []
        return self._take(chunk, final=False)

    def close(self) -> list[ServerSentEvent]:
        """The end of the stream: what a held-back CR completes. An unfinished block is discarded and kept as a fact."""
        events: list[ServerSentEvent] = []
        if self._head:
            self._parts, self._head = [self._head], None
        if self._parts:
            events = self._take(b"".join(self._parts), final=True)
        rest, self._parts = b"".join(self._parts), []
        if rest:
            self._line(rest, self._base, self._base + len(rest))
        if self._fields and self._start is not None:
            name = self._name.decode("utf-8", "replace")
            self.facts.unterminated = ServerSentEvent(
                name, b"\n".join(self._data), self._last_event_id, self._start, self._size, len(self._data)
            )
        return events

    def _open(self, chunk: bytes) -> bytes | None:
        """Holds the first bytes back until a BOM is ruled out or taken off. The rest, or None to wait."""
        head = (self._head or b"") + chunk
        if len(head) < len(BOM) and BOM.startswith(head):
            self._head = head
            return None
        self._head = None
        if head.startswith(BOM):
            self.facts.bom = True
            self._base = len(BOM)
            return head[len(BOM) :]
        return head

    def _take(self, buf: bytes, final: bool) -> list[ServerSentEvent]:
        """Takes every complete line of `buf`, whose first byte stands at `_base`; keeps the rest in `_parts`."""
        events: list[ServerSentEvent] = []
        pos, size = 0, len(buf)
        newline = b"\r\n" if b"\r" in buf else b"\n"
        block_end = -1  # up to here the buffer was searched for the common shapes: nothing is searched twice
        while pos < size:
            if pos > block_end and self._start is None:
                pos, block_end = self._whole(buf, pos, newline, events)
                if pos == size:
                    break
            match = _LINE.match(buf, pos)
            if match is None or (match.end() == size and match[1] == b"\r" and not final):
                break  # an unfinished line, or a CR whose LF may still come
            self._count(match[1])
            done = self._line(buf[pos : match.start(1)], self._base + pos, self._base + match.end())
            if done is not None:
                events.append(done)
            pos = match.end()
        self._parts = [buf[pos:]] if pos < size else []
        self._base += pos
        return events

    def _whole(self, buf: bytes, pos: int, newline: bytes, events: list[ServerSentEvent]) -> tuple[int, int]:
        """Appends the events from `pos` on, as long as they have one of the two common shapes.

        Returns where the first other block begins, and where the next blank line stands (the end of `buf`: there is
        none). Up to there a second try would find nothing.
        """
        blank, step, base, last_id = newline * 2, len(newline), self._base, self._last_event_id
        lines, make, start = 0, self._event_class, self._base + pos
        while True:
            block_end = buf.find(blank, pos)
            if block_end < 0:
                block_end = len(buf)
                break
            name, data = "", pos
            if buf.startswith(b"event: ", pos):
                data = buf.find(newline, pos, block_end) + step
                raw_name = buf[pos + 7 : data - step]
                if data < step or not raw_name or _LF in raw_name or _CR in raw_name:
                    break
                name = raw_name.decode("utf-8", "replace")
            if not buf.startswith(b"data: ", data):
                break
            raw = buf[data + 6 : block_end]
            if _LF in raw or (step == 2 and _CR in raw):
                break
            pos = block_end + 2 * step
            end = base + pos
            events.append(make(name, raw, last_id, start, end, 1))
            start = end  # the same number, not another of the same value: a stream has many
            lines += 3 if name else 2
        if step == 1:
            self.facts.lf += lines
        else:
            self.facts.crlf += lines
        return pos, block_end

    def _count(self, ending: bytes) -> None:
        if ending == b"\n":
            self.facts.lf += 1
        elif ending == b"\r\n":
            self.facts.crlf += 1
        else:
            self.facts.cr += 1

    def _line(self, line: bytes, start: int, end: int) -> ServerSentEvent | None:
        """Processes one line (WHATWG 9.2.6, "process the line"); the event, where a blank line ends one."""
        if not line:
            return self._blank(end)
        if self._start is None:
            self._start = start
        field, colon, value = line.partition(b":")
        if not field and colon:
            self.facts.comments.append(Piece(start, end, value.removeprefix(b" ").decode("utf-8", "replace")))
            return None
        if value.startswith(b" "):
            value = value[1:]
        elif colon and field == b"data":
            self.facts.no_space += 1
            if self.facts.no_space_at is None:
                self.facts.no_space_at = start
        self._field(field, value, start, end)
        return None

    def _field(self, field: bytes, value: bytes, start: int, end: int) -> None:
        facts = self.facts
        name = field.decode("utf-8", "replace")
        if field == b"data":
            self._data.append(value)
        elif field == b"event":
            self._name = value
            if self._data:
                facts.data_before_event += 1
        elif field == b"id":
            text = value.decode("utf-8", "replace")
            if b"\0" in value:
                facts.ignored_ids.append(Piece(start, end, text))
            else:
                facts.ids.append(Piece(start, end, text))
                self._last_event_id = text
        elif field == b"retry":
            facts.retries.append(Piece(start, end, value.decode("utf-8", "replace")))
        else:
            facts.unknown.append(
                Piece(start, end, (name + ":" + value.decode("utf-8", "replace"))[:200] if value else name)
            )
            name = "?" + name
        self._fields.append(name)

    def _blank(self, end: int) -> ServerSentEvent | None:
        """Dispatches the block under way, or notes why nothing is dispatched."""
        start, fields = self._start, self._fields
        event = None
        if start is None:
            self.facts.blank_lines += 1
        elif self._data:
            name = self._name.decode("utf-8", "replace")
            event = self._event_class(name, b"\n".join(self._data), self._last_event_id, start, end, len(self._data))
        elif any(not field.startswith("?") for field in fields):
            self.facts.dataless.append(Block(start, end, tuple(fields)))
        if start is not None:
            self._name, self._data, self._fields, self._start = b"", [], [], None
        return event


def decode(body: bytes) -> tuple[list[ServerSentEvent], SSEFacts]:
    """All events of a whole body, and the facts."""
    decoder = SSEDecoder()
    return [*decoder.feed(body), *decoder.close()], decoder.facts


def is_retry(value: str) -> bool:
    """True where `value` is what the standard accepts as a reconnection time: ASCII digits only."""
    return bool(_DIGITS.match(value.encode()))


def lines(body: bytes, start: int = 0, end: int | None = None) -> Iterator[Line]:
    """The lines of `body` between two offsets, with their endings."""
    pos, stop = start, len(body) if end is None else end
    while pos < stop:
        match = _LINE.match(body, pos, stop)
        if match is None:
            yield Line(pos, stop, b"")
            return
        yield Line(pos, match.start(1), match[1])
        pos = match.end()
