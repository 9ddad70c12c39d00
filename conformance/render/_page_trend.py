"""The part of the HTML report on how targets went so far.

Law: as for the page: pure, and what it gives the template is escaped there; the pictures escape their own words.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from ..core.trend import Trend
from ._text import safe
from ._trend_svg import trend_svg


def trend_parts(trends: Iterable[Trend]) -> list[dict[str, Any]]:
    """A picture for each target and protocol that there is more than one run of."""
    return [
        {"title": safe(f"{one.target}, {course.protocol}"), "svg": trend_svg(course)[0]}
        for one in trends
        for course in one.courses
        if len(course.points) > 1
    ]
