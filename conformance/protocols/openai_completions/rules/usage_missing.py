"""The usage that was asked for does not come.

With `stream_options.include_usage` one more chunk comes before `[DONE]`, with the usage and no choices. Some servers
put the usage on the last chunk with choices; that counts here.
"""

from __future__ import annotations

from collections.abc import Iterator

from conformance.core.finding import Family, Level
from conformance.core.recording import Evidence
from conformance.core.rule import Cite, Fault, rule
from conformance.core.stream import Stream

from ..conditions import asked_for_usage
from ..samples import WITH_USAGE, usage_chunk
from ..view import CompletionsView

GOOD = WITH_USAGE
BAD = WITH_USAGE.swap(usage_chunk(), "")


@rule(
    level=Level.ERROR,
    family=Family.USAGE,
    cite=Cite(
        "https://platform.openai.com/docs/api-reference/completions/create",
        "If set, an additional chunk will be streamed before the `data: [DONE]` message.",
    ),
    needs=(Evidence.REQUEST,),
    complete=True,
    when=asked_for_usage,
)
def check(stream: Stream[CompletionsView]) -> Iterator[Fault]:
    if not stream.view.usages and not stream.view.errors:
        yield Fault("the request asks for usage, but no chunk holds it", stream.events[-1].index)
