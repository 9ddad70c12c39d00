"""The role of a message is not `assistant`.

What the model says is said by the assistant; the role is there when the message is added. A client that copies the item
into the next request sends the model's words as somebody else's.
"""

from __future__ import annotations

from collections.abc import Iterator

from conformance.core.finding import Family, Level
from conformance.core.rule import Cite, Fault, rule
from conformance.core.stream import Stream
from conformance.protocols.openai_responses.cites import OBJECT, OPEN
from conformance.protocols.openai_responses.conditions import has_type
from conformance.protocols.openai_responses.samples import TEXT, TEXT_EVENTS
from conformance.protocols.openai_responses.script import DELETED, edit, stream
from conformance.protocols.openai_responses.view import ResponsesView

GOOD = TEXT
BAD = (
    stream(*edit(TEXT_EVENTS, "output_item.added", "item.role", DELETED)),
    stream(*edit(TEXT_EVENTS, "output_item.added", "item.role", "user")),
)


@rule(
    level=Level.WARNING,
    family=Family.SHAPE,
    statements=("R52",),
    cite=(
        Cite(OBJECT, "The role of the output message. Always `assistant`."),
        Cite(
            OPEN,
            "For `messages`, this means at least the `role`, and for `function_call`, this is at least the `name`.",
        ),
    ),
    when=has_type("message"),
)
def check(stream: Stream[ResponsesView]) -> Iterator[Fault]:
    return stream.shape_faults("message-role-wrong")
