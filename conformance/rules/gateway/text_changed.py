"""The client reads another text than the upstream sent.

Text is missing, cut, doubled, decoded anew or mixed with a message of the gateway's own. A stream that broke off
above is compared as far as it came: what had been sent must have arrived. How the text was cut into events does not
count. Passed over is text that is missing before an error or a break, where the upstream's bytes were no JSON in UTF-8,
and what was written right before a reset, which may never have reached the gateway.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from conformance.core.finding import Family, Level
from conformance.core.rule import Cite, Fault, On, rule
from conformance.core.said import due
from conformance.core.stream import Stream
from conformance.core.transparency import Comparison, Framing
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
    if ours.text != theirs.text and not (ours.text.startswith(theirs.text) and _excused(found)):
        yield Fault(
            difference(ours.text, theirs.text, "text")
            if ours.text
            else f"the upstream sent no text, and {quoted(theirs.text)} arrived"
        )


def _excused(found: Comparison) -> bool:
    """True where the text may be cut: the upstream was garbled, and the client knows; or a reset overtook the rest."""
    theirs = found.said[1]
    complained = theirs.error is not None or found.framing[1] is Framing.TRUNCATED
    if complained and garbled(found) is not None:
        return True
    return found.above is not None and theirs.text.startswith(due(found.above))
