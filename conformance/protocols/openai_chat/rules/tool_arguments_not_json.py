"""The joined arguments of a finished tool call are no JSON object.

The pieces of `arguments` add up to one JSON object, which the client parses and runs. Where they do not, a piece was
lost, came twice, or belongs to another call (`{}{"city": ...}`). A model may write broken JSON by itself; whoever runs
the tool cannot tell the difference, so it is reported either way, with both ends of the text. Passed over: calls that
were cut by `length` or a content filter or never finished, calls whose fragments cannot be told apart (no index and no
id, or two ids at one index), and empty arguments, which are `tool-arguments-empty`.
"""

from __future__ import annotations

from collections.abc import Iterator

from conformance.core.finding import Family, Level
from conformance.core.payload import parse
from conformance.core.rule import Breaks, Cite, Fault, rule
from conformance.core.stream import Stream
from conformance.protocols.openai_chat.calls import finished_calls
from conformance.protocols.openai_chat.conditions import all_of, has_tool_calls, tool_calls_finished
from conformance.protocols.openai_chat.samples import TOOL, TWO_TOOLS
from conformance.protocols.openai_chat.view import ChatView

GOOD = (TOOL, TWO_TOOLS, TOOL.swap('Oslo\\"}', "").swap('"finish_reason":"tool_calls"', '"finish_reason":"length"'))
BAD = (
    TOOL.swap('Oslo\\"}', ""),
    TOOL.swap('"name":"weather","arguments":""', '"name":"weather","arguments":"{}"'),
    TOOL.swap('{\\"city\\":', "[").swap('\\"}', '\\"]'),
)


@rule(
    level=Level.ERROR,
    family=Family.TOOLS,
    statements=("C35",),
    cite=Cite(
        "https://platform.openai.com/docs/guides/function-calling",
        "you're aggregating chunks into an encoded `arguments` JSON object.",
    ),
    breaks=(
        Breaks("OGX (Llama Stack)", "https://github.com/ogx-ai/ogx/pull/5462"),
        Breaks("LiteLLM", "https://github.com/BerriAI/litellm/issues/33678"),
    ),
    when=all_of(has_tool_calls, tool_calls_finished),
)
def check(stream: Stream[ChatView]) -> Iterator[Fault]:
    for choice, call in finished_calls(stream.view):
        text = call.joined
        wrong = _wrong(text) if text else None
        if wrong:
            shown = text if len(text) <= 80 else f"{text[:40]}...{text[-40:]}"
            where = f"choice {choice.index}: the arguments of {call.label} ({call.name})"
            yield Fault(f"{where} are no JSON object: {wrong} in {shown!r}", call.events[-1])


def _wrong(text: str) -> str | None:
    """What is wrong with the arguments, in words."""
    value, flaw = parse(text.encode("utf-8", "replace"))
    if flaw is not None:
        return flaw.message
    return None if isinstance(value, dict) else f"a {type(value).__name__}"
