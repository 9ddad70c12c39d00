"""The type of an error is in no published list.

Clients retry or give up by the type. The API may add types, as its documentation says, so this is a warning.
"""

from __future__ import annotations

from collections.abc import Iterator

from conformance.core.finding import Family, Level
from conformance.core.rule import Cite, Fault, rule
from conformance.core.stream import Stream

from ..conditions import has_errors
from ..samples import ERROR
from ..view import MessagesView

_KNOWN = frozenset(
    {
        "invalid_request_error",
        "authentication_error",
        "billing_error",
        "permission_error",
        "not_found_error",
        "request_too_large",
        "rate_limit_error",
        "timeout_error",
        "api_error",
        "overloaded_error",
    }
)

GOOD = ERROR
BAD = ERROR.swap("overloaded_error", "server_on_fire")


@rule(
    level=Level.WARNING,
    family=Family.ERRORS,
    statements=("M40",),
    cite=Cite(
        "https://platform.claude.com/docs/en/api/errors",
        "we may expand the values within these objects, and it is possible that the `type` values will grow over time.",
    ),
    when=has_errors,
)
def check(stream: Stream[MessagesView]) -> Iterator[Fault]:
    for event in stream.view.errors:
        error = stream.events[event].parsed.get("error")
        kind = error.get("type") if isinstance(error, dict) else None
        if isinstance(kind, str) and kind not in _KNOWN:
            yield Fault(f"an error of the type {kind!r}", event, "/error/type")
