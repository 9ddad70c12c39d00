"""A part holds more than one kind of content, or none.

A part is one of text, a function call, data, code, a result. Clients look at the first kind that they know and drop
the rest. A part without any member is no part.
"""

from __future__ import annotations

from collections.abc import Iterator

from conformance.core.finding import Family, Level
from conformance.core.rule import Cite, Fault, rule
from conformance.core.stream import Stream

from ..conditions import has_parts
from ..samples import TEXT
from ..view import DATA_FIELDS, GeminiView

GOOD = TEXT
BAD = TEXT.swap(
    '"parts":[{"text":"lo"}]', '"parts":[{"text":"lo","inlineData":{"mimeType":"image/png","data":"AA=="}}]'
)


@rule(
    level=Level.ERROR,
    family=Family.SHAPE,
    statements=("G15",),
    cite=Cite(
        "https://github.com/googleapis/python-genai/blob/main/google/genai/types.py",
        "Exactly one field within a Part should be set, representing the specific type of content being conveyed.",
    ),
    when=has_parts,
)
def check(stream: Stream[GeminiView]) -> Iterator[Fault]:
    for candidate in stream.view.candidates.values():
        for event, pointer, part in candidate.special:
            kinds = [name for name in DATA_FIELDS if part.get(name) is not None]
            if len(kinds) > 1:
                yield Fault(f"a part holds {' and '.join(kinds)}", event, pointer)
            elif not part:
                yield Fault("a part without any member", event, pointer)
