"""A member has its proto name instead of its JSON name.

The JSON form of the API writes `usageMetadata`, `finishReason`, `functionCall`. A gateway that answers from a proto
or an SDK object without renaming sends `usage_metadata`, `finish_reason`, `function_call`; clients ignore what they
do not know, so that the finish, the usage or the tool call is lost in silence.
"""

from __future__ import annotations

from collections.abc import Iterator

from conformance.core.finding import Family, Level
from conformance.core.rule import Cite, Fault, rule
from conformance.core.stream import Stream

from ..samples import TEXT
from ..view import GeminiView

GOOD = TEXT
BAD = TEXT.swap('"modelVersion"', '"model_version"')


@rule(
    level=Level.ERROR,
    family=Family.SHAPE,
    statements=("G06",),
    cite=Cite(
        "https://protobuf.dev/programming-guides/json/",
        "Message field names are mapped to lowerCamelCase and become JSON object keys.",
    ),
)
def check(stream: Stream[GeminiView]) -> Iterator[Fault]:
    for fault in stream.shape_faults("snake-case-field"):
        name = (fault.pointer or "").rpartition("/")[2]
        yield fault._replace(message=f"`{name}` is the proto's name; in JSON the member is lowerCamelCase")
