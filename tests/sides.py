"""Sandwiches made in memory: a recording above, another below, and what they are as one."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from functools import cache
from itertools import pairwise
from typing import Any

from conformance import catalogue, library
from conformance.core.cuts import cut, ordered, rewrite
from conformance.core.mutate import events_of
from conformance.core.protocol import UNKNOWN
from conformance.core.recording import End, EndKind, Evidence, Read, Recording
from conformance.core.sandwich import SANDWICH, Sandwich, Upstream
from conformance.core.stream import Stream
from conformance.core.transparency import Comparison, comparison_of
from conformance.edge.builtin import builtin_recordings

FULL = ("openai-chat", "anthropic-messages", "openai-responses", "gemini-generate")
"""The protocols that gateways speak."""


@cache
def builtin(protocol: str, scenario: str = "text") -> Recording:
    """A recording that travels with the package."""
    found = builtin_recordings(catalogue.data_folder("cassettes"), [protocol])
    return next(one for one in found if one.metadata["scenario"] == scenario)


def through(
    above: Recording | Iterable[Recording], below: Recording, arrived: float = 2.0, **asked: object
) -> Recording:
    """The client's side, with the upstream's beside it."""
    sides = [above] if isinstance(above, Recording) else list(above)
    upstream = tuple(Upstream(one, arrived + 500 * n) for n, one in enumerate(sides))
    return replace(below, metadata={**below.metadata, SANDWICH: Sandwich("case", upstream, asked)})


def compare(above: Recording, below: Recording, protocol: str | None = None, **asked: Any) -> Comparison:
    """Both sides compared."""
    recording = library.sided(through(above, below, **asked))
    found = comparison_of(Stream(recording, library.protocol_of(recording, protocol)))
    assert found is not None
    return found


def rewritten(recording: Recording, change: Callable[[bytes], bytes]) -> Recording:
    """The recording with another body, each event at the time of the one that it was."""
    made = rewrite(recording, [(0, len(recording.body), change(recording.body))])
    if not recording.reads or not events_of(made):
        return made
    times = [event.at or 0.0 for event in Stream(recording, UNKNOWN).events]
    ends = [event.end for event in events_of(made)]
    cuts = cut(made, ends)
    late = recording.reads[-1].at
    reads = (Read(times[n] if n < len(times) else late, read.size) for n, read in enumerate(cuts.reads))
    return replace(made, reads=ordered(reads), missing=recording.missing)


def timed(recording: Recording, times: Iterable[float], head: float = 1.0) -> Recording:
    """The recording with one read per event, at these times, and its end a millisecond later."""
    ends = [event.end for event in events_of(recording)]
    cuts = cut(recording, ends)
    reads = tuple(Read(at, read.size) for at, read in zip(times, cuts.reads, strict=True))
    kept = recording.missing - {Evidence.TIMING, Evidence.READS}
    return replace(cuts, reads=reads, headers_at=head, missing=kept, end=End(EndKind.EOF, reads[-1].at + 1))


def merged(recording: Recording, size: int, member: str = "content") -> Recording:
    """A Chat Completions stream with `size` neighbouring pieces of text in one event."""
    import orjson

    blocks: list[Any] = []
    for event in events_of(recording):
        data = orjson.loads(event.raw) if event.raw != b"[DONE]" else None
        piece = _piece(data, member)
        last = blocks[-1] if blocks else None
        if piece and last and _piece(last[0], member) and last[1] < size:
            last[0]["choices"][0]["delta"][member] += piece
            last[1] += 1
        else:
            blocks.append([data, 1])
    texts = [orjson.dumps(data) if data is not None else b"[DONE]" for data, _ in blocks]
    return rewritten(recording, lambda _: b"".join(b"data: " + text + b"\n\n" for text in texts))


def _piece(data: Any, member: str) -> str:
    try:
        return str(data["choices"][0]["delta"].get(member) or "")
    except (TypeError, KeyError, IndexError):
        return ""


def rising(pairs: Iterable[tuple[int, int]]) -> bool:
    """True where both numbers rise from pair to pair."""
    return all(one[0] < two[0] and one[1] < two[1] for one, two in pairwise(pairs))
