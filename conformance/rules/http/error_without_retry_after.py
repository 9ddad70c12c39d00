"""A refusal for now does not say when to try again.

429 and 503 mean "later". With Retry-After the SDKs wait as long as the server says; without it they guess, and a crowd
of clients that guess alike comes back at once. HTTP allows the field and does not demand it; therefore this is a note.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from conformance.core.finding import Family, Level
from conformance.core.recording import Evidence
from conformance.core.rule import Breaks, Cite, Fault, On, rule
from conformance.core.stream import Stream
from conformance.rules.http.conditions import fields, headers_look_whole
from conformance.rules.http.samples import ERROR, without

_LATER = (429, 503)


def _refused(stream: Stream[Any]) -> str | None:
    """The status asks the client to come again, and its header fields look complete."""
    status = stream.recording.status
    return headers_look_whole(stream) if status in _LATER else f"the status is neither 429 nor 503 ({status})"


GOOD = ERROR
BAD = without(ERROR, "retry-after")


@rule(
    level=Level.NOTE,
    family=Family.ERRORS,
    statements=("T06",),
    cite=(
        Cite(
            "https://www.rfc-editor.org/rfc/rfc6585#section-4",
            "The response representations SHOULD include details explaining the condition, and MAY include a "
            "Retry-After header indicating how long to wait before making a new request.",
        ),
        Cite(
            "https://github.com/agentgateway/agentgateway/issues/3329",
            "Rate-limit 429s aren't client-actionable: no `Retry-After`, empty body on remote denials",
        ),
    ),
    breaks=(Breaks("OpenAI and Anthropic SDKs", "https://github.com/agentgateway/agentgateway/issues/3329"),),
    on=On.RESPONSE,
    needs=(Evidence.HEADERS,),
    when=_refused,
)
def check(stream: Stream[Any]) -> Iterator[Fault]:
    headers = fields(stream)
    if "retry-after" not in headers and "retry-after-ms" not in headers:
        yield Fault(f"the {stream.recording.status} response has no Retry-After")
