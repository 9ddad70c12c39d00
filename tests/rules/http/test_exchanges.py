"""Rules about an exchange as a whole: what was asked, what came, whether it is an error, and how the body ended."""

from __future__ import annotations

from typing import Any

import pytest

from conformance.core.recording import End, EndKind, Evidence
from conformance.rules.http.samples import CHAT, ERROR, PLAIN, with_field
from tests.rules.outcome import FAIL, NOT_APPLICABLE, NOT_RECORDED, PASS, broken, message, verdict

JSON = "application/json"
DOCUMENT = with_field(CHAT.but(body='{"id":"1","choices":[]}'), "content-type", JSON)


def asking(example: Any, **fields: Any) -> Any:
    """The example with this request's `stream`, or without any."""
    bare = {key: value for key, value in example.request.items() if key != "stream"}
    return example.but(request={**bare, **fields})


@pytest.mark.parametrize("asked", [{}, {"stream": False}, {"stream": None}])
def test_a_stream_that_nobody_asked_for_is_an_error_and_a_document_is_none(asked: dict[str, Any]) -> None:
    assert broken(asking(CHAT, **asked)) == {"http/streamed-unasked"}
    assert broken(asking(DOCUMENT, **asked)) == set()


def test_a_document_where_a_stream_was_asked_for_is_an_error() -> None:
    assert broken(DOCUMENT) == {"http/not-streamed"}
    assert broken(CHAT) == set()
    assert "application/json" in message("http/not-streamed", DOCUMENT)


@pytest.mark.parametrize("media_type", ["application/x-ndjson", "application/vnd.amazon.eventstream"])
def test_other_apis_stream_in_other_ways(media_type: str) -> None:
    other = with_field(DOCUMENT.but(path="/api/chat"), "content-type", media_type)
    assert verdict("http/not-streamed", other) is NOT_APPLICABLE
    assert verdict("http/not-streamed", with_field(DOCUMENT, "content-type", media_type)) is FAIL


def test_what_was_asked_must_be_recorded() -> None:
    thin = frozenset({Evidence.REQUEST})
    assert verdict("http/not-streamed", DOCUMENT.but(missing=thin)) is NOT_RECORDED
    assert verdict("http/streamed-unasked", CHAT.but(missing=thin)) is NOT_RECORDED


def test_an_address_can_ask_for_a_stream() -> None:
    path = "/v1beta/models/gemini:streamGenerateContent"
    body = 'data: {"candidates":[{"content":{"parts":[{"text":"Hi"}],"role":"model"},"finishReason":"STOP"}]}\n\n'
    gemini = CHAT.but(body=body, path=path, request={"contents": []})
    assert verdict("http/streamed-unasked", gemini) is NOT_APPLICABLE


def test_a_document_that_the_client_cut_off_says_nothing() -> None:
    for kind in (EndKind.CANCELLED, EndKind.RESET):
        assert verdict("http/not-streamed", DOCUMENT.but(end=End(kind))) is NOT_APPLICABLE


# Errors


ERRORS = {
    "JSON": (ERROR, set()),
    "a JSON text": (ERROR.but(body='"no"'), set()),
    "HTML": (with_field(ERROR.but(body="<html>502</html>"), "content-type", "text/html"), {"http/error-body-not-json"}),
    "nothing": (ERROR.but(body=""), {"http/error-body-not-json"}),
    "JSON labelled as a stream": (
        with_field(ERROR, "content-type", "text/event-stream"),
        {"http/error-as-event-stream"},
    ),
    "HTML labelled as a stream": (
        with_field(ERROR.but(body="<html>502</html>"), "content-type", "text/event-stream"),
        {"http/error-as-event-stream", "http/error-body-not-json"},
    ),
    "events": (
        with_field(ERROR.but(body=f"data: {ERROR.body!s}\n\n"), "content-type", "text/event-stream"),
        {"http/error-as-event-stream"},
    ),
    "events labelled as JSON": (ERROR.but(body=f"data: {ERROR.body!s}\n\n"), {"http/error-as-event-stream"}),
}  # fmt: skip


@pytest.mark.parametrize("name", ERRORS)
@pytest.mark.parametrize("status", [400, 429, 500, 529])
def test_an_error_is_json_and_labelled_so(name: str, status: int) -> None:
    example, expected = ERRORS[name]
    assert broken(example.but(status=status)) == expected


@pytest.mark.parametrize("kind", [EndKind.RESET, EndKind.TRUNCATED, EndKind.CANCELLED, EndKind.TIMEOUT])
def test_an_error_whose_body_is_cut_need_not_parse(kind: EndKind) -> None:
    cut = ERROR.but(body=str(ERROR.body)[:20], end=End(kind))
    assert verdict("http/error-body-not-json", cut) is NOT_APPLICABLE


@pytest.mark.parametrize("status", [200, 204, 301, 304])
def test_a_response_that_is_no_error_is_not_judged_as_one(status: int) -> None:
    for rule in ("error-body-not-json", "error-as-event-stream", "error-without-retry-after"):
        assert verdict(f"http/{rule}", ERROR.but(body="", status=status)) is NOT_APPLICABLE


@pytest.mark.parametrize(
    ("status", "expected"), [(429, FAIL), (503, FAIL), (500, NOT_APPLICABLE), (529, NOT_APPLICABLE)]
)
def test_429_and_503_say_when_to_come_again(status: int, expected: object) -> None:
    bare = ERROR.but(headers=tuple(field for field in ERROR.headers if field[0] != "retry-after"), status=status)
    assert verdict("http/error-without-retry-after", bare) is expected
    assert verdict("http/error-without-retry-after", with_field(bare, "Retry-After-Ms", "20")) is not FAIL


# The end of the body


@pytest.mark.parametrize(
    ("kind", "by", "expected"),
    [
        (EndKind.EOF, None, PASS),
        (EndKind.TRUNCATED, None, FAIL),
        (EndKind.RESET, None, FAIL),
        (EndKind.CANCELLED, "client", NOT_APPLICABLE),
        (EndKind.TIMEOUT, None, NOT_APPLICABLE),
        (EndKind.TRUNCATED, "recorder", NOT_APPLICABLE),
    ],
)
def test_only_a_body_that_broke_off_by_itself_is_incomplete(kind: EndKind, by: str | None, expected: object) -> None:
    assert verdict("http/body-incomplete", PLAIN.but(end=End(kind, by=by)).paced()) is expected
    assert verdict("http/body-incomplete", PLAIN.but(end=End(kind, by=by))) in (NOT_RECORDED, NOT_APPLICABLE)


def test_a_body_that_breaks_off_is_reported_once_whatever_is_missing() -> None:
    body = CHAT.raw.decode()
    for size in (0, 1, 30, len(body) // 2, len(body) - 1, len(body)):
        cut = CHAT.but(body=body[:size], end=End(EndKind.RESET, at=90.0), reads=((50.0, size),))
        assert broken(cut) == {"http/body-incomplete"}


def test_the_finding_tells_how_far_the_answer_had_come() -> None:
    whole = CHAT.but(end=End(EndKind.TRUNCATED, detail="peer closed")).paced()
    text = message("http/body-incomplete", whole)
    assert "4 whole events, the one that ends the answer among them" in text and "(peer closed)" in text
