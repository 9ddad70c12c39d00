"""The stream holds U+FFFD where a character was.

U+FFFD is what a decoder writes for bytes that it could not read. In an answer it mostly means that a proxy or a server
decoded network reads or tokens one by one, and cut a character of several bytes in two: letters are lost, in tool
arguments as in text, and nobody downstream can bring them back.

A note and no more, because the loss may be older than the stream: a small or badly sampled model writes bytes that are
no character (llama.cpp passes them on so), and any model can write U+FFFD itself when it is asked about it.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from conformance.core.finding import Family, Level
from conformance.core.rule import Breaks, Cite, Fault, rule
from conformance.core.stream import Stream
from conformance.rules.sse.samples import PLAIN

GOOD = (PLAIN, PLAIN.swap("Hel", "Blåbær"))
BAD = (PLAIN.swap("Hel", "Bl\ufffd\ufffdb\ufffdr"), PLAIN.swap("Hel", "Bl\\ufffdb"))

_RAW, _ESCAPED = b"\xef\xbf\xbd", b"\\ufffd"


@rule(
    level=Level.NOTE,
    family=Family.FRAMING,
    statements=("S02",),
    cite=Cite(
        "https://github.com/BerriAI/litellm/issues/18842",
        "[Bug]: UTF-8 Multibyte Character Corruption in Streaming Mode",
    ),
    breaks=(
        Breaks("cc-switch", "https://github.com/farion1231/cc-switch/pull/1923"),
        Breaks("claude-code-cache-fix", "https://github.com/cnighswonger/claude-code-cache-fix/issues/365"),
    ),
)
def check(stream: Stream[Any]) -> Iterator[Fault]:
    body = stream.recording.body
    # who writes other characters as they are does not escape this one; one byte is looked for first, for speed
    spelling = _ESCAPED if body.isascii() else _RAW
    first = body.find(spelling) if spelling[:1] in body else -1
    if first >= 0:
        around = body[max(0, first - 24) : first + 24].decode("utf-8", "replace")
        yield Fault(f"U+FFFD, {body.count(spelling)} in all; the first in {around!r}", offset=first)
