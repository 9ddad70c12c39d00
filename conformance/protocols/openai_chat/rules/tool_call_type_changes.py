"""A later fragment sends another type for its tool call, or null.

The type comes in the first fragment and stays. The official Python client overwrites it with what every fragment
sends, null included, and ends with an AssertionError on the next one. Servers whose encoder writes null for what is not
set do this (Writer, Moonshot behind gateways). Fragments without the member are fine.
"""

from __future__ import annotations

from collections.abc import Iterator

from conformance.core.finding import Family, Level
from conformance.core.rule import Breaks, Cite, Fault, rule
from conformance.core.stream import Stream
from conformance.protocols.openai_chat.conditions import has_tool_calls
from conformance.protocols.openai_chat.samples import TOOL, TWO_TOOLS
from conformance.protocols.openai_chat.view import ChatView

GOOD = (TOOL, TWO_TOOLS, TOOL.swap('"function":{"arguments":"{', '"type":"function","function":{"arguments":"{'))
BAD = (
    TOOL.swap('"function":{"arguments":"{', '"type":null,"function":{"arguments":"{'),
    TOOL.swap('"function":{"arguments":"{', '"type":"","function":{"arguments":"{'),
)


@rule(
    level=Level.ERROR,
    family=Family.TOOLS,
    statements=("C33",),
    cite=(
        Cite(
            "https://platform.openai.com/docs/guides/function-calling",
            "Many of these fields are only set for the first `delta` of each tool call, like `id`, `function.name`, "
            "and `type`.",
        ),
        Cite(
            "https://github.com/veryfront/veryfront-code/pull/3815",
            "Restore Kimi-compatible streams when providers send null deltas",
        ),
    ),
    breaks=(
        Breaks(
            "openai-python", "https://github.com/openai/openai-python/blob/main/src/openai/lib/streaming/_deltas.py"
        ),
        Breaks("Veryfront", "https://github.com/veryfront/veryfront-code/pull/3815"),
    ),
    when=has_tool_calls,
)
def check(stream: Stream[ChatView]) -> Iterator[Fault]:
    for choice, call in stream.view.calls():
        if not call.types or not call.types[0][1]:
            continue
        first = call.types[0][1]
        event, value = next(((event, value) for event, value in call.types if value != first), (None, first))
        if event is not None:
            shown = "null" if value is None else repr(value)
            yield Fault(f"choice {choice.index}: a tool call has type {first!r}, then {shown}", event)
