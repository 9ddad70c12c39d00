"""The input of a tool call does not add up to a JSON object.

At content_block_stop the joined pieces are parsed. SDKs keep of it what parses, or an empty object, in silence: the
tool runs with other arguments than the model meant. Passed over where the message stopped at max_tokens or by
refusal, which may cut the input, and for tools whose input the request wants streamed unchecked
(`eager_input_streaming`, or the older beta header): there the API promises no JSON.
"""

from __future__ import annotations

from collections.abc import Iterator

from conformance.core.finding import Family, Level
from conformance.core.payload import parse
from conformance.core.rule import Cite, Fault, rule
from conformance.core.stream import Stream

from ..conditions import has_tools
from ..samples import TOOL
from ..view import CLIENT_TOOL, MAY_CUT, TOOLS, Block, MessagesView

_BETA = "fine-grained-tool-streaming"

_CUT = TOOL.swap(r'"\"Oslo\"}"', r'"\"Oslo\""')
GOOD = (TOOL, _CUT.asking(tools=[{"name": "weather", "eager_input_streaming": True}]))
BAD = (_CUT, _CUT.asking(tools=[{"name": "weather", "eager_input_streaming": False}]))


def _checked(stream: Stream[MessagesView]) -> list[Block]:
    """The tool calls whose input the API checks before it sends it; those that may be cut are left out."""
    request = stream.recording.request
    betas = f"{request.headers.get('anthropic-beta')} {stream.asked.get('anthropic_beta')}"
    tools = stream.asked.get("tools")
    said = {
        str(tool.get("name")): tool.get("eager_input_streaming")
        for tool in (tools if isinstance(tools, list) else ())
        if isinstance(tool, dict)
    }
    return [
        block
        for message in stream.view.messages
        for block in (message.blocks if message.stop_reason not in MAY_CUT else ())
        if block.type in TOOLS and not (block.type == CLIENT_TOOL and _eager(block, said, _BETA in betas))
    ]


def _eager(block: Block, said: dict[str, object], otherwise: bool) -> bool:
    """Whether the request asks for the input of this tool as it is generated."""
    eager = said.get(str(block.start.get("name")))
    return otherwise if eager is None else eager is True


def _has_checked_input(stream: Stream[MessagesView]) -> str | None:
    return has_tools(stream) or (None if _checked(stream) else "input that may be cut, or is streamed unchecked")


@rule(
    level=Level.ERROR,
    family=Family.TOOLS,
    statements=("M17",),
    cite=(
        Cite(
            "https://platform.claude.com/docs/en/build-with-claude/streaming",
            "You can accumulate the string deltas and parse the JSON once you receive a `content_block_stop` event",
        ),
        Cite(
            "https://platform.claude.com/docs/en/agents-and-tools/tool-use/fine-grained-tool-streaming",
            "Because the API does not buffer or validate a tool's input before streaming it, you might receive partial "
            "or invalid JSON.",
        ),
    ),
    when=_has_checked_input,
)
def check(stream: Stream[MessagesView]) -> Iterator[Fault]:
    for block in _checked(stream):
        if block.stopped is not None and block.joined:
            value, flaw = parse(block.joined.encode())
            if flaw is not None or not isinstance(value, dict):
                why = flaw.message if flaw is not None else "no object"
                yield Fault(f"the input of block {block.index} is not a JSON object: {why}", block.stopped)
