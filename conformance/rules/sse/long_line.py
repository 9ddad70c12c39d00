"""A line is longer than 64 KiB.

The standard sets no limit. Readers do: Go's `bufio.Scanner` gives up at 64 KiB unless it is told otherwise, others stop
at 256 KiB or 1 MiB, and the stream ends with "token too long" in the middle of an answer. Tool arguments, images and
the last event of a Responses stream, which repeats the whole answer, grow that long.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from conformance.core.finding import Family, Level
from conformance.core.rule import Breaks, Cite, Fault, rule
from conformance.core.stream import Stream
from conformance.rules.sse.samples import PLAIN

LIMIT = 65_536
"""Bytes: `bufio.MaxScanTokenSize`."""

GOOD = PLAIN
BAD = PLAIN.swap("Hel", "x" * LIMIT)


@rule(
    level=Level.NOTE,
    family=Family.FRAMING,
    statements=(),
    cite=Cite("https://github.com/openai/openai-go/issues/368", "Responses API Streaming: token too long error"),
    breaks=(
        Breaks("openai-go", "https://github.com/openai/openai-go/issues/368"),
        Breaks("ragflow", "https://github.com/infiniflow/ragflow/issues/15381"),
        Breaks("mcp-go", "https://github.com/mark3labs/mcp-go/issues/61"),
    ),
)
def check(stream: Stream[Any]) -> Iterator[Fault]:
    body = stream.recording.body
    if len(body) <= LIMIT or not (stream.facts.lf or stream.facts.crlf):
        return
    found = list(_long_lines(body))
    if found:
        longest = max(end - start for start, end in found)
        yield Fault(f"{len(found)} lines are longer than {LIMIT} bytes, the longest has {longest}", offset=found[0][0])


def _long_lines(body: bytes) -> Iterator[tuple[int, int]]:
    """The spans of the lines beyond the limit; looks at the body in strides of the limit."""
    start = 0
    while len(body) - start > LIMIT:
        newline = body.rfind(b"\n", start, start + LIMIT + 1)
        if newline < 0:
            newline = body.find(b"\n", start)
            newline = len(body) if newline < 0 else newline
            yield start, newline
        start = newline + 1
