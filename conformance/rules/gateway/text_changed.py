"""The client reads another text than the upstream sent.

Text is missing, cut, doubled, decoded anew or mixed with a message of the gateway's own. A stream that broke off
above is compared as far as it came: what had been sent must have arrived. How the text was cut into events does not
count. Passed over is text that is missing before an error or a break, where the upstream's bytes were no JSON in UTF-8.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from conformance.core.finding import Family, Level
from conformance.core.rule import Cite, Fault, On, rule
from conformance.core.stream import Stream
from conformance.core.transparency import Framing
from conformance.rules.gateway.conditions import garbled, heard, sides, when
from conformance.rules.gateway.samples import BROKEN, SAME, TEXT, chunk, through
from conformance.rules.gateway.words import difference, quoted

GOOD = (SAME, through(TEXT.swap(chunk('{"content":"Hello"}'), "").swap(" there", "Hello there"), TEXT), through(BROKEN))
BAD = (
    through(TEXT.swap("Hello", "Hell"), TEXT),
    through(TEXT.swap(chunk('{"content":" there"}'), ""), TEXT),
)


@rule(
    level=Level.ERROR,
    family=Family.TRANSPARENCY,
    statements=("D03",),
    cite=(
        Cite(
            "https://www.rfc-editor.org/rfc/rfc9110#section-7.7",
            "A proxy that transforms the content of a 200 (OK) response can inform downstream recipients",
        ),
        Cite(
            "https://github.com/BerriAI/litellm/issues/18842",
            "[Bug]: UTF-8 Multibyte Character Corruption in Streaming Mode",
        ),
    ),
    on=On.RESPONSE,
    when=when(heard),
)
def check(stream: Stream[Any]) -> Iterator[Fault]:
    found = sides(stream)
    ours, theirs = found.said
    complained = theirs.error is not None or found.framing[1] is Framing.TRUNCATED
    refused = complained and garbled(found) is not None and ours.text.startswith(theirs.text)
    if ours.text != theirs.text and not refused:
        yield Fault(
            difference(ours.text, theirs.text, "text")
            if ours.text
            else f"the upstream sent no text, and {quoted(theirs.text)} arrived"
        )
