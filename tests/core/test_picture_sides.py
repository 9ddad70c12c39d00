"""Both sides of a gateway for a report: on one clock, bounded, and what came otherwise than it was written."""

from __future__ import annotations

import pickle
from dataclasses import replace

from conformance.core.example import Example
from conformance.core.picture_sides import ADDED, CHANGED, DROPPED, SHOWN, Sides, sides_of
from conformance.core.protocol import UNKNOWN
from conformance.core.recording import End, EndKind
from conformance.core.rhythm import SAMPLES
from conformance.core.stream import Stream
from conformance.core.wire import Wire

EVENTS = [f'data: {{"id":"x","n":{number},"say":"ü{number}"}}\n\n' for number in range(8)]
CLIENT = Example("".join(EVENTS), end=End(EndKind.EOF)).paced(gap=10.0, first=60.0)


def both(client: Example) -> Sides:
    found = sides_of(Stream(client.recording(), UNKNOWN))
    assert found is not None
    return found


def told(client: list[str], upstream: list[str]) -> dict[str, int]:
    found = both(CLIENT.but(body="".join(client), upstream=(CLIENT.but(body="".join(upstream)),)))
    return {fate.name: fate.number for fate in found.fates}


def test_both_sides_are_on_the_clients_clock() -> None:
    found = both(CLIENT.but(upstream=(CLIENT.paced(gap=10.0, first=50.0),), arrived=(5.0,)))
    assert [(one.number, one.of, one.told) for one in found.above] == [(1, 1, "POST /, 200")]
    assert (found.above[0].rhythm.asked, found.above[0].rhythm.first) == (5.0, 55.0)
    assert found.passed[:2] == ((55.0, 60.0), (65.0, 70.0))
    assert len(found.passed) == len(EVENTS)
    assert found.fates == ()


def test_of_many_requests_the_last_ones_are_shown_and_counted() -> None:
    refused = Example("", status=500, headers=(), end=End(EndKind.EOF, 4.0))
    found = both(CLIENT.but(upstream=(*[refused] * 9, CLIENT)))
    assert [one.number for one in found.above] == [5, 6, 7, 8, 9, 10]
    assert {one.of for one in found.above} == {10}


def test_an_upstream_that_was_never_asked_is_not_one_that_is_not_there() -> None:
    assert both(CLIENT.but(upstream=())).above == ()
    assert sides_of(Stream(CLIENT.recording(), UNKNOWN)) is None


def test_what_passed_is_sampled() -> None:
    many = Example(EVENTS[0] * 3000).paced(gap=1.0)
    assert SAMPLES // 2 <= len(both(many.but(upstream=(many,))).passed) <= SAMPLES


# Fates


def test_what_was_dropped_or_added_is_counted() -> None:
    assert told(EVENTS[:3] + EVENTS[4:], EVENTS) == {DROPPED: 1}
    assert told(EVENTS, EVENTS[1:]) == {ADDED: 1}
    assert told(EVENTS, EVENTS) == {}


def test_of_a_changed_event_the_difference_is_marked_and_no_character_is_cut() -> None:
    changed = [event.replace("ü", "ö") for event in EVENTS]
    found = both(CLIENT.but(body="".join(changed), upstream=(CLIENT,)))
    (fate,) = found.fates
    assert (fate.name, fate.number, len(fate.shown)) == (CHANGED, len(EVENTS), SHOWN)
    first = fate.shown[0]
    assert first.above == Wire(0, b'data: {"id":"x","n":0,"say":"', "ü".encode(), b'0"}\n\n')
    assert first.below == Wire(0, b'data: {"id":"x","n":0,"say":"', "ö".encode(), b'0"}\n\n')
    assert first.places == (0, 0)


def test_a_large_event_is_no_large_picture() -> None:
    one, two = (f'data: {{"say":"{letter * 500_000}"}}\n\n' for letter in "ab")
    found = both(Example(two).but(upstream=(Example(one),)))
    assert len(pickle.dumps(found)) < 4000
    assert found.fates[0].shown[0].above.omitted > 400_000  # type: ignore[union-attr]


def test_what_did_not_come_because_the_client_left_was_not_dropped() -> None:
    left = replace(CLIENT, body="".join(EVENTS[:3]), end=End(EndKind.CANCELLED, 90.0, "client"))
    assert both(left.but(upstream=(CLIENT,))).fates == ()
