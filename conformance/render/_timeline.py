"""One stream as it arrived, line by line: events with what they change, comments, findings in place, the end, figures.

Law: reads a Stream and its Run; the width and the colours are arguments.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from itertools import accumulate
from typing import Any, NamedTuple

import orjson

from ..core.finding import Finding, Run
from ..core.recording import Evidence
from ..core.stream import Stream, StreamEvent
from ._details import tally
from ._diff import changes
from ._figures import bare
from ._text import Paint, clip, clip_left, millis, pad, safe, size, value_of, width, wrap


class Mark(NamedTuple):
    """Something in the body that is no event: a comment, an ignored line, what was left unfinished."""

    start: int
    end: int
    what: str


def timeline(
    stream: Stream[Any], run: Run, columns: int, paint: Paint, raw: bool = False, part: slice = slice(None)
) -> Iterator[str]:
    """All lines. `raw` shows the data as sent instead of what it changes; `part` picks events by index."""
    yield from _exchange(stream, run, columns, paint)
    yield ""
    yield from _Events(stream, run, columns, paint, raw).lines(part)
    yield from _end(stream, paint)
    yield ""
    yield from _figures(run, columns, paint)
    yield from (paint(line, "dim") for line in wrap(tally(run), columns))


def _exchange(stream: Stream[Any], run: Run, columns: int, paint: Paint) -> Iterator[str]:
    """The request and the head of the response."""
    recording = stream.recording
    request = recording.request
    if recording.has(Evidence.REQUEST):
        yield paint(clip(safe(f"{request.method} {request.uri}"), columns), "bold")
        if request.body:
            yield paint(clip("  " + safe(request.body[: 4 * columns].decode("utf-8", "replace")), columns), "dim")
    else:
        yield paint("The request is not recorded.", "dim")
    version = recording.http_version or "HTTP"
    at = f"  {millis(recording.headers_at)} ms" if recording.headers_at is not None else ""
    yield f"{paint(safe(f'{version} {recording.status} {recording.reason}'.rstrip()), 'bold')}{paint(at, 'dim')}"
    yield from (paint(clip(safe(f"  {name}: {value}"), columns), "dim") for name, value in recording.headers)
    reads = f" in {len(recording.reads):,} reads" if recording.reads and recording.has(Evidence.READS) else ""
    speaks = " · ".join(safe(part) for part in (run.protocol, run.dialect, run.model) if part)
    yield paint(clip(f"  {speaks} · {run.events:,} events, {size(run.bytes)}{reads}", columns), "dim")


class _Events:
    """The table of events, with everything else of the body at its place."""

    def __init__(self, stream: Stream[Any], run: Run, columns: int, paint: Paint, raw: bool) -> None:
        self.stream, self.run, self.columns, self.paint, self.raw = stream, run, columns, paint, raw
        recording = stream.recording
        self.timed = bool(recording.reads) and recording.has(Evidence.TIMING)
        self.filled = list(accumulate(read.size for read in recording.reads)) if recording.has(Evidence.READS) else []
        self.kinds = min(max([len(event.kind) for event in stream.events] or [4]), columns // 3)
        self.indent = 5 + (18 if self.timed else 0) + (6 if self.filled else 0) + 7

    def lines(self, part: slice) -> Iterator[str]:
        """The header, the events of `part`, the marks and findings among them."""
        events = self.stream.events
        picked = events[part]
        if not picked:
            yield self.paint("No events." if not events else f"No such events: there are {len(events)}.", "dim")
            return
        low = 0 if picked[0] is events[0] else picked[0].start
        high = len(self.stream.recording.body) + 1 if picked[-1] is events[-1] else picked[-1].end
        before: dict[str, StreamEvent] = {event.kind: event for event in events[: picked[0].index]}
        last_at = events[picked[0].index - 1].at if picked[0].index else None
        yield self.paint(self._columns("#", "at", "gap", "read", "bytes") + "event", "dim")
        marks = (mark for mark in self._marks() if low <= mark.start < high)
        items: list[StreamEvent | Mark] = sorted([*picked, *marks], key=lambda item: item.start)
        for item in items:
            if isinstance(item, Mark):
                yield self._mark(item)
            else:
                yield self._event(item, before.get(item.kind), last_at)
                before[item.kind], last_at = item, item.at
            yield from self._found(item)
        yield from self._placeless()

    def _columns(self, index: str, at: str, gap: str, read: str, size_: str) -> str:
        text = f"{index:>5}"
        text += f"{at:>9}{gap:>9}" if self.timed else ""
        text += f"{read:>6}" if self.filled else ""
        return text + f"{size_:>7}  "

    def _event(self, event: StreamEvent, before: StreamEvent | None, last_at: float | None) -> str:
        gap = millis(event.at - last_at) if event.at is not None and last_at is not None else ""
        head = self._columns(
            str(event.index), millis(event.at), gap, self._read(event.end), str(event.end - event.start)
        )
        said = self._said(event, before, self.columns - len(head) - self.kinds - 2)
        return f"{self.paint(head, 'dim')}{pad(clip_left(safe(event.kind), self.kinds), self.kinds)}  {said}"

    def _said(self, event: StreamEvent, before: StreamEvent | None, room: int) -> str:
        """What the event says: its text first, then what else has changed."""
        if self.raw or event.flaw is not None or event.parsed is None:
            return clip(safe(event.data), room) if event.data != event.kind else ""
        text = _quoted(self.stream.protocol.text_of(event))
        quoted = clip(safe(text), room) if text else ""
        told = (text, _quoted(event.kind))
        new = changes(before.parsed if before else None, event.parsed)
        words = "  ".join(change.words() for change in new if change.value not in told)
        room -= width(quoted)
        rest = clip(safe(words), room - 2) if room > 8 else ""
        return (
            self.paint(quoted, "text") + ("  " if quoted and rest else "") + self.paint(rest, "dim" if quoted else "")
        )

    def _mark(self, mark: Mark) -> str:
        at = self.stream.arrival(max(mark.end - 1, mark.start))
        head = self._columns("", millis(at), "", self._read(mark.end), str(mark.end - mark.start))
        return self.paint(head + clip(safe(mark.what), self.columns - len(head)), "dim")

    def _read(self, end: int) -> str:
        """The number of the read that brought the byte before `end`."""
        return str(bisect_left(self.filled, end)) if self.filled else ""

    def _marks(self) -> Iterator[Mark]:
        facts = self.stream.facts
        yield from (Mark(piece.start, piece.end, f": {piece.text}") for piece in facts.comments)
        yield from (Mark(piece.start, piece.end, f"ignored line: {piece.text}") for piece in facts.unknown)
        yield from (Mark(piece.start, piece.end, f"retry: {piece.text}") for piece in facts.retries)
        yield from (Mark(block.start, block.end, f"no data: {', '.join(block.fields)}") for block in facts.dataless)
        left = facts.unterminated
        if left is not None:
            yield Mark(left.start, left.end, f"unfinished, never dispatched: {left.data}")

    def _found(self, item: StreamEvent | Mark) -> Iterator[str]:
        """The findings that name this item."""
        index = item.index if isinstance(item, StreamEvent) else None
        for finding in self.run.findings:
            here = finding.event is None and finding.offset is not None and item.start <= finding.offset < item.end
            if (index is not None and finding.event == index) or here:
                yield from self._finding(finding)

    def _placeless(self) -> Iterator[str]:
        spans: list[StreamEvent | Mark] = [*self.stream.events, *self._marks()]
        for finding in self.run.findings:
            offset = finding.offset
            placed = offset is not None and any(item.start <= offset < item.end for item in spans)
            if finding.event is None and not placed:
                yield from self._finding(finding)

    def _finding(self, finding: Finding) -> Iterator[str]:
        level = finding.excuse or finding.level.label
        times = f" ({finding.count:,} times)" if finding.count > 1 else ""
        text = f"{level} {finding.rule}: {safe(finding.message)}{times}"
        lead = " " * min(self.indent, 12)
        for number, line in enumerate(wrap(text, self.columns - len(lead) - 2)):
            yield f"{lead}{self.paint('▲ ' if number == 0 else '  ', level)}{self.paint(line, level)}"


def _quoted(text: str) -> str:
    """`text` as JSON writes it; empty for an empty one."""
    return orjson.dumps(text.encode("utf-8", "replace").decode()).decode() if text else ""


def _end(stream: Stream[Any], paint: Paint) -> Iterator[str]:
    """How the body ended, when, and who ended it."""
    end = stream.recording.end
    at = f" after {millis(end.at)} ms" if end.at is not None else ""
    by = f" by the {safe(end.by)}" if end.by else ""
    detail = f": {safe(end.detail)}" if end.detail else ""
    yield paint(f"  end  {end.kind.value}{by}{at}{detail}", "bold")
    missing = sorted(stream.recording.missing)
    if missing:
        yield paint(f"       not recorded: {', '.join(missing)}", "dim")


def _figures(run: Run, columns: int, paint: Paint) -> Iterator[str]:
    """Latency figures and traits, in as many columns as fit."""
    figures = [(name.replace("_", " "), bare(name, value)) for name, value in run.latency.items() if value is not None]
    yield from _block("latency, ms", figures, columns, paint)
    yield from _block("traits", [(name, value_of(value)) for name, value in run.traits.items()], columns, paint)


def _cell(name: str, value: str, columns: int, paint: Paint) -> str:
    return f"{clip(name, columns - 2)} {paint(clip(value, max(columns - width(name) - 1, 1)), 'bold')}"


def _block(title: str, pairs: Sequence[tuple[str, str]], columns: int, paint: Paint) -> Iterator[str]:
    if not pairs:
        return
    cells = [_cell(safe(name), safe(value), columns - 2, paint) for name, value in pairs]
    wide = max(width(cell) for cell in cells) + 3
    across = max(1, (columns - 2) // wide)
    yield paint(title, "dim")
    for row in range(0, len(cells), across):
        yield "  " + "".join(pad(cell, wide) for cell in cells[row : row + across]).rstrip()
    yield ""
