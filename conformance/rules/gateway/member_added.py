"""The client's events have members that the upstream did not send.

Names of providers, costs, empty containers, or the null that a writer gives every field that it knows. Readers ignore
what they do not know, as a rule; the stream grows, and what is null in one place and missing in another tells the
gateway from the provider.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from conformance.core.finding import Family, Level
from conformance.core.rule import Cite, Fault, On, rule
from conformance.core.stream import Stream
from conformance.core.transparency_change import Kind
from conformance.rules.gateway.conditions import compared, sides, when
from conformance.rules.gateway.samples import SAME, TEXT, through
from conformance.rules.gateway.words import paths_of

GOOD = SAME
BAD = through(TEXT.swap('"model":"gpt-x"', '"model":"gpt-x","provider":"Example"'), TEXT)


@rule(
    level=Level.NOTE,
    family=Family.TRANSPARENCY,
    statements=("D03",),
    cite=Cite(
        "https://www.rfc-editor.org/rfc/rfc9110#section-7.7",
        "A proxy that transforms the content of a 200 (OK) response can inform downstream recipients",
    ),
    on=On.RESPONSE,
    when=when(compared),
)
def check(stream: Stream[Any]) -> Iterator[Fault]:
    for kind, what in ((Kind.ADDED, "added"), (Kind.NULL_ADDED, "added as null")):
        found = [change for change in sides(stream).changes if change.kind is kind]
        if found:
            yield Fault(f"{what}: {paths_of(found)}", found[0].event)
