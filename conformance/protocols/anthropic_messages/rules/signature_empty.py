"""A signature is empty.

An empty signature proves nothing; the API refuses it in the next turn.
"""

from __future__ import annotations

from collections.abc import Iterator

from conformance.core.finding import Family, Level
from conformance.core.rule import Cite, Fault, rule
from conformance.core.stream import Stream

from ..conditions import has_thinking
from ..samples import THINKING
from ..view import MessagesView

GOOD = THINKING
BAD = THINKING.swap('"signature":"c2lnbmVk"', '"signature":""')


@rule(
    level=Level.ERROR,
    family=Family.REASONING,
    statements=("M19",),
    cite=Cite(
        "https://platform.claude.com/docs/en/build-with-claude/streaming",
        "This signature is used to verify the integrity of the thinking block.",
    ),
    when=has_thinking,
)
def check(stream: Stream[MessagesView]) -> Iterator[Fault]:
    for block in stream.view.blocks:
        for event, signature in block.signatures:
            if signature == "":
                yield Fault(f"the signature of block {block.index} is empty", event, "/delta/signature")
