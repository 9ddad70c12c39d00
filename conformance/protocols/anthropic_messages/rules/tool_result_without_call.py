"""The result of a server tool refers to a call that was not made.

`tool_use_id` names the call whose result it is. Clients that pair them drop a result without its call, and the API
refuses the conversation in the next turn. A call may stand in an earlier turn: the messages of the request count.
"""

from __future__ import annotations

from collections.abc import Iterator

from conformance.core.finding import Family, Level
from conformance.core.recording import Evidence
from conformance.core.rule import Cite, Fault, rule
from conformance.core.stream import Stream

from ..conditions import has_results
from ..samples import SEARCH
from ..view import TOOLS, MessagesView

SDK_TYPES = "https://github.com/anthropics/anthropic-sdk-python/blob/main/src/anthropic/types"

GOOD = SEARCH
BAD = SEARCH.swap('"tool_use_id":"srvtoolu_1"', '"tool_use_id":"srvtoolu_9"')


@rule(
    level=Level.ERROR,
    family=Family.TOOLS,
    statements=("M24",),
    cite=Cite(
        f"{SDK_TYPES}/web_search_tool_result_block.py",
        "tool_use_id: str",
    ),
    needs=(Evidence.REQUEST,),
    when=has_results,
)
def check(stream: Stream[MessagesView]) -> Iterator[Fault]:
    earlier = stream.recording.request.body
    for message in stream.view.messages:
        calls: set[object] = set()
        for block in message.blocks:
            if block.type in TOOLS:
                calls.add(str(block.start.get("id")))
            called = block.start.get("tool_use_id")
            if not block.type.endswith("_tool_result") or not isinstance(called, str) or called in calls:
                continue
            if called.encode() not in earlier:
                yield Fault(
                    f"a result refers to {called!r}, which no call has", block.first, "/content_block/tool_use_id"
                )
