"""The body does not end with the answer.

The event that ends the answer came, and the connection stayed open behind it. Clients that stop at the event do not
notice; those that read to the end of the body wait until a timer ends it, and some of those show the answer only then.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from conformance.core.finding import Family, Level
from conformance.core.recording import EndKind, Evidence
from conformance.core.rule import Breaks, Cite, Fault, rule
from conformance.core.stream import Stream
from conformance.rules.timing.conditions import ended_by_itself
from conformance.rules.timing.samples import CHAT

LIMIT = 2_000.0
"""Milliseconds."""

GOOD = CHAT
BAD = (
    CHAT.but(end=replace(CHAT.end, at=10_091.0)),
    CHAT.but(end=replace(CHAT.end, kind=EndKind.TIMEOUT, at=60_091.0)),
)


@rule(
    level=Level.WARNING,
    family=Family.TERMINATION,
    statements=("T03",),
    cite=Cite(
        "https://github.com/agentscope-ai/agentscope-java/issues/2073",
        "completion delayed until upstream closes the connection",
    ),
    breaks=(Breaks("agentscope-java", "https://github.com/agentscope-ai/agentscope-java/issues/2073"),),
    needs=(Evidence.TIMING, Evidence.READS),
    when=ended_by_itself,
)
def check(stream: Stream[Any]) -> Iterator[Fault]:
    late = stream.latency.terminal_to_end
    if late is not None and late > LIMIT:
        timeout = stream.recording.end.kind is EndKind.TIMEOUT
        what = "and the client gave up" if timeout else "before the body ended"
        yield Fault(f"{late / 1000:.1f} s passed behind the event that ends the answer {what}", stream.marks.terminal)
