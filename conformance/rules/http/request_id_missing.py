"""The response names no request id.

With an id from the response's head, a user can point the provider at one exchange, also at one that broke off before
its first event. OpenAI sends `x-request-id`, Anthropic `request-id`, Mistral `mistral-correlation-id`; any field whose
name speaks of a request, a trace, a correlation or a generation and an id counts.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from conformance.core.finding import Family, Level
from conformance.core.recording import Evidence, Headers
from conformance.core.rule import Cite, Fault, On, rule
from conformance.core.stream import Stream
from conformance.rules.http.conditions import headers_look_whole
from conformance.rules.http.samples import PLAIN, without

GOOD = PLAIN
BAD = without(PLAIN, "x-request-id")

_ID = re.compile(
    r"(?i).*(request|correlation|generation|trace|transaction|inference|invocation|call)[-_]?id"
    r"|traceparent|traceresponse|cf-ray|x-cloud-trace-context|x-groq|x-trace|.*-log-?id"
)


@rule(
    level=Level.NOTE,
    family=Family.TRANSPORT,
    statements=("T08",),
    cite=Cite(
        "https://platform.openai.com/docs/api-reference/debugging-requests",
        "Unique identifier for this API request (used in troubleshooting)",
    ),
    on=On.RESPONSE,
    needs=(Evidence.HEADERS,),
    when=headers_look_whole,
)
def check(stream: Stream[Any]) -> Iterator[Fault]:
    if id_field(stream.recording.headers) is None:
        yield Fault("no header field names the request (x-request-id, request-id, ...)")


def id_field(headers: Headers) -> str | None:
    """The name of the first field that identifies the request, in lower case; its own before one of a proxy."""
    found = [name.lower() for name, _ in headers if _ID.fullmatch(name)]
    return min(found, key=lambda name: name in ("cf-ray", "traceparent", "traceresponse"), default=None)
