"""The arguments of a function call are no JSON object.

Gemini sends arguments as an object, complete, in one part. Gateways that translate from Chat Completions send the
string of the OpenAI form; clients then hand the function one string, or fail.
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
BAD = TOOL.swap('{"city":"Oslo"}', '"{}"')


@rule(
    level=Level.ERROR,
    family=Family.TOOLS,
    statements=("G18",),
    cite=Cite(
        "https://github.com/googleapis/googleapis/blob/master/google/ai/generativelanguage/v1beta/content.proto",
        "The function parameters and values in JSON object format.",
    ),
    when=has_calls,
)
def check(stream: Stream[GeminiView]) -> Iterator[Fault]:
    return stream.shape_faults("function-call-args-not-an-object")
