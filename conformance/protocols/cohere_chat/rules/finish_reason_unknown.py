"""The finish reason is none that the API lists.

Clients decide by it whether to run tools or to go on.
"""

from __future__ import annotations

from collections.abc import Iterator

from conformance.core.finding import Family, Level
from conformance.core.rule import Cite, Fault, rule
from conformance.core.stream import Stream

from ..conditions import has_end
from ..samples import TEXT
from ..view import CohereView

_KNOWN = frozenset({"COMPLETE", "STOP_SEQUENCE", "MAX_TOKENS", "TOOL_CALL", "ERROR", "TIMEOUT"})

GOOD = TEXT
BAD = TEXT.swap("COMPLETE", "stop")


@rule(
    level=Level.ERROR,
    family=Family.TERMINATION,
    cite=Cite(
        "https://docs.cohere.com/reference/chat-stream",
        "The reason a chat request has finished.",
    ),
    when=has_end,
)
def check(stream: Stream[CohereView]) -> Iterator[Fault]:
    for event, reason, _ in stream.view.ends:
        if str(reason) not in _KNOWN:
            yield Fault(f"finish_reason is {reason!r}", event, "/delta/finish_reason")
