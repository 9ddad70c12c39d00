"""The timeline of one run for the HTML report; of a gateway's exchange those of both sides, one below the other.

Law: reads a run's picture, decides nothing. Both sides stand on one axis, since they were recorded on one clock.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ..core.finding import Run
from ..core.picture import Picture
from ..core.picture_sides import Above, Beside, Fate
from ._signs import word_of
from ._text import listed, plural, safe
from ._timeline_svg import Axis, Mark, axis_of, described, duration, passage_svg, timeline_svg
from ._wire import wire_html

MARKS = 24
"""Findings that the timeline of one stream marks, the worst first."""
ADDED = {
    "gateway_first_byte": "{} to the first byte",
    "gateway_event_p50": "{} to an event (median)",
    "gateway_event_max": "{} at most",
}
"""Figures that the words below a gateway's timelines tell."""
UNSEEN = "The timeline is not in this report: it was made without the recording."


def timeline_part(run: Run) -> dict[str, Any]:
    """The pictures, each with its heading, and the words below; words alone where the report holds no picture."""
    from markupsafe import Markup

    if run.picture is None:
        return {"sides": [], "words": UNSEEN}
    picture = run.picture
    sides = list(_above(picture))
    drawn = picture.rhythm, list(_marks(run))[:MARKS], _axis(picture)
    sides.append(("Client" if sides else "", timeline_svg(*drawn)))
    words = " ".join(filter(None, (described(picture.rhythm), _added(run))))
    return {"sides": [(name, Markup(svg)) for name, svg in sides], "words": words}


def _added(run: Run) -> str:
    """How much later the gateway made it."""
    told = [
        words.format(duration(value)) for name, words in ADDED.items() if (value := run.latency.get(name)) is not None
    ]
    return f"The gateway added {listed(told)}." if told else ""


def _marks(run: Run) -> Iterator[Mark]:
    timed = run.picture is not None and run.picture.rhythm.timed
    for finding in run.findings:
        at = finding.at if timed else finding.offset
        if at is not None:
            yield Mark(at, word_of(finding), f"{word_of(finding)} {finding.rule}")


def _axis(picture: Picture) -> Axis:
    """One axis for all sides that have times."""
    sides = [picture.rhythm, *(one.rhythm for one in (picture.sides.above if picture.sides else ()))]
    return axis_of([one for one in sides if one.timed == picture.rhythm.timed])


def _above(picture: Picture) -> Iterator[tuple[str, str]]:
    """The upstream's side: every request that the gateway made, and what of the answer got through."""
    shared = _axis(picture)
    if picture.sides is None:
        return
    for one in picture.sides.above:
        axis = shared if one.rhythm.timed == picture.rhythm.timed else None
        yield _heading(one), timeline_svg(one.rhythm, axis=axis)
    if not picture.sides.above:
        yield "Upstream: never asked", ""
    elif picture.sides.passed:
        yield "", passage_svg(picture.sides.passed, shared)


def _heading(one: Above) -> str:
    number = f" {one.number} of {one.of}" if one.of > 1 else ""
    after = f", asked after {duration(one.rhythm.asked)}" if one.rhythm.timed else ""
    return f"Upstream{number}: {safe(one.told)}{after}"


def fates_part(run: Run) -> list[dict[str, Any]]:
    """Events that the client did not get as the upstream wrote them, the first of each kind side by side."""
    fates = run.picture.sides.fates if run.picture and run.picture.sides else ()
    return [{"told": f"{plural(fate.number, 'event')} {fate.name}", "shown": list(_shown(fate))} for fate in fates]


def _shown(fate: Fate) -> Iterator[list[tuple[str, str]]]:
    for beside in fate.shown:
        yield [_one_side(name, beside, index) for index, name in enumerate(("upstream", "client"))]


def _one_side(name: str, beside: Beside, index: int) -> tuple[str, str]:
    """Whose event it is, and its bytes."""
    place, wire = beside.places[index], (beside.above, beside.below)[index]
    if place is None or wire is None:
        return f"{name}: none", ""
    return f"{name}, event {place:,}", wire_html(wire)
