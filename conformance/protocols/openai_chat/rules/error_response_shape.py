"""A request was refused, and the body does not say why in OpenAI's words.

What fails before the stream begins is answered with an HTTP status and a JSON body `{"error": {"message", "type",
"param", "code"}}`. Clients take the error out of it, and show its message; with anything else they show the whole body.
Web frameworks answer `{"detail": ...}` of themselves, and gateways pass on what another API says. A body that is no
JSON at all is `http/error-body-not-json`.
"""

from __future__ import annotations

from collections.abc import Iterator

from conformance.core.example import Example
from conformance.core.finding import Family, Level
from conformance.core.refusal import refused_in_json, without_message
from conformance.core.rule import Cite, Fault, On, rule
from conformance.core.stream import Stream
from conformance.protocols.openai_chat.view import ChatView

GOOD = Example(
    '{"error":{"message":"No such model.","type":"invalid_request_error","param":"model","code":"model_not_found"}}',
    path="/v1/chat/completions",
    status=404,
    headers=(("content-type", "application/json"),),
)
BAD = (GOOD.but(body='{"detail":"Not found"}'), GOOD.but(body='{"error":"No such model."}'), GOOD.but(body="[]"))


@rule(
    level=Level.WARNING,
    family=Family.ERRORS,
    statements=("C63",),
    cite=Cite(
        "https://github.com/openai/openai-python/blob/main/src/openai/_client.py",
        'data = body.get("error", body) if is_mapping(body) else body',
    ),
    on=On.RESPONSE,
    when=refused_in_json,
)
def check(stream: Stream[ChatView]) -> Iterator[Fault]:
    found = without_message(stream)
    if found:
        yield Fault(f"status {stream.recording.status}, and the body holds no error with a message: {found}", offset=0)
