"""A dialect and streams from which the rules of this folder make their good and bad examples.

Law: a rule of this folder is shown its examples under the DIALECT beside its check, not under the strict one.
"""

from __future__ import annotations

from conformance.core.dialect import Dialect, Expectation, Promise
from conformance.core.example import Example

PLAIN = Example('data: {"text":"Hel"}\n\ndata: {"text":"lo"}\n\n')


def speaking(observed: bool) -> Dialect:
    """A dialect that keeps lines apart with LF, by promise or by habit."""
    expectation = Expectation(
        "sse.line-endings", ("lf",), "its documentation prints LF", "https://example.com/docs", observed=observed
    )
    return Dialect("example", expectations=(expectation,))


def promising(rule: str) -> Dialect:
    """A dialect that promises to keep a rule."""
    return Dialect("example", promises=(Promise(rule, "its documentation says so", "https://example.com/docs"),))
