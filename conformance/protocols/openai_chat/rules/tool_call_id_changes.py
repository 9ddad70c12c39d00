"""A fragment carries another id than the tool call at its index.

Fragments of one index are joined. A second id at the same index means that two calls were sent under one number:
their arguments end up in one string that is no JSON, and the second call is lost; the error appears one turn later,
as a rejected request. Ollama and adapters for Gemini count every chunk from 0.
"""

from __future__ import annotations

from collections.abc import Iterator

from conformance.core.finding import Family, Level
from conformance.core.rule import Breaks, Cite, Fault, rule
from conformance.core.stream import Stream
from conformance.protocols.openai_chat.conditions import has_tool_calls
from conformance.protocols.openai_chat.samples import TOOL, TWO_TOOLS
from conformance.protocols.openai_chat.view import ChatView

GOOD = (TOOL, TWO_TOOLS)
BAD = TWO_TOOLS.swap('"tool_calls":[{"index":1', '"tool_calls":[{"index":0')


@rule(
    level=Level.ERROR,
    family=Family.TOOLS,
    statements=("C33",),
    cite=(
        Cite(
            "https://platform.openai.com/docs/guides/function-calling",
            "Identifies which function call the delta is for",
        ),
        Cite(
            "https://github.com/ollama/ollama/issues/15457",
            "OpenAI-compatible streaming: tool_calls index is always 0 for multiple tool calls",
        ),
    ),
    breaks=(
        Breaks(
            "openai-python", "https://github.com/openai/openai-python/blob/main/src/openai/lib/streaming/_deltas.py"
        ),
        Breaks("LiteLLM", "https://github.com/BerriAI/litellm/issues/33678"),
        Breaks("smolagents", "https://github.com/huggingface/smolagents/pull/1958"),
    ),
    when=has_tool_calls,
)
def check(stream: Stream[ChatView]) -> Iterator[Fault]:
    for choice, call in stream.view.calls():
        ids = call.sent(call.ids)
        if len(ids) > 1:
            (first, _), (other, event) = list(ids.items())[:2]
            more = f" ({len(ids)} ids in all)" if len(ids) > 2 else ""
            yield Fault(f"choice {choice.index}: {call.label} has id {first!r}, then {other!r}{more}", event)
