"""What a stream says is the same in every protocol, whatever its words are."""

from __future__ import annotations

from typing import Any

import pytest

from conformance import catalogue, library
from conformance.core.answers import PLACES, follow
from conformance.core.recording import Headers, Recording
from conformance.core.said import CLASSES, Said, Told, error_of, said, told
from conformance.core.stream import Stream
from tests.sides import FULL, builtin

PROTOCOLS = (*FULL, "cohere-chat")


def heard(protocol: str, scenario: str) -> Said:
    recording = builtin(protocol, scenario)
    return said(Stream(recording, library.protocol_of(recording, protocol)))


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_every_protocol_says_the_same_text(protocol: str) -> None:
    found = heard(protocol, "text")
    assert found.text == heard("openai-chat", "text").text != ""
    assert found.ending == "stop" and not found.calls and found.error is None


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_every_protocol_makes_the_same_call(protocol: str) -> None:
    found = heard(protocol, "tools")
    assert [(call.name, call.arguments) for call in found.calls] == [
        ("get_weather", {"city": "Reykjavik", "unit": "celsius"})
    ]
    assert found.ending == "tools"


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_reasoning_is_no_part_of_the_text(protocol: str) -> None:
    found = heard(protocol, "reasoning")
    assert found.text == "9." and found.reasoning.startswith("All but nine")
    assert found.tokens is not None and found.tokens.input and found.tokens.output


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_a_cut_answer_ends_by_length(protocol: str) -> None:
    assert heard(protocol, "length").ending == "length"


def test_no_word_stands_in_two_classes() -> None:
    words = [word for words in CLASSES.values() for word in words]
    assert len(words) == len(set(words))


def test_a_stream_of_no_known_protocol_says_nothing_and_does_not_raise() -> None:
    recording = Recording(headers=Headers([("content-type", "text/event-stream")]), body=b'data: {"a":1}\n\n')
    assert said(Stream(recording, catalogue.unknown_protocol())) == Said()


@pytest.mark.parametrize(
    ("data", "found"),
    [
        ({"error": {"type": "a", "code": 7, "message": "m"}}, Told("a", "7", "m")),
        ({"error": {"code": 503, "status": "UNAVAILABLE", "message": "m"}}, Told("UNAVAILABLE", "503", "m")),
        ({"type": "error", "error": {"type": "overloaded_error", "message": "m"}}, Told("overloaded_error", None, "m")),
        ({"type": "error", "code": "c", "message": "m"}, Told(None, "c", "m")),
        ({"type": "response.failed", "response": {"error": {"code": "c", "message": "m"}}}, Told(None, "c", "m")),
        ({"error": "boom"}, Told(None, None, "boom")),
        ({"response": {"error": None}}, None),
        ({"error": None}, None),
        ([1], None),
        (None, None),
        ({"error": {"message": None}}, Told(None, None, None)),
    ],
)
def test_an_error_is_found_where_each_protocol_puts_it(data: Any, found: Told | None) -> None:
    assert told(data) == found


def test_the_error_of_a_refusal_is_its_body() -> None:
    refused = Recording(
        status=429, headers=Headers([("content-type", "application/json")]), body=b'{"error":{"type":"t"}}'
    )
    assert error_of(Stream(refused, catalogue.protocol("openai-chat"))) == Told("t", None, None)
    answered = Recording(headers=Headers([("content-type", "application/json")]), body=b'{"error":{"type":"t"}}')
    assert error_of(Stream(answered, catalogue.protocol("openai-chat"))) is None


def test_a_path_may_ask_for_a_member() -> None:
    value = {"a": [{"k": "x", "t": 1}, {"k": "y", "t": 2}, {"t": 3}, "no object"]}
    assert [*follow(value, "a.*:k=y.t")] == [2]
    assert [*follow(value, "a.*:k=None.t")] == [3]
    assert [*follow(value, "a.*.t")] == [1, 2, 3]


@pytest.mark.parametrize("name", PLACES)
def test_every_protocol_has_a_place_for_text_and_tokens(name: str) -> None:
    places = PLACES[name]
    assert places.spoken and places.input and places.output and name in catalogue.protocols()
