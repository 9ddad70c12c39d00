"""A trend as one HTML page that needs nothing else: the picture of each protocol, and a table of what changed.

Law: markup stands in `templates/trend.html`; every value is escaped.
"""

from __future__ import annotations

from typing import Any

from ...core.trend import Course, Trend
from .._template import filled
from .._text import safe
from .._trend_svg import trend_svg
from ._words import folded, headline, is_worse, what, when


def render(trend: Trend) -> str:
    """The page."""
    return filled("trend.html", {"headline": headline(trend), "courses": [_course(course) for course in trend.courses]})


def _course(course: Course) -> dict[str, Any]:
    changes = [
        {
            "at": when(change.at),
            "scenario": scenarios,
            "what": what(change),
            "before": safe(change.before),
            "after": safe(change.after),
            "worse": is_worse(change),
        }
        for change, scenarios in reversed(folded(course.changes))
    ]
    return {"protocol": safe(course.protocol), "svg": trend_svg(course)[0], "changes": changes}
