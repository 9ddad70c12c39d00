"""The response names no request id.

With an id from the response's head, a user can point the provider at one exchange, also at one that broke off before
its first event. OpenAI sends `x-request-id`, Anthropic `request-id`, Mistral `mistral-correlation-id`; any field whose
name speaks of a request, a trace, a correlation or a generation and an id counts.

Cassettes of other tools are not judged: their owners take such ids out.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import Any

from conformance.core.finding import Family, Level
from conformance.core.recording import Evidence
from conformance.core.rule import Cite, Fault, On, rule
from conformance.core.stream import Stream
from conformance.rules.http.conditions import fields, headers_look_whole
from conformance.rules.http.samples import PLAIN, without

GOOD = PLAIN.paced()
BAD = without(PLAIN, "x-request-id").paced()

_ID = re.compile(
    r"(?i).*(request|correlation|generation|trace|transaction|inference|invocation|call)[-_]?id"
    r"|traceparent|traceresponse|cf-ray|x-cloud-trace-context|x-groq|x-trace|.*-log-?id"
)

_PROXIES = ("cf-ray", "traceparent", "traceresponse")


@rule(
    level=Level.NOTE,
    family=Family.TRANSPORT,
    statements=("T08",),
    cite=Cite(
        "https://platform.openai.com/docs/api-reference/debugging-requests",
        "Unique identifier for this API request (used in troubleshooting)",
    ),
    on=On.RESPONSE,
    needs=(Evidence.HEADERS, Evidence.READS),
    when=headers_look_whole,
)
def check(stream: Stream[Any]) -> Iterator[Fault]:
    if id_field(fields(stream)) is None:
        yield Fault("no header field names the request (x-request-id, request-id, ...)")


def id_field(headers: Iterable[str]) -> str | None:
    """Of these names, in lower case, the first that identifies the request; a server's own before one of a proxy."""
    found = [name for name in headers if _names_request(name)]
    return min(found, key=_PROXIES.__contains__, default=None)


@lru_cache(maxsize=4096)
def _names_request(name: str) -> bool:
    return len(name) < 100 and _ID.fullmatch(name) is not None
