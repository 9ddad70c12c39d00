"""message-end does not bring the usage.

Billed units and tokens stand there; budgets read them. A message that ended with an error has none.
"""

from __future__ import annotations

from collections.abc import Iterator

from conformance.core.finding import Family, Level
from conformance.core.rule import Cite, Fault, rule
from conformance.core.stream import Stream

from ..conditions import has_end
from ..samples import TEXT
from ..view import CohereView

GOOD = TEXT
BAD = TEXT.swap(',"usage":{"tokens":{"input_tokens":3,"output_tokens":2}}', "")


@rule(
    level=Level.ERROR,
    family=Family.USAGE,
    cite=Cite(
        "https://docs.cohere.com/v2/docs/streaming",
        "The final event in the stream indicating the end of the streamed response.",
    ),
    when=has_end,
)
def check(stream: Stream[CohereView]) -> Iterator[Fault]:
    for event, reason, usage in stream.view.ends:
        if not usage and reason != "ERROR":
            yield Fault("message-end has no usage", event, "/delta/usage")
