"""A tool call fragment has no `index`.

The index says which call a fragment belongs to; it is the only member that every fragment must have. Without it the
official Python client raises a TypeError in the middle of the stream, the AI SDK refuses the chunk, and clients that
take 0 instead merge all calls into one. Servers that send whole calls (Mistral, the OpenAI endpoint of Gemini, older
Ollama) leave it out.
"""

from __future__ import annotations

from collections.abc import Iterator

from conformance.core.finding import Family, Level
from conformance.core.rule import Breaks, Cite, Fault, rule
from conformance.core.stream import Stream
from conformance.protocols.openai_chat.conditions import has_tool_calls
from conformance.protocols.openai_chat.samples import TOOL, TWO_TOOLS, WHOLE_TOOL
from conformance.protocols.openai_chat.view import ChatView

GOOD = (TOOL, TWO_TOOLS)
BAD = (WHOLE_TOOL.swap('"index":0,"id"', '"id"'), WHOLE_TOOL.swap('"index":0,"id"', '"index":null,"id"'))


@rule(
    level=Level.ERROR,
    family=Family.TOOLS,
    statements=("C30",),
    cite=Cite(
        "https://platform.openai.com/docs/guides/function-calling",
        "Identifies which function call the delta is for",
    ),
    breaks=(
        Breaks("openai-python", "https://github.com/openai/openai-python/issues/2806"),
        Breaks("AI SDK (openai-compatible 1.x)", "https://github.com/anomalyco/opencode/issues/17902"),
    ),
    when=has_tool_calls,
)
def check(stream: Stream[ChatView]) -> Iterator[Fault]:
    return stream.shape_faults("tool-call-index-missing")
