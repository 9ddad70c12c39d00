"""Two tool calls of a message have the same id.

The id pairs a call with its result. The API refuses a conversation that holds it twice, so that the turn after such a
message fails; clients that keep calls by their id run one of the two.
"""

from __future__ import annotations

from collections.abc import Iterator

from conformance.core.finding import Family, Level
from conformance.core.rule import Breaks, Cite, Fault, rule
from conformance.core.stream import Stream

from ..conditions import has_tools
from ..samples import TWO_TOOLS
from ..view import TOOLS, MessagesView

GOOD = TWO_TOOLS
BAD = TWO_TOOLS.swap('"id":"toolu_2"', '"id":"toolu_1"')


@rule(
    level=Level.ERROR,
    family=Family.TOOLS,
    statements=("M15",),
    cite=Cite(
        "https://github.com/BerriAI/litellm/issues/23510",
        "`tool_use` ids must be unique",
    ),
    breaks=(Breaks("Claude Code", "https://github.com/anthropics/claude-code/issues/20901"),),
    when=has_tools,
)
def check(stream: Stream[MessagesView]) -> Iterator[Fault]:
    for message in stream.view.messages:
        seen: set[str] = set()
        for block in message.blocks:
            name = block.start.get("id")
            if block.type in TOOLS and isinstance(name, str) and name:
                if name in seen:
                    yield Fault(f"two tool calls have the id {name!r}", block.first, "/content_block/id")
                seen.add(name)
