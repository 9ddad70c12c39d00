"""A refusal does not call itself an error.

`"type":"error"` stands beside the `error` object in every refusal, as in the error event of a stream, and the schema
requires it. Clients that tell what came by its `type` take the body for something unknown. Gateways do so that answer
refusals in OpenAI's form, whatever was asked.
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
    '{"type":"error","error":{"type":"not_found_error","message":"No such model."}}',
    path="/v1/messages",
    status=404,
    headers=(("content-type", "application/json"),),
)
BAD = (GOOD.swap('"type":"error",', ""), GOOD.swap('"type":"error"', '"type":"failure"'))


@rule(
    level=Level.WARNING,
    family=Family.ERRORS,
    statements=("M38",),
    cite=Cite(
        "https://github.com/anthropics/anthropic-sdk-python/blob/main/src/anthropic/types/shared/error_response.py",
        'type: Literal["error"]',
    ),
    on=On.RESPONSE,
    when=refused_in_json,
)
def check(stream: Stream[MessagesView]) -> Iterator[Fault]:
    body = refusal(stream) or {}
    if isinstance(body.get("error"), dict) and body.get("type") != "error":
        found = f"it is {body['type']!r}" if "type" in body else "it is missing"
        yield Fault(f'the body of the {stream.recording.status} response lacks "type":"error": {found}', offset=0)
