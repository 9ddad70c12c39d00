"""Latency figures in words: which are milliseconds, and which are counts and shares.

Law: by the figure's name alone; every form says them alike.
"""

from __future__ import annotations

import re

from ._text import millis

_COUNTS = re.compile(r"^reads$|events_|_events|pulled|_share$|_spread$")
"""Names of figures that are no milliseconds."""


def unit(name: str) -> str:
    """`ms`; empty for counts and shares."""
    return "" if _COUNTS.search(name) else "ms"


def bare(name: str, value: float | int) -> str:
    """A figure without its unit: `1,204`, `12.4`, `0.31`."""
    if unit(name):
        return millis(value)
    return f"{value:,}" if isinstance(value, int) else f"{value:,.2f}"


def figure(name: str, value: float | int) -> str:
    """A figure with its unit: `12.4 ms`, `26`."""
    return f"{bare(name, value)} {unit(name)}".rstrip()
