"""An error's `code` is not the status of its response.

A gateway that promises the same number in both places gives its clients two ways to branch on an error: by the status,
as HTTP libraries do, and by the body, as those do who only see the parsed JSON. Where the two differ, one of them
retries what the other gives up. Codes that are no number, or none of an HTTP error, promise nothing.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import orjson

from conformance.core.example import Example
from conformance.core.finding import Family, Level
from conformance.core.rule import Cite, Fault, On, rule
from conformance.core.stream import Stream
from conformance.rules.dialect.conditions import promised
from conformance.rules.dialect.samples import promising

RULE = "dialect/error-code-differs"
DIALECT = promising(RULE)
GOOD = Example(
    '{"error":{"code":402,"message":"Insufficient credits"}}',
    status=402,
    headers=(("content-type", "application/json"),),
)
BAD = GOOD.swap("402", "400")

_promised = promised(RULE)


def _error_with_code(stream: Stream[Any]) -> str | None:
    """The dialect promises it, and the body of an error names a code."""
    if stream.recording.status < 400:
        return "the response is no error"
    return _promised(stream) or (None if _code(stream) else "the body names no code of an HTTP error")


def _code(stream: Stream[Any]) -> int | None:
    try:
        data = orjson.loads(stream.recording.body)
    except orjson.JSONDecodeError:
        return None
    error = data.get("error") if isinstance(data, dict) else None
    code = error.get("code") if isinstance(error, dict) else None
    return code if type(code) is int and 400 <= code < 600 else None


@rule(
    level=Level.ERROR,
    family=Family.ERRORS,
    statements=("B10",),
    cite=Cite(
        "https://openrouter.ai/docs/api/reference/errors-and-debugging",
        "The HTTP Response will have the same status code as `error.code`",
    ),
    on=On.RESPONSE,
    when=_error_with_code,
)
def check(stream: Stream[Any]) -> Iterator[Fault]:
    code, status = _code(stream), stream.recording.status
    if code != status:
        yield Fault(f"error.code is {code}, and the status is {status}", pointer="/error/code")
