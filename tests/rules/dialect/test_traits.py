"""What only the documents of gateways speak of: lines that are nothing, and the kinds of errors in a stream."""

from __future__ import annotations

import json
from typing import Any

import pytest

from conformance.core.dialect import Dialect, Promise
from conformance.core.example import Example
from conformance.core.recording import Evidence
from conformance.rules.dialect.samples import PLAIN
from tests.rules.outcome import FAIL, NOT_APPLICABLE, PASS, traits, verdict

CHAT = 'data: {"id":"x","object":"chat.completion.chunk","created":1,"model":"m","choices":[]}\n\n'


def failing(error: Any, **beside: Any) -> Example:
    """A stream that ends in an error, and a sentinel behind it."""
    return Example(f"{CHAT}data: {json.dumps({'error': error, **beside})}\n\ndata: [DONE]\n\n")


@pytest.mark.parametrize(
    ("code", "kind"),
    [(503, "number"), ("server_error", "string"), (None, "null"), (True, "other"), (1.5, "other"), ([], "other")],
)
def test_an_error_shows_of_what_type_its_code_is(code: object, kind: str) -> None:
    assert traits(failing({"code": code}))["error.code"] == kind


def test_an_error_without_a_code_says_so_and_a_stream_without_one_nothing() -> None:
    assert traits(failing({}))["error.code"] == "absent"
    assert not {"error.code", "error.type"} & set(traits(PLAIN))
    assert not {"error.code", "error.type"} & set(traits(failing("overloaded")))


@pytest.mark.parametrize(
    ("error", "beside"),
    [
        ({"metadata": {"error_type": "timeout"}}, {}),
        ({"error_type": "timeout"}, {}),
        ({"metadata": None}, {"error_type": "timeout"}),
    ],
)
def test_the_type_of_an_error_is_found_where_each_api_puts_it(error: Any, beside: dict[str, Any]) -> None:
    assert traits(failing(error, **beside))["error.type"] == "timeout"


@pytest.mark.parametrize(
    ("lines", "count"), [("", 0), (": PROCESSING\n\n", 0), ("PROCESSING\n\n", 1), ("a\nb: c\n\n", 2)]
)
def test_lines_that_are_nothing_are_counted(lines: str, count: int) -> None:
    assert traits(PLAIN.but(body=lines + PLAIN.raw.decode()))["sse.ignored-lines"] == count


def test_without_framing_nobody_knows_of_lines() -> None:
    assert "sse.ignored-lines" not in traits(PLAIN.but(missing=frozenset({Evidence.FRAMING})))


# Rules that judge only those who promise


def promising(rule: str) -> Dialect:
    return Dialect("example", promises=(Promise(rule, "it says so", "https://example.com"),))


GENERATION, CODE = "dialect/generation-id-differs", "dialect/error-code-differs"
NAMED = PLAIN.swap('{"text":"Hel"}', '{"message":{"id":"gen-1"}}')


@pytest.mark.parametrize(
    ("stream", "wanted"),
    [
        (NAMED.paced(), FAIL),
        (NAMED, NOT_APPLICABLE),  # another tool's cassette may lack the field
        (NAMED.but(headers=(*NAMED.headers, ("X-Generation-Id", "gen-2"))), FAIL),
        (NAMED.but(headers=(*NAMED.headers, ("X-Generation-Id", " gen-1"))), PASS),
        (PLAIN.paced(), NOT_APPLICABLE),
    ],
)
def test_the_generation_is_named_in_the_head_as_in_the_stream(stream: Example, wanted: object) -> None:
    assert verdict(GENERATION, stream, dialect=promising(GENERATION)) is wanted
    assert verdict(GENERATION, stream) is NOT_APPLICABLE


@pytest.mark.parametrize(
    ("body", "wanted"),
    [
        ('{"error":{"code":429}}', PASS),
        ('{"error":{"code":500}}', FAIL),
        ('{"error":{"code":"rate_limited"}}', NOT_APPLICABLE),
        ('{"error":{"code":7}}', NOT_APPLICABLE),
        ('{"error":"no"}', NOT_APPLICABLE),
        ("[]", NOT_APPLICABLE),
        ("<html>", NOT_APPLICABLE),
    ],
)
def test_the_code_of_an_error_is_its_status(body: str, wanted: object) -> None:
    stream = Example(body, status=429, headers=(("content-type", "application/json"),))
    assert verdict(CODE, stream, dialect=promising(CODE)) is wanted
