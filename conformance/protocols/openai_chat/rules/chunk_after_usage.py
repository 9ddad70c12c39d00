"""A chunk follows the one that carries the usage.

Usage stands on the last chunk. Readers that take it from there get none where another follows; the official Python
client overwrites what it has with the null of every later chunk. Passed over is what OpenAI itself sends behind the
usage: a chunk with `moderation`, and one whose delta holds nothing but `audio` (when the audio expires). Where several
chunks carry usage, the last one counts.
"""

from __future__ import annotations

from collections.abc import Iterator

from conformance.core.finding import Family, Level
from conformance.core.rule import Breaks, Cite, Fault, rule
from conformance.core.stream import Stream
from conformance.protocols.openai_chat.conditions import has_usage
from conformance.protocols.openai_chat.samples import WITH_USAGE, chunk, usage_chunk
from conformance.protocols.openai_chat.view import ChatView, delta_of

GOOD = (
    WITH_USAGE,
    WITH_USAGE.swap(usage_chunk(), usage_chunk() + chunk(moderation={}, usage=None)),
)
BAD = (
    WITH_USAGE.swap(usage_chunk(), usage_chunk() + chunk(usage=None, timings={})),
    WITH_USAGE.swap(chunk({}, "stop", usage=None) + usage_chunk(), usage_chunk() + chunk({}, "stop", usage=None)),
)


@rule(
    level=Level.ERROR,
    family=Family.USAGE,
    statements=("C52",),
    cite=Cite(
        "https://platform.openai.com/docs/api-reference/chat-streaming/streaming",
        "it contains a null value **except for the last chunk** which contains the token usage statistics for the "
        "entire request.",
    ),
    breaks=(
        Breaks("openai-python", "https://github.com/openai/openai-python/pull/3901"),
        Breaks("openai-agents-python (before #2126)", "https://github.com/openai/openai-agents-python/pull/2126"),
        Breaks("coder (fantasy)", "https://github.com/coder/coder/pull/28068"),
    ),
    when=has_usage,
)
def check(stream: Stream[ChatView]) -> Iterator[Fault]:
    view, events = stream.view, stream.events
    carrier = view.usages[-1][0]
    late = [event for event in view.empty if event > carrier and "moderation" not in events[event].parsed]
    last, index = max(((choice.last, choice.index) for choice in view.choices.values()), default=(-1, 0))
    if last > carrier and delta_of(events[last], index).keys() != {"audio"}:
        yield Fault(f"a chunk with choices (event {last}) follows the usage (event {carrier})", last)
    elif late:
        yield Fault(f"a chunk without choices (event {late[0]}) follows the usage (event {carrier})", late[0])
