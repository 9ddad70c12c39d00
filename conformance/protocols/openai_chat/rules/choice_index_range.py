"""A choice has an `index` that the request did not ask for.

The indices run from 0 to `n` - 1, and `n` is 1 unless it is given. Clients make room for as many: an index beyond is an
IndexError, or a second answer nobody reads. A server that counts the chunks in it (Foundry Local did) spreads one
answer over as many choices as it has tokens.
"""

from __future__ import annotations

from collections.abc import Iterator

from conformance.core.finding import Family, Level
from conformance.core.recording import Evidence
from conformance.core.rule import Breaks, Cite, Fault, rule
from conformance.core.stream import Stream
from conformance.protocols.openai_chat.conditions import asked, choices_asked
from conformance.protocols.openai_chat.samples import TEXT, TWO_CHOICES
from conformance.protocols.openai_chat.view import ChatView

GOOD = (TEXT, TWO_CHOICES)
BAD = (TEXT.swap('"index":0', '"index":1'), TWO_CHOICES.asking(n=1))


@rule(
    level=Level.ERROR,
    family=Family.SHAPE,
    statements=("C10", "C09"),
    cite=(
        Cite(
            "https://platform.openai.com/docs/api-reference/chat/create",
            "How many chat completion choices to generate for each input message.",
        ),
        Cite(
            "https://github.com/microsoft/foundry-local/issues/263",
            "Streaming chunks increment choice index but shouldn't",
        ),
    ),
    breaks=(
        Breaks(
            "openai-python",
            "https://github.com/openai/openai-python/blob/main/src/openai/lib/streaming/chat/_completions.py",
        ),
    ),
    needs=(Evidence.REQUEST,),
    when=asked,
)
def check(stream: Stream[ChatView]) -> Iterator[Fault]:
    choices, n = stream.view.choices, choices_asked(stream)
    beyond = sorted(index for index in choices if index >= n)
    if beyond:
        shown = ", ".join(map(str, beyond[:5])) + (f" and {len(beyond) - 5} more" if len(beyond) > 5 else "")
        message = f"the request asks for {n} choice{'s' * (n > 1)}, but the stream has index {shown}"
        yield Fault(message, min(choices[index].first for index in beyond), "/choices/0/index")
