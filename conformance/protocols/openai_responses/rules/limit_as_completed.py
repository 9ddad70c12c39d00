"""All tokens that the request allows were used, and the response is `completed`.

A response that was cut off is `incomplete`, with the reason `max_output_tokens`. Who reads `completed` takes half a
sentence for a whole one, and a gateway behind it passes the mistake on as `stop` or `end_turn`. llama.cpp's server does
this. A model may come to its end with the last token that it is allowed: therefore a warning.
"""

from __future__ import annotations

from collections.abc import Iterator

from conformance.core.example import Example
from conformance.core.finding import Family, Level
from conformance.core.recording import Evidence
from conformance.core.rule import Cite, Fault, rule
from conformance.core.stream import Stream
from conformance.protocols.openai_responses.cites import OBJECT, STREAMING
from conformance.protocols.openai_responses.conditions import all_of, ended, has_usage
from conformance.protocols.openai_responses.samples import TEXT_EVENTS
from conformance.protocols.openai_responses.script import edit, stream
from conformance.protocols.openai_responses.view import ResponsesView


def _limited(limit: int) -> Example:
    """Five tokens of so many that the request allows."""
    events = TEXT_EVENTS
    for kind in ("created", "in_progress", "completed"):
        events = edit(events, kind, "response.max_output_tokens", limit)
    return stream(*events, max_output_tokens=limit)


GOOD = _limited(16)
BAD = _limited(5)


def has_limit(stream: Stream[ResponsesView]) -> str | None:
    """The request limits the tokens."""
    limited = type(stream.asked.get("max_output_tokens")) is int
    return None if limited else "the request does not limit the tokens"


@rule(
    level=Level.WARNING,
    family=Family.TERMINATION,
    statements=("R26",),
    cite=(
        Cite(OBJECT, "The reason why the response is incomplete."),
        Cite(STREAMING, "An event that is emitted when a response finishes as incomplete."),
    ),
    needs=(Evidence.REQUEST,),
    when=all_of(ended("completed"), has_limit, has_usage),
)
def check(stream: Stream[ResponsesView]) -> Iterator[Fault]:
    event, usage = stream.view.usage or (0, {})
    limit = stream.asked["max_output_tokens"]
    if limit and usage.get("output_tokens") == limit:
        message = f"the response is completed, but all {limit} allowed tokens were used: expected incomplete"
        yield Fault(message, event, "/response/usage/output_tokens")
