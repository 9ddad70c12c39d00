"""Where the bytes stand that show a trait: as the files beside the traits say, and nowhere else."""

from __future__ import annotations

import re

import pytest

from conformance import catalogue
from conformance.core.place import VALUE, Place, Spot, locate
from conformance.core.protocol import UNKNOWN
from conformance.core.recording import Headers, Recording, Request
from conformance.core.stream import Stream

BODY = b': hi\n\ndata: {"a":1}\n\ndata: {"a":2,"b":"x.y"}\n\n'
STREAM = Stream(
    Recording(Request(body=b'{"stream":true}'), headers=Headers([("X-Id", "7")]), body=BODY, status=200), UNKNOWN
)


@pytest.mark.parametrize(
    ("place", "value", "spot"),
    [
        (Place(first='"a":'), 1, Spot(0, BODY.index(b'"a"'), None, '"a":')),
        (Place(last='"a":'), 1, Spot(1, BODY.rindex(b'"a"'), None, '"a":')),
        (Place(first="(?m)^:"), 1, Spot(None, 0, None, ":")),
        (Place(first=f'"{VALUE}"'), "top.b", Spot(1, BODY.index(b'"b"'), None, '"b"')),
        (Place(first='"c"'), 1, None),
        (Place(last='"c"'), 1, None),
        (Place(header="x-id"), 1, Spot(line="x-id: 7")),
        (Place(header="="), "x-id", Spot(line="x-id: 7")),
        (Place(header="y"), 1, None),
        (Place(request='"stream"'), True, Spot(line='request: "stream"')),
        (Place(request='"n"'), True, None),
        (Place(), 1, None),
    ],
)
def test_a_place_leads_to(place: Place, value: object, spot: Spot | None) -> None:
    assert locate(STREAM, place, value) == spot


@pytest.mark.parametrize("name", sorted(catalogue.protocols()))
def test_places_name_traits_that_there_are_and_patterns_that_compile(name: str) -> None:
    traits = {trait.name for trait in catalogue.protocols()[name].traits}
    places = catalogue.places(name)
    assert {place.partition("=")[0] for place in places} <= traits
    for place in places.values():
        given = [one for one in (place.first, place.last, place.request, place.header) if one is not None]
        assert len(given) == 1
        re.compile(given[0].encode())


def test_a_value_is_a_word_and_no_pattern() -> None:
    assert locate(STREAM, Place(first=f'"{VALUE}"'), "(") is None
