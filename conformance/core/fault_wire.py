"""Steps of faults that change the exchange around the bytes: its times, its reads, its head and its end.

Law: pure. Times of a recording without timing count from zero; with such a fault they are known. What would last for
ever is bounded by a parameter. Seconds as a person gives them, milliseconds in the recording.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from itertools import accumulate

from . import cuts
from .fault_events import did, event_at, newline
from .fault_place import UnfitError
from .mutate import break_off, cut_off, events_of
from .recording import End, EndKind, Evidence, Headers, Read, Recording

_TIMES = frozenset({Evidence.TIMING, Evidence.READS})
Timed = tuple[float, bytes]
"""Milliseconds and what came then."""


def timed(recording: Recording) -> Recording:
    """The recording with reads and times: one read per event at zero where there are none."""
    if recording.reads and not recording.missing & _TIMES:
        return recording
    read = recording if recording.reads else cuts.recut(recording, "event")
    still = tuple(Read(0.0, size) for _, size in read.reads)
    return replace(read, reads=still, missing=recording.missing - _TIMES, end=replace(recording.end, at=0.0))


def _played(recording: Recording, pieces: Iterable[Timed], end: End) -> Recording:
    """The recording with other pieces."""
    found = list(pieces)
    body = b"".join(data for _, data in found)
    reads = cuts.ordered(Read(at, len(data)) for at, data in found)
    return replace(recording, body=body, reads=reads, end=end)


def _split(recording: Recording, offset: int) -> tuple[list[Timed], list[Timed]]:
    """The pieces before and behind a byte."""
    edged = cuts.cut(recording, [offset, *accumulate(read.size for read in recording.reads)])
    early: list[Timed] = []
    late: list[Timed] = []
    start = 0
    for at, size in edged.reads:
        (early if start < offset else late).append((at, edged.body[start : start + size]))
        start += size
    return early, late


def _ended(recording: Recording) -> float:
    last = recording.reads[-1].at if recording.reads else recording.headers_at or 0.0
    return last if recording.end.at is None else max(last, recording.end.at)


# How it ends


def end(recording: Recording, k: int, *, how: str, inside: bool = False) -> Recording:
    """Behind event `k`, or in the middle of it (`inside`), the body ends: `eof`, `truncated` or `reset`."""
    event = event_at(recording, k)
    kind = EndKind(how)
    if inside:
        return replace(did(break_off(recording, k), "no event"), end=End(kind, recording.end.at))
    cut = cut_off(recording, event.end, kind)
    return cut if cut is not None else replace(recording, end=End(kind, recording.end.at))


def hold(recording: Recording, k: int, *, seconds: float, how: str = "eof") -> Recording:
    """Nothing comes behind event `k`, and the connection stays open for so many seconds; then it ends. `timeout`: until
    the client goes."""
    recording = timed(recording)
    early, _ = _split(recording, event_at(recording, k).end)
    last = early[-1][0] if early else 0.0
    return _played(recording, early, End(EndKind(how), last + seconds * 1000))


# When it comes


def delay(recording: Recording, k: int, *, seconds: float) -> Recording:
    """Event `k` and all that follows come so many seconds later."""
    return heartbeats(recording, k, text="", every=seconds, seconds=seconds)


def heartbeats(
    recording: Recording, k: int, *, text: str, every: float, seconds: float, rest: bool = True
) -> Recording:
    """Before event `k`, for so many seconds nothing comes but `text`, one every so many seconds; then the `rest`, or
    the end of the body."""
    recording = timed(recording)
    early, late = _split(recording, event_at(recording, k).start)
    began = early[-1][0] if early else recording.headers_at or 0.0
    beat = text.encode().replace(b"\n", newline(recording))
    count = int(seconds / every) if beat else 0
    beats = [(began + every * 1000 * number, beat) for number in range(1, count + 1)]
    later = [(at + seconds * 1000, data) for at, data in late] if rest else []
    ended = replace(recording.end, at=(_ended(recording) if rest else began) + seconds * 1000)
    return _played(recording, [*early, *beats, *later], ended)


def pace(recording: Recording, k: int, *, cut: str, seconds: float = 0.0, milliseconds: float = 0.0) -> Recording:
    """The body comes in pieces cut as `core.cuts` says, so long apart."""
    recording = cuts.recut(timed(recording), cut)
    gap = seconds * 1000 + milliseconds
    began = recording.reads[0].at if recording.reads else 0.0
    reads = tuple(Read(began + gap * number, size) for number, (_, size) in enumerate(recording.reads))
    late = reads[-1].at if reads else began
    return replace(recording, reads=reads, end=replace(recording.end, at=max(late, recording.end.at or 0.0)))


def burst(recording: Recording, k: int, *, seconds: float, events: int = 0) -> Recording:
    """The events are held back and come at once: all of them after so many seconds, or each time so many `events` are
    ready, so many seconds after those before."""
    recording = timed(recording)
    found = events_of(recording)
    if not found:
        raise UnfitError("no event in the recording")
    grouped = cuts.cut(recording, [event.end for event in found[events - 1 :: events]] if events else ())
    began = recording.headers_at or 0.0
    reads = tuple(
        Read(max(at, began + seconds * 1000 * (number + 1)), size) for number, (at, size) in enumerate(grouped.reads)
    )
    late = reads[-1].at if reads else began
    return replace(grouped, reads=reads, end=replace(recording.end, at=max(late, _ended(recording))))


def recut(recording: Recording, k: int, *, cut: str) -> Recording:
    """The same bytes in other reads."""
    return cuts.recut(timed(recording), cut)


# The head


def head(recording: Recording, k: int, *, headers: Mapping[str, str], status: int = 0, reason: str = "") -> Recording:
    """Another status, and other header fields; an empty value takes a field away."""
    names = {name.lower() for name in headers}
    kept = [(name, value) for name, value in recording.headers if name.lower() not in names]
    new = [(name, value) for name, value in headers.items() if value]
    return replace(
        recording,
        status=status or recording.status,
        reason=reason or recording.reason,
        headers=Headers([*kept, *new]),
    )


def refuse(
    recording: Recording, k: int, *, status: int, reason: str, body: str, headers: Mapping[str, str]
) -> Recording:
    """Before the stream begins, the request is refused: a status, header fields, a body."""
    refused = replace(recording, body=body.encode(), end=End(EndKind.EOF, recording.headers_at))
    whole = (Read(recording.headers_at or 0.0, len(refused.body)),) if recording.reads else ()
    return head(replace(refused, reads=whole), k, status=status, reason=reason, headers=headers)


def encode(recording: Recording, k: int, *, coding: str) -> Recording:
    """The body is sent in a content coding."""
    coded = head(recording, k, headers={"content-encoding": coding, "vary": "Accept-Encoding"})
    return replace(coded, content_encoding=coding)
