"""A trend as a picture of its own, in light and dark, for a page or a wiki.

Law: the pictures of all protocols below each other, with the colours inside.
"""

from __future__ import annotations

from ...core.trend import Trend
from .._template import filled
from .._text import safe
from .._trend_svg import WIDTH, trend_svg
from ._words import headline

_HEAD, _TITLE = 34, 30


def render(trend: Trend) -> str:
    """The SVG document."""
    top, courses = _HEAD, []
    for course in trend.courses:
        svg, height = trend_svg(course)
        courses.append({"protocol": safe(course.protocol), "svg": svg, "height": height, "top": top})
        top += height + _TITLE
    return filled("trend.svg", {"headline": headline(trend), "courses": courses, "width": WIDTH, "height": top})
