"""The usage counts another number of web searches than the message shows.

Searches are billed one by one; `usage.server_tool_use.web_search_requests` is their number. Streams of the API itself
differ by one at times (a search that fails is shown but not billed), so this is a note.
"""

from __future__ import annotations

from collections.abc import Iterator

from conformance.core.finding import Family, Level
from conformance.core.rule import Cite, Fault, rule
from conformance.core.stream import Stream

from ..conditions import has_message_delta
from ..samples import SEARCH
from ..view import MessagesView

GOOD = SEARCH
BAD = SEARCH.swap('"web_search_requests":1', '"web_search_requests":3')


@rule(
    level=Level.NOTE,
    family=Family.USAGE,
    statements=("M35",),
    cite=Cite(
        "https://github.com/anthropics/anthropic-sdk-python/blob/main/src/anthropic/types/server_tool_usage.py",
        "The number of web search tool requests.",
    ),
    when=has_message_delta,
)
def check(stream: Stream[MessagesView]) -> Iterator[Fault]:
    for message in stream.view.messages:
        shown = sum(1 for block in message.blocks if block.start.get("name") == "web_search")
        for event, _, usage in message.deltas[-1:]:
            counted = usage.get("server_tool_use")
            said = counted.get("web_search_requests") if isinstance(counted, dict) else None
            if isinstance(said, int) and said != shown:
                yield Fault(
                    f"web_search_requests is {said}, the message shows {shown}", event, "/usage/server_tool_use"
                )
