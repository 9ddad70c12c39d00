"""Fewer choices came than the request asked for.

With `n` above one each of the answers is a choice of its own, told apart by its index. A client that waits for all of
them, or picks the best, gets fewer than it asked (and, maybe, pays) for. Servers that know one choice only and pass
over `n` without a word do this.
"""

from __future__ import annotations

from collections.abc import Iterator

from conformance.core.finding import Family, Level
from conformance.core.recording import Evidence
from conformance.core.rule import Cite, Fault, rule
from conformance.core.stream import Stream
from conformance.protocols.openai_chat.conditions import all_of, asked_for_several, choices_asked, ended_whole
from conformance.protocols.openai_chat.samples import TEXT, TWO_CHOICES
from conformance.protocols.openai_chat.view import ChatView

GOOD = TWO_CHOICES
BAD = TEXT.asking(n=2)


@rule(
    level=Level.ERROR,
    family=Family.TERMINATION,
    statements=("C10", "C11"),
    cite=Cite(
        "https://platform.openai.com/docs/api-reference/chat/create",
        "How many chat completion choices to generate for each input message.",
    ),
    needs=(Evidence.REQUEST,),
    complete=True,
    when=all_of(asked_for_several, ended_whole),
)
def check(stream: Stream[ChatView]) -> Iterator[Fault]:
    choices, n = stream.view.choices, choices_asked(stream)
    came = sorted(index for index in choices if 0 <= index < n)
    if choices and len(came) < n:
        yield Fault(f"the request asks for {n} choices, but only {len(came)} came: {', '.join(map(str, came))}")
