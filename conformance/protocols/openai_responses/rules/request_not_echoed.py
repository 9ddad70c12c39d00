"""The response names another setting than the request.

A response repeats the settings that it was made with: `temperature`, `top_p`, `max_output_tokens`,
`parallel_tool_calls`, `previous_response_id`. Where one differs the server has not read it, or a gateway has put in its
own.
"""

from __future__ import annotations

from collections.abc import Iterator

from conformance.core.finding import Family, Level
from conformance.core.recording import Evidence
from conformance.core.rule import Cite, Fault, rule
from conformance.core.stream import Stream
from conformance.protocols.openai_responses.cites import OBJECT
from conformance.protocols.openai_responses.conditions import all_of, asked, has_snapshot
from conformance.protocols.openai_responses.samples import TEXT
from conformance.protocols.openai_responses.view import ResponsesView

GOOD = (TEXT, TEXT.asking(temperature=1), TEXT.asking(parallel_tool_calls=True))
BAD = (TEXT.asking(temperature=0.2), TEXT.asking(max_output_tokens=64))


@rule(
    level=Level.WARNING,
    family=Family.SHAPE,
    statements=("R55",),
    cite=(
        Cite(OBJECT, "Whether to allow the model to run tool calls in parallel."),
        Cite(
            OBJECT,
            "An upper bound for the number of tokens that can be generated for a response, including visible output "
            "tokens and",
        ),
    ),
    needs=(Evidence.REQUEST,),
    when=all_of(asked, has_snapshot),
)
def check(stream: Stream[ResponsesView]) -> Iterator[Fault]:
    event, _, response = stream.view.snapshots[0]
    for member in ("temperature", "top_p", "max_output_tokens", "parallel_tool_calls", "previous_response_id"):
        wanted, shown = stream.asked.get(member), response.get(member)
        if wanted is not None and member in response and shown != wanted:
            yield Fault(
                f"{member} is {shown!r} in the response, {wanted!r} in the request", event, f"/response/{member}"
            )
