"""The indexes of the tool calls do not count 0, 1, 2, ...

A new index opens a new call, and clients keep the calls in a list: the official Python client raises an IndexError
where the first index is 1, others run an empty call that nobody made. Adapters count content blocks (text, reasoning)
instead of calls, or subtract one too many. One finding per choice: what follows a gap is shifted by it.
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
BAD = (
    TOOL.swap('"tool_calls":[{"index":0', '"tool_calls":[{"index":1'),
    TOOL.swap('"tool_calls":[{"index":0', '"tool_calls":[{"index":-1'),
    TWO_TOOLS.swap('"tool_calls":[{"index":1', '"tool_calls":[{"index":2'),
)


@rule(
    level=Level.ERROR,
    family=Family.TOOLS,
    statements=("C31",),
    cite=(
        Cite(
            "https://platform.openai.com/docs/guides/function-calling",
            "Identifies which function call the delta is for",
        ),
        Cite(
            "https://github.com/aws-samples/bedrock-access-gateway/issues/134",
            "Tool call index is off by 1 if reasoning block is present",
        ),
    ),
    breaks=(
        Breaks(
            "openai-python", "https://github.com/openai/openai-python/blob/main/src/openai/lib/streaming/_deltas.py"
        ),
        Breaks("marimo", "https://github.com/marimo-team/marimo/pull/7356"),
        Breaks("pipecat", "https://github.com/pipecat-ai/pipecat/pull/5342"),
    ),
    when=has_tool_calls,
)
def check(stream: Stream[ChatView]) -> Iterator[Fault]:
    for choice in stream.view.choices.values():
        opened = [(call.index, call.first) for call in choice.calls.values() if call.index is not None]
        for expected, (index, event) in enumerate(opened):
            if index != expected:
                yield Fault(f"choice {choice.index}: a tool call opens with index {index}, expected {expected}", event)
                break
