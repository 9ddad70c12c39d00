"""Bytes and the reads that brought them: other bytes in the same reads, and the same bytes in other reads.

Law: pure. Reads add up to the body, and their times never run backwards. Other reads are what a network, a proxy or a
test may do to any stream without changing it: a byte comes when it came, or with the read that now brings it, later.
"""

from __future__ import annotations

import random
import re
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from itertools import accumulate, pairwise

from .recording import Evidence, Headers, Read, Recording
from .sse import decode, lines

_MID_UTF8 = re.compile(rb"[\x80-\xff](?=[\x80-\xbf])")
_MID_CRLF = re.compile(rb"\r(?=\n)")


def rewrite(recording: Recording, edits: Sequence[tuple[int, int, bytes]]) -> Recording:
    """`recording` with other bytes in some places: (start, end, bytes), in order and without overlap.

    New bytes come with the read that brought the last byte before `end`. A Content-Length that was right stays right.
    """
    pieces, pos = [], 0
    for start, end, new in edits:
        pieces += [recording.body[pos:start], new]
        pos = end
    body = b"".join([*pieces, recording.body[pos:]])
    reads, headers = _resized(recording.reads, edits), _sized(recording.headers, len(recording.body), len(body))
    return replace(recording, body=body, reads=reads, headers=headers)


def _resized(reads: Sequence[Read], edits: Iterable[tuple[int, int, bytes]]) -> tuple[Read, ...]:
    """Reads as they are when the body is edited; one that brings nothing any more is gone."""
    filled, sizes = list(accumulate(read.size for read in reads)), [read.size for read in reads]
    for start, end, new in edits:
        if not reads or len(new) == end - start:
            continue
        index, pos = bisect_right(filled, start), start
        while pos < end and index < len(reads):
            stop = min(end, filled[index])
            sizes[index] -= stop - pos
            index, pos = index + 1, stop
        sizes[min(bisect_left(filled, max(end, 1)), len(reads) - 1)] += len(new)
    return tuple(Read(read.at, size) for read, size in zip(reads, sizes, strict=True) if size or not read.size)


def _sized(headers: Headers, old: int, new: int) -> Headers:
    fits = [name.lower() == "content-length" and value == str(old) for name, value in headers]
    return Headers((name, str(new) if fit else value) for (name, value), fit in zip(headers, fits, strict=True))


def splice(recording: Recording, start: int, end: int, new: bytes) -> Recording:
    """`recording` with `new` in the place of the bytes from `start` to `end`."""
    return rewrite(recording, [(start, end, new)])


def recut(recording: Recording, how: str) -> Recording:
    """The same bytes in other reads: `whole`, `split`, `byte`, `line`, `event`, `mid-utf8`, `mid-crlf`, `random:SEED`.

    `split`, `mid-utf8` and `mid-crlf` cut in addition to what is recorded, the others instead.
    Raises ValueError for an unknown way of cutting.
    """
    name, _, seed = how.partition(":")
    if name == "random" and seed:
        body = recording.body
        return cut(recording, random.Random(seed).sample(range(len(body)), len(body) // 40 + 1) if body else ())
    if how not in CUTS:
        raise ValueError(f"no way of cutting: {how!r}; known: {', '.join(CUTS)}, random:SEED")
    return cut(recording, CUTS[how](recording))


def cut(recording: Recording, places: Iterable[int]) -> Recording:
    """The same bytes in reads that end at these offsets (and at the end), each when its last byte came."""
    body, reads = recording.body, recording.reads
    edges = [0, *sorted({place for place in places if 0 < place < len(body)}), *([len(body)] if body else [])]
    filled = list(accumulate(read.size for read in reads))
    made = []
    for start, end in pairwise(edges):
        index = bisect_left(filled, end)
        made.append(Read(reads[min(index, len(reads) - 1)].at if reads else 0.0, end - start))
    missing = recording.missing - {Evidence.READS} | (frozenset() if reads else {Evidence.TIMING})
    return replace(recording, reads=tuple(made), missing=missing)


def ordered(reads: Iterable[Read]) -> tuple[Read, ...]:
    """The reads, none earlier than the one before it."""
    found = list(reads)
    return tuple(
        Read(at, read.size) for at, read in zip(accumulate((read.at for read in found), max), found, strict=True)
    )


def _edges(recording: Recording) -> list[int]:
    return [0, *accumulate(read.size for read in recording.reads)]


def _middles(recording: Recording) -> list[int]:
    return [(start + end) // 2 for start, end in pairwise(_edges(recording))]


CUTS: dict[str, Callable[[Recording], Iterable[int]]] = {
    "whole": lambda recording: (),
    "split": lambda recording: _edges(recording) + _middles(recording),
    "byte": lambda recording: range(len(recording.body)),
    "line": lambda recording: [line.end + len(line.ending) for line in lines(recording.body)],
    "event": lambda recording: [event.end for event in decode(recording.body)[0]],
    "mid-utf8": lambda recording: _edges(recording) + [match.end() for match in _MID_UTF8.finditer(recording.body)],
    "mid-crlf": lambda recording: _edges(recording) + [match.end() for match in _MID_CRLF.finditer(recording.body)],
}
"""Name -> the offsets at which a recording is cut."""
