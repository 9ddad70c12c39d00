"""Chunks carry `obfuscation` although the request turned it off.

The random text hides the length of the tokens from an eavesdropper and costs about as many bytes as they. A client that
trusts its network turns it off with `stream_options.include_obfuscation: false`, to save them.
"""

from __future__ import annotations

from collections.abc import Iterator

from conformance.core.finding import Family, Level
from conformance.core.recording import Evidence
from conformance.core.rule import Cite, Fault, rule
from conformance.core.stream import Stream
from conformance.protocols.openai_chat.samples import TEXT
from conformance.protocols.openai_chat.view import ChatView

GOOD = (
    TEXT.asking(stream_options={"include_obfuscation": False}),
    TEXT.swap('"created"', '"obfuscation":"xK3","created"'),
)
BAD = TEXT.swap('"created"', '"obfuscation":"xK3","created"').asking(stream_options={"include_obfuscation": False})


def asked_for_no_obfuscation(stream: Stream[ChatView]) -> str | None:
    """`stream_options.include_obfuscation` is false."""
    options = stream.asked.get("stream_options")
    off = isinstance(options, dict) and options.get("include_obfuscation") is False
    return None if off else "the request does not turn obfuscation off"


@rule(
    level=Level.ERROR,
    family=Family.SHAPE,
    statements=("C60",),
    cite=Cite(
        "https://platform.openai.com/docs/api-reference/chat-streaming/streaming",
        "The field is included by default and omitted when `stream_options.include_obfuscation` is `false`.",
    ),
    needs=(Evidence.REQUEST,),
    when=asked_for_no_obfuscation,
)
def check(stream: Stream[ChatView]) -> Iterator[Fault]:
    carrying = [seen for shape, seen in stream.view.top_shapes.items() if "obfuscation" in shape]
    if carrying:
        count, first = sum(seen.count for seen in carrying), min(seen.first for seen in carrying)
        yield Fault(f"{count} chunks carry obfuscation, which the request turned off", first, "/obfuscation")
