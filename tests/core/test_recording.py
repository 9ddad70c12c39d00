"""Laws of recordings: reads survive their packing, header names have no case, a URI gives host and path."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conformance.core.recording import (
    End,
    EndKind,
    Evidence,
    Headers,
    Read,
    Recording,
    Request,
    pack_reads,
    unpack_reads,
)

millis = st.floats(0, 3_600_000, allow_nan=False)
reads = st.lists(st.builds(Read, millis, st.integers(0, 2**40)))


@given(reads)
def test_packed_reads_come_back_to_the_microsecond(made: list[Read]) -> None:
    found = unpack_reads(pack_reads(made))
    assert [read.size for read in found] == [read.size for read in made]
    assert all(abs(one.at - other.at) < 0.00001 for one, other in zip(found, made, strict=True))


@given(reads)
def test_packing_twice_gives_the_same_text(made: list[Read]) -> None:
    packed = pack_reads(made)
    assert pack_reads(unpack_reads(packed)) == packed


@given(reads)
def test_packed_reads_are_a_sequence_like_any_other(made: list[Read]) -> None:
    found = unpack_reads(pack_reads(made))
    plain = tuple(found)
    assert all(isinstance(read, Read) for read in plain) and len(found) == len(plain)
    assert found == plain and plain == found and hash(found) == hash(plain)
    assert found[1:] == plain[1:] and found[::-1] == plain[::-1] and found != (*plain, Read(0.0, 1))
    assert not plain or (found[0], found[-1]) == (plain[0], plain[-1])
    assert Recording(reads=found) == Recording(reads=plain)


def test_the_packed_form_is_milliseconds_and_bytes() -> None:
    assert pack_reads([Read(81.250311, 214), Read(104.47712, 14), Read(200.0, 0)]) == "81.250311:214 104.47712:14 200:0"
    assert unpack_reads("") == () == unpack_reads("  ")


@pytest.mark.parametrize(
    "packed",
    [
        "1",
        "1:",
        ":1",
        "a:1",
        "1:a",
        "1:-1",
        "-1:1",
        "nan:1",
        "inf:1",
        "1:1.5",
        "1:1,2:2",
        "1:2:3",
        "1:2:3 4",
        "1 2:3:4",
        "1:2: 3",
        "1 :2",
    ],
)
def test_a_broken_piece_is_named(packed: str) -> None:
    with pytest.raises(ValueError, match="not MILLISECONDS:BYTES"):
        unpack_reads(f"5:5 {packed}")


names = st.text("abcXYZ-", min_size=1, max_size=5)


@given(st.lists(st.tuples(names, st.text(max_size=5))))
def test_headers_keep_their_order_and_ignore_case(items: list[tuple[str, str]]) -> None:
    headers = Headers(items)
    assert list(headers) == items and len(headers) == len(items)
    assert headers == Headers(items) and hash(headers) == hash(Headers(items))
    for name, _ in items:
        values = [value for other, value in items if other.lower() == name.lower()]
        assert headers.get_all(name.swapcase()) == values
        assert headers.get(name.swapcase()) == values[0]
        assert name.swapcase() in headers


def test_a_header_that_is_not_there() -> None:
    assert Headers().get("a") is None and Headers().get("a", "b") == "b" and "a" not in Headers()
    assert Headers([("a", "b")]) != [("a", "b")]
    assert repr(Headers([("a", "b")])) == "Headers([('a', 'b')])"


@pytest.mark.parametrize(
    ("uri", "host", "path"),
    [
        ("https://api.openai.com/v1/chat/completions", "api.openai.com", "/v1/chat/completions"),
        ("https://API.Example.com:8443/v1?key=x#top", "api.example.com", "/v1"),
        ("http://user:word@host/p", "host", "/p"),
        ("http://[::1]:8080/v1/messages", "[::1]", "/v1/messages"),
        ("http://host", "host", "/"),
        ("http://host?x=/y", "host", "/"),
        ("http://host:80#f", "host", "/"),
        ("host/path", "host", "/path"),
        ("/v1/messages", "", "/v1/messages"),
        ("http://host/v1/models/m:streamGenerateContent?alt=sse", "host", "/v1/models/m:streamGenerateContent"),
        ("http://host/a@b", "host", "/a@b"),
        ("", "", "/"),
        ("://", "", "/"),
    ],
)
def test_a_uri_gives_host_and_path(uri: str, host: str, path: str) -> None:
    assert (Request(uri=uri).host, Request(uri=uri).path) == (host, path)


@given(st.text(max_size=20))
def test_no_uri_raises(uri: str) -> None:
    request = Request(uri=uri)
    assert request.host == request.host.lower() and request.path.startswith("/")


@pytest.mark.parametrize(
    ("body", "value"),
    [(b'{"stream":true}', {"stream": True}), (b"[1]", {}), (b"", {}), (b"{", {}), (b"\xff", {}), (b'"x"', {})],
)
def test_the_request_is_a_json_object_or_nothing(body: bytes, value: dict[str, object]) -> None:
    assert Request(body=body).json == value


@pytest.mark.parametrize(
    ("value", "essence"),
    [
        ("text/event-stream", "text/event-stream"),
        ("Text/Event-Stream; charset=utf-8", "text/event-stream"),
        (" application/json ;x", "application/json"),
        ("", ""),
    ],
)
def test_the_media_type_has_no_parameters_and_no_case(value: str, essence: str) -> None:
    assert Recording(headers=Headers([("Content-Type", value)])).media_type == essence


def test_without_a_content_type_there_is_no_media_type() -> None:
    assert Recording().media_type == ""


@pytest.mark.parametrize(
    ("end", "by_us"),
    [
        (End(), False),
        (End(EndKind.TRUNCATED), False),
        (End(EndKind.RESET), False),
        (End(EndKind.CANCELLED), True),
        (End(EndKind.TIMEOUT), True),
        (End(EndKind.EOF, by="recorder"), True),
        (End(EndKind.RESET, by="recorder"), True),
    ],
)
def test_who_ended_the_stream(end: End, by_us: bool) -> None:
    assert end.by_us is by_us


def test_evidence_is_there_unless_it_is_missing() -> None:
    recording = Recording(missing=frozenset({Evidence.TIMING}))
    assert recording.has(Evidence.READS) and not recording.has(Evidence.TIMING)
