"""Two function calls have the same id.

The id pairs a call with its response. Clients that keep calls by their id run one of the two, or answer both with the
result of one. A call without an id is legal; fragments that go on with a streamed call may repeat it.
"""

from __future__ import annotations

from collections.abc import Iterator

from conformance.core.finding import Family, Level
from conformance.core.rule import Cite, Fault, rule
from conformance.core.stream import Stream

from ..conditions import has_calls
from ..samples import AGENT
from ..view import GeminiView

GOOD = AGENT
BAD = AGENT.swap('"id":"c-2"', '"id":"c-1"')


@rule(
    level=Level.ERROR,
    family=Family.TOOLS,
    statements=("G18",),
    cite=Cite(
        "https://github.com/googleapis/googleapis/blob/master/google/ai/generativelanguage/v1beta/content.proto",
        "The unique id of the function call.",
    ),
    when=has_calls,
)
def check(stream: Stream[GeminiView]) -> Iterator[Fault]:
    for candidate in stream.view.candidates.values():
        seen: set[str] = set()
        running = False
        for event, pointer, call in candidate.calls:
            name = call.get("id")
            if isinstance(name, str) and name and not running:
                if name in seen:
                    yield Fault(f"two function calls have the id {name!r}", event, f"{pointer}/id")
                seen.add(name)
            running = call.get("willContinue") is True
