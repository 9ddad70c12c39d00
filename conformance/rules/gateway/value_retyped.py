"""A value has another JSON type at the client.

A number became text, text a number, an object a string. Typed readers raise; others compare `"17"` with `17` and find
nothing. The members of an error are left to error-changed.
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
from conformance.rules.gateway.words import became

GOOD = SAME
BAD = through(TEXT.swap('"created":1700000000', '"created":"1700000000"').but(also=("openai-chat/event-shape",)), TEXT)


@rule(
    level=Level.WARNING,
    family=Family.TRANSPARENCY,
    cite=Cite(
        "https://www.rfc-editor.org/rfc/rfc9110#section-7.7",
        "A proxy that transforms the content of a 200 (OK) response can inform downstream recipients",
    ),
    on=On.RESPONSE,
    when=when(compared),
)
def check(stream: Stream[Any]) -> Iterator[Fault]:
    for change in sides(stream).changes:
        if change.kind is Kind.RETYPED and "/error/" not in change.path:
            yield Fault(f"{change.path}: {became(change)}", change.event)
