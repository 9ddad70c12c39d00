"""A function call has no name.

Without its name a call cannot be run. The fragments that follow in a streamed call (`partialArgs`, `willContinue`)
have none, and are passed over.
"""

from __future__ import annotations

from collections.abc import Iterator

from conformance.core.finding import Family, Level
from conformance.core.rule import Cite, Fault, rule
from conformance.core.stream import Stream

from ..conditions import has_calls
from ..samples import TOOL
from ..view import GeminiView

GOOD = TOOL
BAD = TOOL.swap('"name":"weather","args"', '"args"', 1)


@rule(
    level=Level.ERROR,
    family=Family.TOOLS,
    statements=("G18",),
    cite=Cite(
        "https://github.com/googleapis/googleapis/blob/master/google/ai/generativelanguage/v1beta/content.proto",
        "The name of the function to call.",
    ),
    when=has_calls,
)
def check(stream: Stream[GeminiView]) -> Iterator[Fault]:
    for candidate in stream.view.candidates.values():
        running = False
        for event, pointer, call in candidate.calls:
            name = call.get("name")
            if not running and not (isinstance(name, str) and name):
                yield Fault("a function call without a name", event, f"{pointer}/name")
            running = call.get("willContinue") is True
