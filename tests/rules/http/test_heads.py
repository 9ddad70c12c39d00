"""Rules about the head of a response: what is there, what is missing, and what a thinned-out recording cannot show."""

from __future__ import annotations

import pytest

from conformance.core.recording import Evidence
from conformance.rules.http.charset_not_utf8 import charset_of
from conformance.rules.http.request_id_missing import id_field
from conformance.rules.http.samples import CHAT, ERROR, PLAIN, with_field, without
from tests.rules.outcome import FAIL, NOT_APPLICABLE, NOT_RECORDED, PASS, message, outcome, traits, verdict

HEADERS = frozenset({Evidence.HEADERS})


@pytest.mark.parametrize(
    ("rule", "bad"),
    [
        ("http/content-type", without(PLAIN, "content-type")),
        ("http/cache-control-missing", without(PLAIN, "cache-control")),
        ("http/request-id-missing", without(PLAIN, "x-request-id").paced()),
        ("http/error-without-retry-after", without(ERROR, "retry-after")),
    ],
)
def test_what_may_have_been_left_out_of_the_recording_is_not_missing(rule: str, bad: object) -> None:
    assert verdict(rule, bad) is FAIL
    assert verdict(rule, bad.but(missing=HEADERS)) is NOT_RECORDED
    assert verdict(rule, bad.but(headers=())) is NOT_APPLICABLE
    if rule != "http/content-type":
        assert verdict(rule, without(bad, "date")) is NOT_APPLICABLE


def test_ids_are_taken_out_of_cassettes_so_that_only_our_own_are_judged() -> None:
    assert verdict("http/request-id-missing", without(PLAIN, "x-request-id")) is NOT_RECORDED


@pytest.mark.parametrize(
    ("value", "found"),
    [
        ("text/event-stream", PASS),
        ("TEXT/Event-Stream ; charset=utf-8", PASS),
        (" text/event-stream", PASS),
        ("text/event-stream;", PASS),
        ("text/plain", FAIL),
        ("text/event-streams", FAIL),
        ("application/x-ndjson", FAIL),
        ("", FAIL),
    ],
)
def test_the_media_type_is_its_essence(value: str, found: object) -> None:
    assert verdict("http/content-type", with_field(PLAIN, "content-type", value)) is found


@pytest.mark.parametrize(
    ("value", "charset"),
    [
        ("text/event-stream", None),
        ("text/event-stream; charset=utf-8", "utf-8"),
        ("text/event-stream;charset=UTF-8", "UTF-8"),
        ('text/event-stream; Charset="utf-8"', "utf-8"),
        ("text/event-stream; a=b; charset = latin1 ; c=d", "latin1"),
        ("text/event-stream; charset", ""),
        ("text/event-stream; xcharset=latin1", None),
        ("", None),
    ],
)
def test_the_charset_is_a_parameter(value: str, charset: str | None) -> None:
    assert charset_of(value) == charset
    wrong = charset is not None and charset.lower() != "utf-8"
    assert verdict("http/charset-not-utf8", with_field(PLAIN, "content-type", value)) is (FAIL if wrong else PASS)


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("x-request-id", True), ("request-id", True), ("apim-request-id", True), ("x-amzn-requestid", True),
        ("mistral-correlation-id", True), ("x-ds-trace-id", True), ("x-generation-id", True), ("cf-ray", True),
        ("traceparent", True), ("x-cloud-trace-context", True), ("x-groq", True), ("inference-id", True),
        ("x-request-ids-seen", False), ("x-request", False), ("openai-processing-ms", False), ("server-timing", False),
        ("x-ratelimit-limit-requests", False), ("x" * 5000 + "request-id", False),
    ],
)  # fmt: skip
def test_the_name_of_a_field_tells_whether_it_names_the_request(name: str, found: bool) -> None:
    assert (id_field([name]) is not None) is found


def test_a_server_s_own_id_comes_before_that_of_a_proxy() -> None:
    assert id_field(["cf-ray", "date", "x-request-id"]) == "x-request-id"
    assert id_field(["cf-ray", "date"]) == "cf-ray"


@pytest.mark.parametrize("version", [None, "HTTP/1.1", "HTTP/1.0", "HTTP/2", "HTTP/2.0"])
def test_connection_fields_are_forbidden_in_http2_alone(version: str | None) -> None:
    example = with_field(PLAIN, "Connection", "keep-alive").but(http_version=version)
    found = outcome("http/connection-header-in-http2", example)
    names = {finding.message.split("`")[1].partition(":")[0] for finding in found.findings}
    expected = {"connection", "transfer-encoding"} if version and version.startswith("HTTP/2") else set()
    assert names == expected
    assert (found.verdict is NOT_APPLICABLE) is not expected or found.verdict is FAIL


def test_a_length_beside_chunks_is_an_artefact_and_in_others_cassettes_unproven() -> None:
    length = str(len(PLAIN.raw))
    both = with_field(PLAIN, "content-length", length)
    alone = without(both, "transfer-encoding")
    rule = "http/content-length-on-stream"
    assert verdict(rule, both.paced()) is NOT_APPLICABLE
    assert verdict(rule, alone.paced()) is FAIL
    assert verdict(rule, alone) is NOT_RECORDED
    assert verdict(rule, without(PLAIN, "transfer-encoding").paced()) is PASS


def test_traits_tell_what_the_head_says() -> None:
    found = traits(PLAIN.paced())
    assert found["http.media-type"] == "text/event-stream" and found["http.charset"] == "utf-8"
    assert found["http.cache-control"] == "no-cache, no-transform" and found["http.version"] == "HTTP/1.1"
    assert found["http.transfer"] == "chunked" and found["http.content-encoding"] == "none"
    assert found["http.request-id"] == "x-request-id"
    assert "http.x-accel-buffering" not in found and "http.connection" not in found


@pytest.mark.parametrize(
    ("example", "value"),
    [
        (PLAIN, "chunked"),
        (with_field(without(PLAIN, "transfer-encoding"), "Content-Length", "9"), "content-length"),
        (without(PLAIN, "transfer-encoding"), None),
        (without(PLAIN, "transfer-encoding").paced(), "close"),
        (without(PLAIN, "transfer-encoding").but(http_version="HTTP/2").paced(), None),
    ],
)
def test_the_trait_of_transfer_tells_how_the_end_is_known(example: object, value: str | None) -> None:
    assert traits(example).get("http.transfer") == value


def test_header_fields_that_are_not_recorded_are_no_traits() -> None:
    thin = traits(PLAIN.but(missing=HEADERS))
    assert [name for name in thin if name.startswith("http.")] == ["http.version"]


def test_a_stream_in_a_content_coding_shows_it() -> None:
    assert traits(CHAT.but(content_encoding="gzip"))["http.content-encoding"] == "gzip"
    assert traits(with_field(CHAT, "Content-Encoding", "BR"))["http.content-encoding"] == "br"
    assert message("http/content-type", with_field(PLAIN, "content-type", "text/html")).startswith("Content-Type is")
