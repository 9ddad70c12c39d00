"""A request was refused, and the body does not say why in Anthropic's words.

What fails before the stream begins is answered with an HTTP status and a JSON body, whose `error` object has a `type`
and a `message`. Clients decide by the type whether to try again, and show the message; with anything else the user sees
only a number. A body that is no JSON at all is `http/error-body-not-json`.
"""

from __future__ import annotations

from collections.abc import Iterator

from conformance.core.example import Example
from conformance.core.finding import Family, Level
from conformance.core.refusal import refusal, refused_in_json
from conformance.core.rule import Cite, Fault, On, rule
from conformance.core.stream import Stream

from ..view import MessagesView

GOOD = Example(
    '{"type":"error","error":{"type":"not_found_error","message":"No such model."},"request_id":"req_1"}',
    path="/v1/messages",
    status=404,
    headers=(("content-type", "application/json"),),
)
BAD = (
    GOOD.but(body='{"detail":"Not found"}'),
    GOOD.but(body='{"type":"error","error":"No such model."}'),
    GOOD.swap('"type":"not_found_error",', ""),
    GOOD.but(body="[]"),
)


@rule(
    level=Level.ERROR,
    family=Family.ERRORS,
    statements=("M38",),
    cite=Cite(
        "https://platform.claude.com/docs/en/api/errors",
        "Errors are always returned as JSON, with a top-level `error` object that always includes a `type` and "
        "`message` value.",
    ),
    on=On.RESPONSE,
    when=refused_in_json,
)
def check(stream: Stream[MessagesView]) -> Iterator[Fault]:
    error = (refusal(stream) or {}).get("error")
    told = error if isinstance(error, dict) else {}
    missing = [name for name in ("type", "message") if not isinstance(told.get(name), str)]
    if missing:
        of = "the error has" if told else "the body holds no error object:"
        yield Fault(f"status {stream.recording.status}, and {of} no {' and no '.join(missing)}", offset=0)
