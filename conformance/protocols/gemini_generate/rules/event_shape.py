"""A chunk does not fit its schema.

Every event is one GenerateContentResponse in the JSON form of its proto message. Typed clients are generated from
that proto and refuse a member of another type. Failures that have a name of their own are reported under it; this
rule speaks for the rest.
"""

from __future__ import annotations

from collections.abc import Iterator

from conformance.core.finding import Family, Level
from conformance.core.rule import Cite, Fault, rule
from conformance.core.stream import Stream

from ..samples import TEXT
from ..view import GeminiView

GOOD = TEXT
BAD = TEXT.swap('"candidatesTokenCount":1', '"candidatesTokenCount":"one"')


@rule(
    level=Level.ERROR,
    family=Family.SHAPE,
    statements=("G01",),
    cite=Cite(
        "https://github.com/googleapis/googleapis/blob/master/google/ai/generativelanguage/v1beta/generative_service.proto",
        "The JSON form of `message GenerateContentResponse`",
    ),
)
def check(stream: Stream[GeminiView]) -> Iterator[Fault]:
    return stream.shape_faults("event-shape")
