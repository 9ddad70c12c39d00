"""A trend as JSON, for machines: points, verdicts and changes of each protocol.

Law: the keys are published; a key is added at the end or not at all.
"""

from __future__ import annotations

from dataclasses import asdict

import orjson

from ...core.trend import Trend

VERSION = 1


def render(trend: Trend) -> str:
    """Indented JSON with a final newline."""
    data = {"trend": VERSION, **asdict(trend)}
    return orjson.dumps(data, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE).decode()
