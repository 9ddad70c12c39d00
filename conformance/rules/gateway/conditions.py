"""When two sides of a gateway can be compared.

Law: a condition says why a rule does not apply, or None where it does. A recording without a second side is turned away
by one look into its metadata.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

from conformance.core.rule import Condition
from conformance.core.sandwich import SANDWICH
from conformance.core.stream import Stream
from conformance.core.transparency import Comparison, comparison_of

ONE_SIDE = "not a gateway's exchange recorded on both sides"
Demand = Callable[[Comparison], str | None]


@cache
def when(*demands: Demand) -> Condition:
    """Both sides are there, and meet all demands; the reason of the first that is not met."""

    def asked(stream: Stream[Any]) -> str | None:
        if SANDWICH not in stream.recording.metadata:
            return ONE_SIDE
        found = comparison_of(stream)
        if found is None:
            return ONE_SIDE
        return next((reason for demand in demands if (reason := demand(found)) is not None), None)

    return asked


def sides(stream: Stream[Any]) -> Comparison:
    """Both sides, for a rule whose `when` has found them."""
    found = comparison_of(stream)
    assert found is not None
    return found


ALIASES = {"max_tokens": "max_completion_tokens", "max_completion_tokens": "max_tokens"}
"""Two names that Chat Completions has for one member of a request: a gateway may use either."""


def has_alias(name: str, value: object, request: Mapping[str, object]) -> bool:
    """True where the request says the same under the other name."""
    return name in ALIASES and request.get(ALIASES[name]) == value


# What a rule may demand


def forwarded(found: Comparison) -> str | None:
    """The upstream was asked."""
    return "the request never reached the upstream" if found.above is None else None


def stayed(found: Comparison) -> str | None:
    """The client stayed to the end."""
    return "the client left" if found.aborted else None


def answered(found: Comparison) -> str | None:
    """The upstream answered 2xx, and the client stayed to the end."""
    if found.above is None or found.aborted:
        return forwarded(found) or stayed(found)
    return None if found.above.succeeded else f"the upstream answered {found.above.recording.status}"


def heard(found: Comparison) -> str | None:
    """What the upstream answered well, the client got as an answer, too."""
    if reason := answered(found):
        return reason
    return None if found.below.succeeded else f"the client was given an error ({found.below.recording.status})"


def same_protocol(found: Comparison) -> str | None:
    """The upstream was asked in the protocol of the client."""
    return "the gateway translates: what both sides say is compared, no more" if found.translated else None


def compared(found: Comparison) -> str | None:
    """Both sides are streams of the same protocol, whose events can be compared."""
    if reason := heard(found):
        return reason
    if reason := same_protocol(found):
        return reason
    return None if found.streamed else "one of the two sides is no event stream"


def refused(found: Comparison) -> str | None:
    """The upstream answered with an error, and the client stayed to the end."""
    if reason := forwarded(found) or stayed(found):
        return reason
    status = found.above.recording.status if found.above is not None else 0
    return None if status >= 400 else f"the upstream answered {status}"


def failed(found: Comparison) -> str | None:
    """The upstream failed, before its stream or in it, and the client stayed to the end."""
    return forwarded(found) or stayed(found) or (None if found.failed else "the upstream did not fail")


def garbled(found: Comparison) -> str | None:
    """What the upstream sent was no stream of JSON in UTF-8: a gateway may well complain of it."""
    above = found.above
    if above is None:
        return None
    if any(event.flaw for event in above.events):
        return "the upstream sent what is no JSON"
    return "the upstream sent what is no UTF-8" if above.first_not_utf8 is not None else None


def asked_alike(found: Comparison) -> str | None:
    """Both requests are known, and speak the same protocol."""
    if reason := forwarded(found):
        return reason
    if reason := same_protocol(found):
        return reason
    known = found.above is not None and found.above.asked and found.below.asked
    return None if known else "one of the two requests is not a JSON object"
