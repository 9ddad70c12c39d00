"""The client's events name another id, model or time than the upstream's.

To put its own names there is a gateway's right. But an answer cannot be found again at the provider by the id that
the client has, and a bill names another model than the stream. Whoever promises to hand streams on unchanged is held
to it by `dialect/forwarded-changed`.
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
BAD = through(TEXT.swap('"model":"gpt-x"', '"model":"example/gpt-x"'), TEXT)


IDENTITY = frozenset({
    "id", "model", "created", "created_at", "completed_at", "system_fingerprint", "item_id", "responseId",
    "modelVersion", "createTime", "response_id", "call_id", "provider",
})  # fmt: skip
"""Members that say which answer it is, not what it says."""


@rule(
    level=Level.NOTE,
    family=Family.TRANSPARENCY,
    statements=("D03",),
    cite=Cite("https://github.com/BerriAI/litellm/pull/19943", "fix(proxy): prevent provider-prefixed model leaks"),
    on=On.RESPONSE,
    when=when(compared),
)
def check(stream: Stream[Any]) -> Iterator[Fault]:
    for change in sides(stream).changes:
        if change.kind is Kind.CHANGED and change.path.rpartition("/")[2] in IDENTITY:
            yield Fault(f"{change.path}: {became(change)}", change.event)
