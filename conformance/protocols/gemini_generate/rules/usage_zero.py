"""The usage counts no tokens, though the stream has some.

A prompt is never empty of tokens, and neither are candidates that brought text or a function call. Zero means that
nobody counted: budgets and bills count nothing. LiteLLM 1.106.2 does so where it translates the stream of an OpenAI
server, and so do mock servers. Judged is the last usage of a stream.
"""

from __future__ import annotations

from collections.abc import Iterator

from conformance.core.finding import Family, Level
from conformance.core.rule import Cite, Fault, rule
from conformance.core.stream import Stream

from ..conditions import has_usage
from ..samples import TEXT, chunk, stream, usage
from ..view import GeminiView

_PROTO = (
    "https://github.com/googleapis/googleapis/blob/master/google/ai/generativelanguage/v1beta/generative_service.proto"
)

GOOD = (TEXT, stream(chunk(finish="STOP", usageMetadata=usage(0))))
BAD = (
    stream(chunk({"text": "Hello"}, finish="STOP", usageMetadata=usage(0, prompt=0))),
    stream(chunk({"text": "Hello"}, finish="STOP", usageMetadata=usage(0))),
)


@rule(
    level=Level.WARNING,
    family=Family.USAGE,
    statements=("G20",),
    cite=(
        Cite(_PROTO, "Number of tokens in the prompt."),
        Cite(_PROTO, "Total number of tokens across all the generated response candidates."),
    ),
    complete=True,
    when=has_usage,
)
def check(stream: Stream[GeminiView]) -> Iterator[Fault]:
    event, usage = stream.view.usages[-1]
    if usage.get("promptTokenCount") == 0:
        yield Fault("promptTokenCount is 0, and no prompt has none", event, "/usageMetadata/promptTokenCount")
    answered = any(one.text is not None or one.calls for one in stream.view.candidates.values())
    if usage.get("candidatesTokenCount") == 0 and answered:
        message = "candidatesTokenCount is 0, but the stream has text or function calls"
        yield Fault(message, event, "/usageMetadata/candidatesTokenCount")
