"""The usage counts no tokens, though the response has some.

A prompt is never empty of tokens, and neither is a response with text or arguments. Zero means that nobody counted:
budgets and bills count nothing, and clients that watch how full the context is never compact it. Mock servers do so.
"""

from __future__ import annotations

from collections.abc import Iterator

from conformance.core.finding import Family, Level
from conformance.core.rule import Cite, Fault, rule
from conformance.core.stream import Stream
from conformance.protocols.openai_responses.cites import OBJECT
from conformance.protocols.openai_responses.conditions import has_usage
from conformance.protocols.openai_responses.samples import TEXT, TEXT_EVENTS
from conformance.protocols.openai_responses.script import USAGE, edit, stream
from conformance.protocols.openai_responses.view import ResponsesView

_ZERO = {**USAGE, "input_tokens": 0, "output_tokens": 0, "total_tokens": 0}

GOOD = TEXT
BAD = stream(*edit(TEXT_EVENTS, "completed", "response.usage", _ZERO))


@rule(
    level=Level.WARNING,
    family=Family.USAGE,
    statements=("R30",),
    cite=(Cite(OBJECT, "The number of input tokens."), Cite(OBJECT, "The number of output tokens.")),
    complete=True,
    when=has_usage,
)
def check(stream: Stream[ResponsesView]) -> Iterator[Fault]:
    event, usage = stream.view.usage or (0, {})
    if usage.get("input_tokens") == 0:
        yield Fault("input_tokens is 0, and no prompt has none", event, "/response/usage/input_tokens")
    if usage.get("output_tokens") == 0 and stream.view.texts:
        yield Fault("output_tokens is 0, but the response has an output", event, "/response/usage/output_tokens")
