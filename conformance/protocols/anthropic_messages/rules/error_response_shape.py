"""A request was refused, and the body does not say why in Anthropic's words.

What fails before the stream begins is answered with an HTTP status and a JSON body, whose `error` object has a `type`
and a `message`. Clients decide by the type whether to try again, and show the message; with anything else the user sees
only a number. A body that is no JSON at all is `http/error-body-not-json`.
"""

from __future__ import annotations

from collections.abc import Iterator

from conformance.core.finding import Family, Level
from conformance.core.payload import parse
from conformance.core.rule import Cite, Fault, On, rule
from conformance.core.stream import Stream

from ..refusals import REFUSED, refused_in_json
from ..view import MessagesView

GOOD = REFUSED
BAD = (
    REFUSED.but(body='{"detail":"Not found"}'),
    REFUSED.but(body='{"type":"error","error":"No such model."}'),
    REFUSED.swap('"type":"not_found_error",', ""),
    REFUSED.but(body="[]"),
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
    body, _ = parse(stream.recording.body)
    error = body.get("error") if isinstance(body, dict) else None
    told = error if isinstance(error, dict) else {}
    missing = [name for name in ("type", "message") if not isinstance(told.get(name), str)]
    if missing:
        of = "the error has" if told else "the body holds no error object:"
        yield Fault(f"status {stream.recording.status}, and {of} no {' and no '.join(missing)}", offset=0)
