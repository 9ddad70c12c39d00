"""The picture of a timeline: well formed, as wide as its place, hostile words escaped, never by colour alone."""

from __future__ import annotations

import re
from xml.etree import ElementTree

import pytest

from conformance.core.rhythm import Beat, Rhythm
from conformance.render._timeline_svg import (
    PASSAGE,
    Axis,
    Mark,
    axis_of,
    described,
    duration,
    passage_svg,
    timeline_svg,
)

BEATS = (Beat(100, "data", 1, 20), Beat(150, "text", 3, 90), Beat(400, "idle", 1, 8), Beat(900, "terminal", 1, 14))
STREAM = Rhythm(True, 100.0, 1000.0, "eof", 6, BEATS, (Beat(100, "read", 2, 120),), ((150.0, 900.0),), (150.0, 26))
BARE = Rhythm(False, 0.0, 400.0, "eof", 2, (Beat(0, "text", 1, 200), Beat(200, "text", 1, 200)))
EMPTY = Rhythm(True, 0.0, 0.0, "reset", 0)
SILENT = Rhythm(True, 300.0, 300.0, "cancelled", 0)


@pytest.mark.parametrize("rhythm", [STREAM, BARE, EMPTY, SILENT])
def test_it_is_well_formed_and_says_in_words_what_it_shows(rhythm: Rhythm) -> None:
    root = ElementTree.fromstring(timeline_svg(rhythm, [Mark(150, "error", "</svg><script>&")]))
    assert root.get("aria-label") == described(rhythm)
    assert root.get("role") == "img"
    assert not root.findall(".//{*}script")
    assert [one.text for one in root.iter("{http://www.w3.org/2000/svg}title")] == ["</svg><script>&"]


def test_every_kind_of_event_has_its_own_path_and_every_level_its_own_shape() -> None:
    marks = [Mark(150, level, level) for level in ("error", "warning", "note", "waived")]
    root = ElementTree.fromstring(timeline_svg(STREAM, marks))
    paths = {path.get("class"): path.get("d") for path in root.iter("{http://www.w3.org/2000/svg}path")}
    assert {"tl-data", "tl-text", "tl-idle", "tl-terminal", "tl-read"} <= set(paths)
    shapes = [paths[f"tl-{mark.level}"] for mark in marks]
    assert len(set(shapes)) == 4


def test_gap_burst_first_byte_and_end_are_named() -> None:
    picture = timeline_svg(STREAM)
    for word in ("750.0 ms", "×26", "first byte 100.0 ms", "1.00 s, eof"):
        assert f">{word}<" in picture


def test_without_times_the_picture_says_so() -> None:
    assert "times are not recorded" in timeline_svg(BARE)
    assert described(BARE) == "2 events in 400 B; times are not recorded."


def test_a_long_wait_breaks_the_axis_and_leaves_room_for_the_stream() -> None:
    axis = Axis(9000.0, 10_000.0)
    assert axis.broken
    assert axis.part(9000.0) == pytest.approx(0.22)
    assert axis.part(9500.0) == pytest.approx(0.61)
    assert axis.part(10_000.0) == 1.0
    assert not Axis(100.0, 1000.0).broken


def test_one_axis_serves_several_streams() -> None:
    other = Rhythm(True, 50.0, 4000.0, "eof", 1)
    axis = axis_of([STREAM, other])
    assert (axis.first, axis.end) == (50.0, 4000.0)
    assert timeline_svg(STREAM, axis=axis) != timeline_svg(STREAM)


@pytest.mark.parametrize(
    ("ms", "words"), [(0.31, "0.31 ms"), (420.0, "420.0 ms"), (3420.0, "3.42 s"), (123_456.0, "123 s"), (0.0, "0 ms")]
)
def test_durations_are_said_as_people_say_them(ms: float, words: str) -> None:
    assert duration(ms) == words


def test_where_nothing_came_no_first_byte_is_told() -> None:
    assert described(SILENT) == "No byte of a body in 300.0 ms."
    assert "first byte" not in timeline_svg(SILENT)
    assert ">300.0 ms, cancelled<" in timeline_svg(SILENT)


def test_words_beneath_that_have_no_room_are_said_together() -> None:
    late = STREAM.later(9_000.0)
    picture = timeline_svg(late, axis=axis_of([STREAM, late]))
    assert ">first byte 9.10 s; 10.00 s, eof</text>" in picture
    assert picture.count("<text") == 3


def test_waiting_begins_when_it_was_asked_for() -> None:
    picture = timeline_svg(STREAM.later(50.0), axis=Axis(100.0, 1100.0))
    x, wide = re.findall(r'tl-wait" x="([\d.]+)%" y="15" width="([\d.]+)%', picture)[0]
    assert float(x) == pytest.approx(4.545, abs=0.01)
    assert float(x) + float(wide) == pytest.approx(13.64, abs=0.01)


def test_events_on_their_way_are_lines_on_the_same_axis() -> None:
    root = ElementTree.fromstring(passage_svg([(100.0, 150.0), (150.0, 150.0)], Axis(100.0, 200.0)))
    assert root[0].get("d") == f"M220 0L610 {PASSAGE}M610 0L610 {PASSAGE}"
    assert root.get("aria-label")
