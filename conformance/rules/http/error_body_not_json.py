"""The body of an error is not JSON.

SDKs read the body of a 4xx or 5xx response as a JSON object, and show the message in it. A page of HTML from a proxy,
or an empty body, leaves the user with a status code, or with the parser's complaint about `<`.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import orjson

from conformance.core.finding import Family, Level
from conformance.core.rule import Breaks, Cite, Fault, On, rule
from conformance.core.stream import Stream
from conformance.rules.http.conditions import is_error
from conformance.rules.http.samples import ERROR, with_field


def _whole_error(stream: Stream[Any]) -> str | None:
    """An error whose body was received to its end, and which is no event stream."""
    if stream.incomplete or stream.cut:
        return stream.incomplete or f"the transport broke off ({stream.cut})"
    if stream.is_event_stream:
        return "the body is an event stream: http/error-as-event-stream speaks for it"
    return is_error(stream)


GOOD = ERROR
BAD = (
    with_field(ERROR.but(body="<html><body>502 Bad Gateway</body></html>", status=502), "content-type", "text/html"),
    ERROR.but(body=""),
)


@rule(
    level=Level.WARNING,
    family=Family.ERRORS,
    statements=("S30", "T06"),
    cite=(
        Cite(
            "https://openrouter.ai/docs/api/reference/errors-and-debugging",
            "For errors, OpenRouter returns a JSON response",
        ),
        Cite(
            "https://github.com/agentgateway/agentgateway/issues/3329",
            "Rate-limit 429s aren't client-actionable: no `Retry-After`, empty body on remote denials",
        ),
    ),
    breaks=(Breaks("OpenAI and Anthropic SDKs", "https://github.com/agentgateway/agentgateway/issues/3329"),),
    on=On.RESPONSE,
    when=_whole_error,
)
def check(stream: Stream[Any]) -> Iterator[Fault]:
    body = stream.recording.body
    try:
        orjson.loads(body)
    except orjson.JSONDecodeError:
        shown = f"begins {body[:40].decode('utf-8', 'replace')!r}" if body.strip() else "is empty"
        yield Fault(f"the body of the {stream.recording.status} response is not JSON: it {shown}", offset=0)
