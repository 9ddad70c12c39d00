"""Laws of detection: metadata, then content, then path, then host; who is not recognised is unknown, never guessed."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest

from conformance.core.detect import SAMPLE, detect_dialect, detect_protocol, sample
from conformance.core.dialect import STRICT, Dialect
from conformance.core.protocol import UNKNOWN, Protocol
from conformance.core.recording import Headers, Recording, Request
from conformance.core.stream import StreamEvent


def made(name: str, word: str, path: str) -> Protocol[Any]:
    def recognises(events: Sequence[StreamEvent]) -> bool:
        return any(isinstance(event.parsed, dict) and word in event.parsed for event in events)

    return replace(UNKNOWN, name=name, recognises=recognises, path=re.compile(path))


APPLES, PEARS = made("apples", "apple", "/fruit$"), made("pears", "pear", "/pears?$")
PROTOCOLS = {protocol.name: protocol for protocol in (APPLES, PEARS)}


def recording(body: str, path: str = "/", **changes: object) -> Recording:
    return Recording(
        Request(uri=f"https://example.com{path}"),
        headers=Headers([("content-type", "text/event-stream")]),
        body=body.encode(),
        **changes,  # type: ignore[arg-type]
    )


APPLE, PEAR, STONE = 'data: {"apple":1}\n\n', 'data: {"pear":1}\n\n', 'data: {"stone":1}\n\n'


@pytest.mark.parametrize(
    ("seen", "name"),
    [
        (recording(PEAR, "/pears", metadata={"protocol": "apples"}), "apples"),
        (recording(PEAR, "/fruit", metadata={"protocol": "plums"}), "pears"),
        (recording(PEAR), "pears"),
        (recording(APPLE, "/pears"), "apples"),
        (recording(APPLE + PEAR, "/pears"), "pears"),
        (recording(APPLE + PEAR), "apples"),
        (recording(STONE, "/pears"), "pears"),
        (recording("", "/pears"), "pears"),
        (recording(STONE), "unknown"),
        (recording(""), "unknown"),
        (recording(": nothing\n\n"), "unknown"),
        (recording("data: [DONE]\n\n"), "unknown"),
        (recording('{"apple":1}'), "unknown"),
        (recording("event: apple\ndata: {\n\n"), "unknown"),
    ],
)
def test_the_protocol_is_what_the_recording_says_then_shows_then_was_asked(seen: Recording, name: str) -> None:
    assert detect_protocol(seen, PROTOCOLS).name == name


def test_nobody_is_recognised_where_there_is_nobody() -> None:
    assert detect_protocol(recording(APPLE), {}) is UNKNOWN


def test_the_sample_is_the_first_events() -> None:
    assert [event.parsed for event in sample(recording("".join(f"data: {n}\n\n" for n in range(99))))] == list(
        range(SAMPLE)
    )
    assert len(sample(recording(STONE * 3))) == 3


@pytest.mark.parametrize("filler", [20_000, 200_000])
def test_a_large_first_event_is_still_seen(filler: int) -> None:
    body = f'data: {{"apple":"{"x" * filler}"}}\n\n' + STONE * 20_000
    assert detect_protocol(recording(body), PROTOCOLS).name == "apples"


def test_what_comes_late_is_not_looked_at() -> None:
    assert detect_protocol(recording(STONE * SAMPLE + APPLE), PROTOCOLS) is UNKNOWN


DIALECTS = [
    Dialect("orchard", protocols=("apples",), hosts=("api.orchard.com", "*.orchard.net")),
    Dialect("market", hosts=("*.market.com",)),
    Dialect("orchard-eu", protocols=("apples",), hosts=("eu.orchard.net",)),
]


@pytest.mark.parametrize(
    ("uri", "metadata", "name"),
    [
        ("https://api.orchard.com/v1", {}, "orchard"),
        ("https://API.ORCHARD.COM:443/v1", {}, "orchard"),
        ("https://a.b.orchard.net/v1", {}, "orchard"),
        ("https://orchard.net/v1", {}, "strict"),
        ("https://orchard.com.evil.org/v1", {}, "strict"),
        ("https://shop.market.com/v1", {}, "market"),
        ("https://other.com", {}, "strict"),
        ("", {}, "strict"),
        ("https://api.orchard.com/v1", {"dialect": "market"}, "market"),
        ("https://api.orchard.com/v1", {"dialect": "strict"}, "strict"),
        ("https://api.orchard.com/v1", {"dialect": "nobody"}, "orchard"),
        ("https://other.com", {"provider": "market"}, "market"),
        ("https://other.com", {"dialect": "orchard", "provider": "market"}, "orchard"),
        ("https://other.com", {"dialect": None, "provider": 7}, "strict"),
    ],
)
def test_the_dialect_is_what_the_metadata_names_then_the_host(uri: str, metadata: dict[str, object], name: str) -> None:
    seen = Recording(Request(uri=uri), metadata=metadata)
    assert detect_dialect(seen, APPLES, DIALECTS).name == name


def test_a_dialect_of_another_protocol_does_not_count() -> None:
    seen = Recording(Request(uri="https://api.orchard.com/v1"), metadata={"dialect": "orchard"})
    assert detect_dialect(seen, PEARS, DIALECTS) is STRICT
