"""A timeline as a picture: events over time, reads beneath them, silences and bursts named.

Law: pure, Rhythm -> SVG. It is as wide as its place, and its words keep their size: bars stand in a stretched inner
drawing, words are placed by percent. Looks are classes; `templates/timeline.css` colours them, and nothing is told by
colour alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from html import escape
from itertools import groupby
from math import log, sqrt

from ..core.rhythm import DATA, IDLE, KINDS, TERMINAL, TEXT, Beat, Rhythm
from ._text import millis, plural, size

HEIGHT = 104
"""Pixels that the picture takes."""
PASSAGE = 28
"""Pixels between the timelines of two sides."""
_TOP, _BASE, _FLOOR = 15, 66, 84
"""Pixels from the top: where bars may begin, the line that events stand on, the lowest end of reads."""
_FOOT = HEIGHT - 5
"""Where the words beneath stand."""
_ROOM = 0.6
"""The part of the width that two words beneath need, on a phone too."""
_LOW, _FULL = 14, 16
"""Pixels of a bar of one event; events in one place from which on it is as high as there is room."""
_WAIT = 0.22
"""The most of the width that waiting for the first byte may take; beyond that the axis is broken."""
_STRETCH = 1000
_SHAPES = {"error": "M-5 0h10l-5 9z", "warning": "M0 0l5 5-5 5-5-5z", "note": "M-4 1h8v8h-8z", "waived": "M-4 5h8"}
"""Level -> shape, ten pixels high."""


@dataclass(frozen=True, slots=True)
class Mark:
    """A finding on the picture."""

    at: float
    """In the unit of the rhythm."""
    level: str
    """`error`, `warning`, `note` or `waived`."""
    title: str


@dataclass(frozen=True, slots=True)
class Axis:
    """From values to parts of the width. One axis may serve several rhythms, so that they can be compared."""

    first: float
    end: float

    @property
    def wait(self) -> float:
        """Part of the width before the first byte."""
        return min(_WAIT, self.first / self.end) if self.end > 0 else 0.0

    @property
    def broken(self) -> bool:
        """True where waiting takes less room than it took time."""
        return self.end > 0 and self.first / self.end > _WAIT

    def part(self, at: float) -> float:
        """0 to 1."""
        if at <= self.first:
            return self.wait * (at / self.first if self.first > 0 else 0.0)
        span = self.end - self.first
        return min(1.0, self.wait + (1 - self.wait) * ((at - self.first) / span if span > 0 else 1.0))

    def percent(self, at: float) -> str:
        """The same as SVG says it."""
        return f"{100 * self.part(at):.4g}%"


def axis_of(rhythms: Iterable[Rhythm]) -> Axis:
    """The axis on which all of them have room."""
    known = list(rhythms)
    begun = (one.first for one in known if not _silent(one))
    return Axis(min(begun, default=0.0), max((one.end for one in known), default=1.0))


def timeline_svg(rhythm: Rhythm, marks: Sequence[Mark] = (), axis: Axis | None = None) -> str:
    """The picture. `axis` is that of the rhythm alone, if not given; the style sheet is the page's."""
    axis = axis or axis_of([rhythm])
    body = "".join([*_ground(rhythm, axis), _bars(rhythm, axis), *_words(rhythm, axis), *_marks(marks, axis)])
    told = escape(described(rhythm))
    return (
        f'<svg class="tl" xmlns="http://www.w3.org/2000/svg" width="100%" height="{HEIGHT}" role="img" '
        f'aria-label="{told}">{body}</svg>'
    )


def passage_svg(passed: Iterable[tuple[float, float]], axis: Axis) -> str:
    """Between the timelines of two sides: a line from when each event was written above to when it was read below."""
    lines = "".join(f"M{_x(axis, one)} 0L{_x(axis, two)} {PASSAGE}" for one, two in passed)
    box = f'viewBox="0 0 {_STRETCH} {PASSAGE}" width="100%" height="{PASSAGE}" preserveAspectRatio="none"'
    told = 'role="img" aria-label="Lines from when an event was written above to when it was read below"'
    return f'<svg class="tl" xmlns="http://www.w3.org/2000/svg" {box} {told}><path class="tl-pass" d="{lines}"/></svg>'


def described(rhythm: Rhythm) -> str:
    """The picture in words: who cannot see it, or has it in print, reads the same."""
    if not rhythm.timed:
        return f"{plural(rhythm.events, 'event')} in {size(int(rhythm.end))}; times are not recorded."
    if _silent(rhythm):
        return f"No byte of a body in {duration(rhythm.end - rhythm.asked)}."
    parts = [
        f"{plural(rhythm.events, 'event')} in {duration(rhythm.end - rhythm.asked)}",
        f"first byte after {duration(rhythm.first - rhythm.asked)}",
    ]
    if rhythm.gaps:
        parts.append(f"longest gap {duration(max(high - low for low, high in rhythm.gaps))}")
    if rhythm.burst:
        parts.append(f"{rhythm.burst[1]:,} events in one read")
    return "; ".join(parts) + "."


def _silent(rhythm: Rhythm) -> bool:
    """True where nothing came: the time of the first byte is that of the end."""
    return rhythm.timed and not (rhythm.events or rhythm.beats or rhythm.reads)


def duration(ms: float) -> str:
    """`0.31 ms`, `420 ms`, `3.42 s`."""
    return (
        f"{ms / 1000:.2f} s" if 1000 <= ms < 100_000 else f"{ms / 1000:,.0f} s" if ms >= 100_000 else f"{millis(ms)} ms"
    )


def _ground(rhythm: Rhythm, axis: Axis) -> Iterator[str]:
    """The line that events stand on, waiting, and silences."""
    if rhythm.timed and axis.part(rhythm.first) > 0:
        wide = f"{100 * (axis.part(rhythm.first) - axis.part(rhythm.asked)):.4g}%"
        place = f'x="{axis.percent(rhythm.asked)}" y="{_TOP}" width="{wide}" height="{_FLOOR - _TOP}"'
        yield f'<rect class="tl-wait" {place}/>'
    for low, high in rhythm.gaps:
        wide = f"{100 * (axis.part(high) - axis.part(low)):.4g}%"
        yield f'<rect class="tl-gap" x="{axis.percent(low)}" y="{_TOP}" width="{wide}" height="{_BASE - _TOP}"/>'
    yield f'<line class="tl-line" y1="{_BASE}.5" y2="{_BASE}.5" x2="100%"/>'
    if rhythm.timed and axis.broken:
        yield f'<text class="tl-break" x="{50 * axis.wait:.4g}%" y="{_BASE + 4}" text-anchor="middle">//</text>'


def _bars(rhythm: Rhythm, axis: Axis) -> str:
    """One path per kind: events upwards, reads downwards."""
    paths: dict[str, list[str]] = {kind: [] for kind in KINDS}
    most = max((beat.size for beat in rhythm.beats), default=1) or 1
    for x, group in groupby(sorted(rhythm.beats), key=lambda beat: _x(axis, beat.at)):
        beats = list(group)
        height = _by_count(beats) if rhythm.timed else _room(sqrt(sum(beat.size for beat in beats) / most))
        for kind, high, low in _stacked(beats, height):
            paths[kind].append(f"M{x} {high}V{low}")
    drawn = [f'<path class="tl-{kind}" d="{"".join(path)}"/>' for kind, path in paths.items() if path]
    drawn += _reads(rhythm.reads, axis)
    inner = f'viewBox="0 0 {_STRETCH} {HEIGHT}" width="100%" height="{HEIGHT}" preserveAspectRatio="none"'
    return f"<svg {inner}>{''.join(drawn)}</svg>" if drawn else ""


def _reads(reads: Sequence[Beat], axis: Axis) -> Iterator[str]:
    most, deep = max((beat.size for beat in reads), default=1) or 1, _FLOOR - _BASE - 2
    path = [f"M{_x(axis, beat.at)} {_BASE + 2}v{max(2, round(deep * sqrt(beat.size / most)))}" for beat in reads]
    if path:
        yield f'<path class="tl-read" d="{"".join(path)}"/>'


def _x(axis: Axis, at: float) -> int:
    return round(_STRETCH * axis.part(at))


def _by_count(beats: Sequence[Beat]) -> float:
    total = sum(beat.number for beat in beats)
    return _room(log(total) / log(_FULL))


def _room(part: float) -> float:
    """Pixels of a bar: never too low to be seen."""
    return _LOW + (_BASE - _TOP - 8 - _LOW) * min(1.0, part)


def _stacked(beats: Sequence[Beat], height: float) -> Iterator[tuple[str, int, int]]:
    """The bars of one place on top of each other: kind, upper and lower end. The end of the stream takes all."""
    counts = {kind: sum(beat.number for beat in beats if beat.kind == kind) for kind in KINDS}
    if counts.pop(TERMINAL):
        yield TERMINAL, _TOP + 4, _BASE
    total, low = sum(counts.values()), float(_BASE)
    for kind in (DATA, TEXT, IDLE):
        if counts[kind]:
            high = low - max(6, height * counts[kind] / total)
            yield kind, round(high), round(low)
            low = high


def _words(rhythm: Rhythm, axis: Axis) -> Iterator[str]:
    """What the axis says: the first byte, the end, silences, the burst."""
    if not rhythm.timed:
        yield _text(0, _FOOT, "byte 0 (times are not recorded)", "start")
        yield _text(100, _FOOT, f"{size(int(rhythm.end))}, {rhythm.ended}", "end")
        return
    for low, high in rhythm.gaps:
        yield _text(50 * (axis.part(low) + axis.part(high)), _BASE - 20, duration(high - low), "middle", "tl-in")
    if rhythm.burst:
        at, count = rhythm.burst
        yield _text(100 * axis.part(at), _TOP + 7, f"×{count:,}", _anchor(axis.part(at)), "tl-in")
    yield from _foot(rhythm, axis)


def _foot(rhythm: Rhythm, axis: Axis) -> Iterator[str]:
    """When the first byte came and when all was over, in one text where there is no room for two."""
    low, high = axis.part(rhythm.first), axis.part(rhythm.end)
    first, last = f"first byte {duration(rhythm.first)}", f"{duration(rhythm.end)}, {rhythm.ended}"
    if _silent(rhythm):
        yield _text(100 * high, _FOOT, last, "end" if high > 0.5 else "start")
    elif high - low > _ROOM:
        yield _text(100 * low, _FOOT, first, "start")
        yield _text(100 * high, _FOOT, last, "end")
    else:
        yield _text(100 * (low if low < 0.5 else high), _FOOT, f"{first}; {last}", "start" if low < 0.5 else "end")


def _text(percent: float, y: int, words: str, anchor: str, of: str = "") -> str:
    looks = f' class="{of}"' if of else ""
    return f'<text{looks} x="{percent:.4g}%" y="{y}" text-anchor="{anchor}">{escape(words)}</text>'


def _anchor(part: float) -> str:
    return "start" if part < 0.08 else "end" if part > 0.92 else "middle"


def _marks(marks: Sequence[Mark], axis: Axis) -> Iterator[str]:
    """The findings, above everything."""
    for mark in marks:
        at = axis.percent(mark.at)
        shape = f'<path class="tl-{mark.level}" d="{_SHAPES[mark.level]}"/>'
        yield f'<svg x="{at}" y="1" overflow="visible"><title>{escape(mark.title)}</title>{shape}</svg>'
