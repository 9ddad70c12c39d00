"""An event does not say to which item or part it belongs.

`output_index`, `content_index`, `summary_index` and `command_index` are the places of an event in the response. A
client that lays deltas into an array reads `undefined` where one is missing, and drops the text or throws.
"""

from __future__ import annotations

from collections.abc import Iterator

from conformance.core.finding import Family, Level
from conformance.core.rule import Breaks, Cite, Fault, rule
from conformance.core.stream import Stream
from conformance.protocols.openai_responses.cites import STREAMING
from conformance.protocols.openai_responses.conditions import has_items, missing_members
from conformance.protocols.openai_responses.samples import REASONING, SHELL, TEXT, TEXT_EVENTS
from conformance.protocols.openai_responses.script import DELETED, edit, stream
from conformance.protocols.openai_responses.view import ResponsesView

GOOD = (TEXT, REASONING, SHELL)
BAD = (
    stream(*edit(TEXT_EVENTS, "output_text.delta", "content_index", DELETED)),
    stream(*edit(TEXT_EVENTS, "output_text.delta", "output_index", DELETED)),
)


@rule(
    level=Level.ERROR,
    family=Family.SHAPE,
    statements=("R14", "R15", "R37"),
    cite=(
        Cite(STREAMING, "The index of the output item that the text delta was added to."),
        Cite(STREAMING, "The index of the content part that the text delta was added to."),
    ),
    breaks=(Breaks("strict Responses clients", "https://github.com/lemonade-sdk/lemonade/issues/3607"),),
    when=has_items,
)
def check(stream: Stream[ResponsesView]) -> Iterator[Fault]:
    return missing_members(stream, "index-missing")
