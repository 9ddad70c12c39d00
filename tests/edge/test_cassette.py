"""Laws of the cassette: lossless for every body in both forms, refused with place and next step, never half written."""

from __future__ import annotations

import base64
import errno
import gzip
import os
from dataclasses import replace
from pathlib import Path
from typing import Any

import brotli
import jsonschema_rs
import orjson
import pytest
import yaml
import zstandard
from hypothesis import example, given
from hypothesis import strategies as st

from conformance.catalogue import data_folder
from conformance.core.recording import End, EndKind, Evidence, Headers, Read, Recording, Request
from conformance.edge.cassette import form_of, read, save, text
from conformance.errors import InputError, StorageError
from tests import strategies as _profile  # noqa: F401 (the settings of hypothesis)

FORMS = ("yaml", "json")
SCHEMA = jsonschema_rs.validator_for(orjson.loads((data_folder("schemas") / "cassette.json").read_bytes()))
BODY = b'data: {"n": 1}\n\ndata: {"n": 2}\n\ndata: [DONE]\n\n'
STREAM = Recording(
    request=Request("POST", "https://api.example/v1/chat", Headers([("accept", "text/event-stream")]), b'{"a": 1}'),
    headers=Headers([("content-type", "text/event-stream"), ("x-request-id", "r-1")]),
    body=BODY,
    reads=(Read(12.5, 17), Read(20.25, len(BODY) - 17)),
    end=End(EndKind.EOF, 21.0),
    http_version="HTTP/1.1",
    headers_at=11.75,
    metadata={"protocol": "openai-chat", "dialect": "vllm"},
)
MISSING = frozenset({Evidence.TIMING, Evidence.READS})

_ODD = " \t\n\r\0\x1b\x7f\x85\xa0\u2027\u2028\u2029\ufeff\ufffe\uffff\ud7ff\ue000😀é-.#:{}[]\"'\\|>%@`&*!?~,a0"
texts = st.one_of(st.text(), st.text(st.sampled_from(list(_ODD)), max_size=40))
bodies = st.one_of(st.binary(), texts.map(str.encode), st.binary(max_size=5).map(lambda tail: BODY + tail))
plain = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(-(1 << 53), 1 << 53), st.floats(-1e9, 1e9).map(float), texts),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(texts, inner, max_size=3)),
    max_leaves=8,
)
names = st.text(st.sampled_from(list("abcdefgXYZ-0123")), min_size=1, max_size=12)
values = st.text(st.characters(min_codepoint=0x20, max_codepoint=0xFF), max_size=20)


def unordered(recording: Recording) -> Recording:
    """With the header fields in one order, that of their names."""
    request = replace(recording.request, headers=Headers(sorted(recording.request.headers)))
    return replace(recording, request=request, headers=Headers(sorted(recording.headers)))


def back(recording: Recording, form: str) -> Recording:
    (found,) = read(text([recording], form), recording.source, form)
    return found


def values_of(raw: bytes, form: str) -> Any:
    return orjson.loads(raw) if form == "json" else yaml.load(raw, Loader=yaml.CSafeLoader)


# Lossless


@given(bodies)
@example(b"")
@example(b"\n")
@example(b"\n\n\n")
@example(b" leading\n\n")
@example(b"\tleading\n\n")
@example(b"data: x")
@example(b"data: x  \n  \n \n")
@example(b"data: a\r\n\r\n")
@example(b"data: a\r\rdata: b\n\r\n")
@example(b"---\n...\n# no comment\n- a: b\n")
@example("data: \x85\u2028\u2029\ufeff\n\n".encode())
@example("\ufeffdata: 😀\n\n".encode())
@example(b"data: \xff\xfe\n\n")
@example(b"data: \xe2\x82")
@example(b"data: \xed\xa0\x80\n\n")
@example(bytes(range(256)))
def test_every_sequence_of_bytes_comes_back_from_both_forms(body: bytes) -> None:
    recording = replace(STREAM, body=body, reads=(), missing=MISSING)
    for form in FORMS:
        assert back(recording, form).body == body


@given(bodies)
def test_the_pure_python_reader_of_yaml_reads_the_same(body: bytes) -> None:
    raw = text([replace(STREAM, body=body, reads=(), missing=MISSING)])
    tree = yaml.load(raw, Loader=yaml.SafeLoader)
    found = tree["interactions"][0]["response"]["body"]["string"]
    assert (found if isinstance(found, bytes) else found.encode()) == body
    assert tree == yaml.load(raw, Loader=yaml.CSafeLoader)


@given(
    body=bodies,
    request=bodies,
    uri=texts,
    fields=st.lists(st.tuples(names, values), max_size=4),
    metadata=st.dictionaries(texts, plain, max_size=3),
    kind=st.sampled_from(list(EndKind)),
    at=st.one_of(st.none(), st.integers(0, 10**9).map(lambda number: number / 1000)),
    words=st.one_of(st.none(), texts),
    version=st.sampled_from([None, "HTTP/1.1", "HTTP/2"]),
    missing=st.frozensets(st.sampled_from(list(Evidence))),
)
def test_every_field_of_a_recording_comes_back(
    body: bytes,
    request: bytes,
    uri: str,
    fields: list[tuple[str, str]],
    metadata: dict[str, object],
    kind: EndKind,
    at: float | None,
    words: str | None,
    version: str | None,
    missing: frozenset[Evidence],
) -> None:
    recording = Recording(
        request=Request("POST", uri, Headers(fields), request),
        status=503,
        reason="Overloaded",
        headers=Headers(fields),
        body=body,
        reads=() if Evidence.READS in missing else (Read(1.5, 0), Read(2.25, len(body))),
        end=End(kind, at, words, words, {"closed": at, "seen": [words]}),
        http_version=version,
        headers_at=at,
        missing=missing | {Evidence.TIMING} if Evidence.READS in missing else missing,
        metadata=metadata,
    )
    for form in FORMS:
        raw = text([recording], form)
        assert SCHEMA.is_valid(orjson.loads(orjson.dumps(values_of(raw, form), default=lambda _: "bytes")))
        assert unordered(back(recording, form)) == unordered(recording)


@given(st.lists(st.tuples(st.floats(0, 1e7), st.binary(max_size=9)), max_size=9))
def test_reads_and_their_times_come_back(pieces: list[tuple[float, bytes]]) -> None:
    times = sorted(at for at, _ in pieces)
    reads = tuple(Read(at, len(data)) for at, (_, data) in zip(times, pieces, strict=True))
    recording = replace(STREAM, body=b"".join(data for _, data in pieces), reads=reads)
    for form in FORMS:
        found = back(recording, form)
        assert [read.size for read in found.reads] == [read.size for read in reads]
        assert [read.at for read in found.reads] == pytest.approx(times, rel=1e-11, abs=1e-6)
        assert (found.body, found.missing) == (recording.body, frozenset())


@pytest.mark.parametrize("form", FORMS)
def test_several_recordings_share_one_file_and_the_metadata_they_have_in_common(form: str) -> None:
    second = replace(STREAM, body=b"x", reads=(Read(1.0, 1),), metadata={**STREAM.metadata, "scenario": "tools"})
    found = read(text([STREAM, second, STREAM], form), "tape", form)
    assert [(item.interaction, item.source, item.body) for item in found] == [
        (0, "tape", BODY), (1, "tape", b"x"), (2, "tape", BODY)
    ]  # fmt: skip
    assert [item.metadata for item in found] == [STREAM.metadata] * 3


@pytest.mark.parametrize("form", FORMS)
def test_a_file_without_interactions_is_a_cassette_of_none(form: str) -> None:
    raw = text([], form)
    assert read(raw, "tape", form) == []
    assert values_of(raw, form) == {"version": 1, "interactions": []}


# Readable


def test_a_body_is_a_literal_block_with_emoji_tabs_and_trailing_blanks_as_they_are() -> None:
    body = 'data: {"a":"😀\t é"} \n\n\n: ping\n\ndata: [DONE]\n\n'
    lines = text([replace(STREAM, body=body.encode(), reads=(), missing=MISSING)]).decode().split("\n")
    first = lines.index("      string: |+")
    shown = lines[first + 1 : lines.index("    recording:")]
    assert shown == [f"        {line}" if line else "" for line in body.split("\n")[:-1]]


def test_a_body_with_carriage_returns_has_a_line_of_its_own_for_each_line() -> None:
    body = b"data: a\r\n\r\n  data: b\r\n\r\n"
    raw = text([replace(STREAM, body=body, reads=(), missing=MISSING)]).decode()
    start = raw.index('      string: "')
    assert raw[start : raw.index("    recording:")].split("\n") == [
        '      string: "\\',
        "        data: a\\r\\n\\",
        "        \\r\\n\\",
        "        \\  data: b\\r\\n\\",
        '        \\r\\n"',
        "",
    ]


def test_the_file_is_as_the_contract_shows_it() -> None:
    expected = """\
version: 1
metadata:
  protocol: openai-chat
  dialect: vllm
interactions:
- request:
    method: POST
    uri: https://api.example/v1/chat
    body: '{"a": 1}'
    headers:
      accept:
      - text/event-stream
  response:
    status:
      code: 200
      message: OK
    headers:
      content-type:
      - text/event-stream
      x-request-id:
      - r-1
    body:
      string: |+
        data: {"n": 1}

        data: {"n": 2}

        data: [DONE]

    recording:
      reads: "12.5:17 20.25:29"
      end: {kind: eof, at: 21.0}
      http_version: HTTP/1.1
      headers_at: 11.75
      missing: []
"""
    assert text([STREAM]).decode() == expected


def test_the_json_form_holds_the_same_values() -> None:
    assert values_of(text([STREAM], "json"), "json") == values_of(text([STREAM]), "yaml")


def test_the_ending_of_the_name_decides_the_form(tmp_path: Path) -> None:
    for name, first in {"a.json": b"{", "a.JSON": b"{", "a.yaml": b"v", "a.yml": b"v", "a": b"v"}.items():
        save(tmp_path / name, [STREAM])
        assert (tmp_path / name).read_bytes()[:1] == first
        assert form_of(name) == ("json" if first == b"{" else "yaml")


# Content codings


CODERS = {"gzip": gzip.compress, "br": brotli.compress, "zstd": zstandard.compress, "GZip": gzip.compress}


def by_vcrpy(body: Any, headers: dict[str, Any] | None = None, **response: Any) -> dict[str, Any]:
    """One interaction as vcrpy writes it."""
    return {
        "request": {"method": "POST", "uri": "http://x/v1", "body": "{}", "headers": {}},
        "response": {
            "status": {"code": 200, "message": "OK"},
            "headers": headers or {},
            "body": {"string": body},
            **response,
        },
    }


def parsed(*interactions: Any, **top: Any) -> list[Recording]:
    return read(yaml.safe_dump({"interactions": list(interactions), "version": 1, **top}).encode(), "tape.yaml")


@pytest.mark.parametrize("coding", CODERS)
def test_a_coded_body_is_decoded_and_its_coding_kept_as_a_fact(coding: str) -> None:
    (found,) = parsed(by_vcrpy(CODERS[coding](BODY), {"Content-Encoding": [coding]}))
    assert (found.body, found.content_encoding) == (BODY, coding.lower())
    assert (found.missing, found.http_version, found.reads) == (MISSING, None, ())
    for form in FORMS:
        assert unordered(back(replace(found, source=""), form)) == unordered(replace(found, source=""))


def test_a_coded_body_that_stops_short_is_truncated() -> None:
    (found,) = parsed(by_vcrpy(gzip.compress(BODY)[:-9], {"content-encoding": "gzip"}))
    assert BODY.startswith(found.body)
    assert found.end == End(EndKind.TRUNCATED, detail="the gzip coding has no end")


def test_a_body_that_somebody_decoded_before_is_left_as_it_is() -> None:
    (found,) = parsed(by_vcrpy(BODY.decode(), {"content-encoding": ["gzip"]}))
    assert (found.body, found.content_encoding) == (BODY, "gzip")


def test_a_coding_that_nobody_knows_is_left_as_it_is() -> None:
    (found,) = parsed(by_vcrpy(b"\xff\x00", {"content-encoding": ["rot13"]}))
    assert (found.body, found.content_encoding) == (b"\xff\x00", None)


def test_a_player_does_not_see_a_coding_that_was_undone() -> None:
    headers = Headers([("content-encoding", "gzip"), ("Content-Length", "99"), ("date", "now")])
    raw = text([replace(STREAM, headers=headers, content_encoding="gzip")])
    response = values_of(raw, "yaml")["interactions"][0]["response"]
    assert response["headers"] == {"date": ["now"]}
    assert response["recording"]["headers"] == {"content-encoding": ["gzip"], "Content-Length": ["99"]}


# What vcrpy and others write


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({"string": "text é"}, "text é".encode()),
        ({"string": b"\xff"}, b"\xff"),
        ({"string": None}, b""),
        ({"string": ""}, b""),
        ("plain text", b"plain text"),
        (None, b""),
        ({"base64_string": base64.b64encode(b"\xff\x00").decode(), "encoding": "ASCII-8BIT"}, b"\xff\x00"),
        ({"string": "?", "base64_string": "/w=="}, b"\xff"),
    ],
)
def test_every_spelling_of_a_response_body_is_read(body: Any, expected: bytes) -> None:
    item = by_vcrpy("")
    item["response"]["body"] = body
    (found,) = parsed(item)
    assert found.body == expected


@pytest.mark.parametrize(
    ("body", "headers", "expected"),
    [
        ('{"model": "m"}', {}, b'{"model": "m"}'),
        (b'{"model": "m"}', {}, b'{"model": "m"}'),
        (b"\xff", {}, b"\xff"),
        (None, {}, b""),
        ({"model": "m", "n": [1, None]}, {}, b'{"model":"m","n":[1,null]}'),
        ([1, 2], {}, b"[1,2]"),
        ({"base64_string": "/w=="}, {}, b"\xff"),
        (gzip.compress(b"{}"), {"Content-Encoding": ["gzip"]}, b"{}"),
        (b"\x1f\x8b\xff", {"Content-Encoding": "gzip"}, b"\x1f\x8b\xff"),
    ],
)
def test_every_spelling_of_a_request_body_is_read(body: Any, headers: dict[str, Any], expected: bytes) -> None:
    item = by_vcrpy("")
    item["request"] |= {"body": body, "headers": headers}
    (found,) = parsed(item)
    assert found.request.body == expected


def test_bodies_that_another_serializer_parsed_are_json_again() -> None:
    item = by_vcrpy("")
    item["request"]["parsed_body"] = {"model": "m"}
    del item["request"]["body"], item["response"]["body"]
    item["response"]["parsed_body"] = {"ok": True}
    (found,) = parsed(item)
    assert (found.request.body, found.body) == (b'{"model":"m"}', b'{"ok":true}')


def test_the_form_of_vcrpy_before_6_with_httpx_is_read() -> None:
    item = by_vcrpy("")
    item["response"] = {"http_version": "HTTP/1.1", "status_code": 201, "headers": {}, "content": "data: 1\n\n"}
    (found,) = parsed(item)
    assert (found.status, found.body, found.http_version) == (201, b"data: 1\n\n", "HTTP/1.1")


def test_header_values_may_be_lists_or_single_and_of_any_scalar() -> None:
    headers = {"a": ["1", "2"], "b": "3", "c": 4, "d": True, "e": None, "f": [5.5], "g": b"\xe9"}
    (found,) = parsed(by_vcrpy("", headers))
    assert list(found.headers) == [
        ("a", "1"), ("a", "2"), ("b", "3"), ("c", "4"), ("d", "true"), ("e", ""), ("f", "5.5"), ("g", "é")
    ]  # fmt: skip


def test_dates_and_words_of_yaml_1_1_stay_text_in_keys_and_dates_in_values() -> None:
    raw = text([STREAM]).replace(b"  dialect: vllm", b"  recorded: 2026-11-20T10:00:00Z\n  on: yes\n  =: '='")
    (found,) = read(raw, "tape")
    assert found.metadata == {"protocol": "openai-chat", "recorded": "2026-11-20T10:00:00Z", "on": True, "=": "="}


def test_what_the_file_does_not_hold_is_missing() -> None:
    (found,) = parsed(by_vcrpy("x", recording={"missing": ["framing", "request", "headers"]}))
    assert found.missing == set(Evidence)
    (found,) = parsed(by_vcrpy("x", recording={"reads": "0:1", "missing": ["timing"]}))
    assert (found.missing, found.reads) == ({Evidence.TIMING}, (Read(0.0, 1),))
    (found,) = parsed(by_vcrpy("", recording={"reads": ""}))
    assert (found.missing, found.reads) == (frozenset(), ())


def test_what_an_observer_saw_of_the_end_stands_beside_it() -> None:
    end = {"kind": "cancelled", "at": 5, "by": "client", "upstream_closed": 7.5, "observer": "proxy"}
    (found,) = parsed(by_vcrpy("", recording={"reads": "", "end": end}))
    assert found.end == End(EndKind.CANCELLED, 5.0, "client", None, {"upstream_closed": 7.5, "observer": "proxy"})


# Refused, with place and next step


def tree_with(path: str, value: Any) -> dict[str, Any]:
    """A good file with one value put in, taken out (`...`) or replaced at a dotted path."""
    tree: dict[str, Any] = {"interactions": [by_vcrpy("ok", recording={"reads": "1:2", "end": {"kind": "eof"}})]}
    steps = [int(step) if step.isdigit() else step for step in path.split(".")]
    inner: Any = tree
    for step in steps[:-1]:
        inner = inner[step]
    if value is ...:
        del inner[steps[-1]]
    else:
        inner[steps[-1]] = value
    return tree


FIRST = "interactions.0."
WRONG = [
    ("interactions", "text", "interactions"),
    ("interactions", {"a": 1}, "interactions"),
    ("interactions.0", None, "interaction 0"),
    ("interactions.0", [1], "interaction 0"),
    ("metadata", [1], "metadata"),
    (FIRST + "request", ..., "interaction 0, request"),
    (FIRST + "request.uri", ..., "interaction 0, request.uri"),
    (FIRST + "request.uri", 7, "interaction 0, request.uri"),
    (FIRST + "request.method", ["POST"], "interaction 0, request.method"),
    (FIRST + "request.body", 7, "interaction 0, request.body"),
    (FIRST + "request.headers", "a: b", "interaction 0, request.headers"),
    (FIRST + "response", "x", "interaction 0, response"),
    (FIRST + "response.status", ..., "interaction 0, response.status"),
    (FIRST + "response.status.code", "200", "interaction 0, response.status.code"),
    (FIRST + "response.status.code", True, "interaction 0, response.status.code"),
    (FIRST + "response.status.code", 7, "interaction 0, response.status.code"),
    (FIRST + "response.status.message", 7, "interaction 0, response.status.message"),
    (FIRST + "response.headers", [["a", "b"]], "interaction 0, response.headers"),
    (FIRST + "response.headers", {"a": {"b": 1}}, "interaction 0, response.headers.a"),
    (FIRST + "response.body", ..., "interaction 0, response"),
    (FIRST + "response.body", {}, "interaction 0, response.body"),
    (FIRST + "response.body", 7, "interaction 0, response.body"),
    (FIRST + "response.body", {"string": 7}, "interaction 0, response.body.string"),
    (FIRST + "response.body", {"string": ["x"]}, "interaction 0, response.body.string"),
    (FIRST + "response.body", {"base64_string": 7}, "interaction 0, response.body.base64_string"),
    (FIRST + "response.recording", [], "interaction 0, response.recording"),
    (FIRST + "response.recording.reads", [[1, 2]], "interaction 0, response.recording.reads"),
    (FIRST + "response.recording.reads", "1:x", "interaction 0, response.recording.reads"),
    (FIRST + "response.recording.reads", "-1:2", "interaction 0, response.recording.reads"),
    (FIRST + "response.recording.end", "eof", "interaction 0, response.recording.end"),
    (FIRST + "response.recording.end.kind", "done", "interaction 0, response.recording.end.kind"),
    (FIRST + "response.recording.end.at", "soon", "interaction 0, response.recording.end.at"),
    (FIRST + "response.recording.end.at", -1, "interaction 0, response.recording.end.at"),
    (FIRST + "response.recording.end.by", 7, "interaction 0, response.recording.end.by"),
    (FIRST + "response.recording.http_version", 1.1, "interaction 0, response.recording.http_version"),
    (FIRST + "response.recording.headers_at", True, "interaction 0, response.recording.headers_at"),
    (FIRST + "response.recording.content_encoding", 7, "interaction 0, response.recording.content_encoding"),
    (FIRST + "response.recording.missing", "reads", "interaction 0, response.recording.missing"),
    (FIRST + "response.recording.missing", ["sleep"], "interaction 0, response.recording.missing.0"),
]
ONLY_OURS = [
    (FIRST + "response.recording.reads", "1:3", "add up to 3 bytes, but the body has 2"),
    (FIRST + "response.recording.reads", "5:1 4:1", "times go back"),
    (FIRST + "response.recording.end.at", float("nan"), "no number of milliseconds"),
    (FIRST + "response.recording.end.seen", 1 << 64, "more than 64 bits"),
    (FIRST + "response.body", {"base64_string": "x"}, r"response.body.base64_string .*no base64"),
    ("metadata", {"a": {"b": [float("inf")]}}, "metadata.a.b.0.*finite"),
    ("metadata", {"a": b"\xff"}, "metadata.a.*must be text"),
    ("http_interactions", [], "Ruby VCR"),
    (FIRST + "request", {"url": "http://x", "body": "", "headers": {}}, "go-vcr"),
]


@pytest.mark.parametrize(("path", "value", "named"), WRONG)
def test_a_wrong_type_is_refused_by_reader_and_schema_with_its_place(path: str, value: Any, named: str) -> None:
    tree = tree_with(path, value)
    assert not SCHEMA.is_valid(tree)
    assert SCHEMA.is_valid(tree_with("version", 1))
    with pytest.raises(InputError) as raised:
        read(orjson.dumps(tree), "tape.json", "json")
    assert raised.value.what.startswith(f"tape.json: {named}: ")
    assert raised.value.hint.endswith(".")
    with pytest.raises(InputError) as raised:
        read(yaml.safe_dump(tree).encode(), "tape.yaml")
    assert raised.value.what.startswith(f"tape.yaml: {named} (line ")


@pytest.mark.parametrize(("path", "value", "said"), ONLY_OURS)
def test_what_no_schema_can_say_is_refused_too(path: str, value: Any, said: str) -> None:
    tree = tree_with(path, value)
    if path == "http_interactions":
        del tree["interactions"]
    with pytest.raises(InputError, match=said) as raised:
        read(yaml.safe_dump(tree).encode(), "tape.yaml")
    assert raised.value.hint.endswith(".")


def test_the_place_of_a_wrong_value_is_its_line_and_column() -> None:
    raw = text([STREAM]).replace(b"code: 200", b"code: two")
    line = raw[: raw.index(b"code: two")].count(b"\n") + 1
    with pytest.raises(InputError, match=rf"interaction 0, response.status.code \(line {line}, column 13\)"):
        read(raw, "tape.yaml")


LAUGHS = b"".join(b"l%d: &l%d [%s]\n" % (n, n, b", ".join([b"*l%d" % (n - 1)] * 10) if n else b"lol") for n in range(9))


@pytest.mark.parametrize(
    ("raw", "said"),
    [
        (b"interactions: !!python/object/apply:os.system ['true']", r"tag !!python/object/apply:os.system.*column 15"),
        (b"interactions: !!python/tuple []", "tag !!python/tuple"),
        (b"interactions: !mine []", "tag !mine"),
        (b"? [a, b]\n: 1", "A key must be text .line 1, column 3"),
        (b"? {a: 1}\n: 1", "A key must be text"),
        (b"a: 1\nb: 2\na: 3", "key 'a' stands twice .* .line 3, column 1"),
        (b"a: &a [*a]", "stands within what it names"),
        (b"a: *b", "no anchor &b"),
        (b"a: 'x", "unexpected end of stream"),
        (b"a:\n\t- b", "cannot start any token .line 2, column 1"),
        (b"a: b: c", "mapping values are not allowed"),
        (b'a: "\\ud800"', "invalid Unicode character escape"),
        (b"a: 1\n---\nb: 2", "more than one document"),
        (b"\x89PNG\r\n\x1a\n\0\0", "invalid leading UTF-8 octet at byte 0"),
        (b"a: \0", "control characters are not allowed"),
        (b"a: !!int x", "'x' is no int"),
        (b"a: !!bool x", "'x' is no bool"),
        (b"a: !!float x", "'x' is no float"),
        (b"a: " + b"1" * 5000, "is no int"),
        (b"a: !!binary x", "base64"),
        (b"[" * 200_000, "nested more than 100 deep .line 1, column 101"),
        (b"{a: " * 200_000, "nested more than 100 deep"),
        (b"- " * 200_000 + b"a", "nested more than 100 deep"),
        (b"? " * 200_000 + b"a", "A key must be text"),
        (b"".join(b" " * depth + b"a:\n" for depth in range(300)), "nested more than 100 deep"),
        (LAUGHS, "no `interactions`"),
        (LAUGHS + b"interactions: []\nmetadata: {bomb: *l8}", "aliases make more of it"),
        (
            LAUGHS + b"interactions:\n- request: {uri: u, method: POST, headers: {}, body: *l8}",
            "aliases make more of it",
        ),
        (b"x: &x {a: 1}\ny: {<<: *x, <<: *x}", "key '<<' stands twice"),
        (b"interactions", "no `interactions`"),
        (b"- interactions", "no `interactions`"),
        (b"{}", "no `interactions`"),
    ],
)
def test_yaml_that_is_no_cassette_is_refused_with_its_place(raw: bytes, said: str) -> None:
    with pytest.raises(InputError, match=said) as raised:
        read(raw, "tape.yaml")
    assert raised.value.what.startswith("tape.yaml: ")
    assert raised.value.hint.endswith(".")


@pytest.mark.parametrize(
    ("raw", "said"),
    [
        (b"[" * 100_000 + b"]" * 100_000, "not JSON: .* .line 1, column"),
        (b'{"interactions": ' * 100_000, "not JSON: .* .line 1, column"),
        (b'{"a":\n "\\ud800"}', "not JSON: .* .line 2, column"),
        (b'{"a": NaN}', "not JSON"),
        (b"{'a': 1}", "not JSON"),
        (b'{"a": "\xff"}', "not JSON"),
        (b'{"a": 1', "not JSON"),
        (b"", "not JSON"),
        (b"[]", "no `interactions`"),
        (b'{"log": {"entries": []}}', "HAR archive"),
    ],
)
def test_json_that_is_no_cassette_is_refused_with_its_place(raw: bytes, said: str) -> None:
    with pytest.raises(InputError, match=said) as raised:
        read(raw, "tape.json", "json")
    assert raised.value.hint.endswith(".")


def test_json_may_open_with_a_byte_order_mark_and_hold_deep_metadata() -> None:
    deep = {"a": orjson.loads(b"[" * 150 + b"]" * 150)}
    (found,) = read(b"\xef\xbb\xbf" + text([replace(STREAM, metadata=deep)], "json"), "tape.json", "json")
    assert found.metadata == deep
    with pytest.raises(InputError, match="nested more than 200 deep"):
        read(b'{"interactions": [], "metadata": ' + b'{"a":' * 250 + b"1" + b"}" * 251, "", "json")


def test_numbers_beyond_64_bits_are_refused_in_yaml_and_rounded_by_json() -> None:
    big = b"1180591620717411303424"
    with pytest.raises(InputError, match=r"metadata.n .line 2, column 6.*more than 64 bits"):
        read(b"metadata:\n  n: " + big + b"\ninteractions: []", "tape.yaml")
    raw = b'{"interactions": [' + orjson.dumps(by_vcrpy("")) + b'], "metadata": {"n": ' + big + b"}}"
    assert read(raw, "tape.json", "json")[0].metadata == {"n": float(big)}


def test_of_two_keys_in_json_the_last_counts_as_for_every_json_reader() -> None:
    raw = b'{"version": 1, "interactions": [7], "interactions": [' + orjson.dumps(by_vcrpy("last")) + b"]}"
    assert read(raw, "tape.json", "json")[0].body == b"last"


def test_an_alias_of_a_body_costs_no_second_body() -> None:
    one = b"- &i {request: {uri: u}, response: {status: {code: 200}, body: {string: '" + b"x" * 1_000_000 + b"'}}}\n"
    found = read(b"interactions:\n" + one + b"- *i\n" * 3000, "tape.yaml")
    assert len(found) == 3001
    assert len({id(item.body) for item in found}) == 1


@given(st.binary(max_size=200))
@example(b"\xff\xfea\x00")
@example(b"%YAML 9.9\n---\n")
@example(b"!<tag:yaml.org,2002:int> x")
def test_garbage_is_an_input_error_and_nothing_else(raw: bytes) -> None:
    for form in FORMS:
        with pytest.raises(InputError):
            read(raw, "tape", form)


@given(st.data())
def test_a_damaged_cassette_is_read_or_refused_and_nothing_else(data: st.DataObject) -> None:
    form = data.draw(st.sampled_from(FORMS))
    raw = bytearray(text([STREAM], form))
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(raw) - 1))
        raw[at : at + data.draw(st.integers(0, 3))] = data.draw(st.binary(max_size=3))
    try:
        assert all(isinstance(item, Recording) for item in read(bytes(raw), "tape", form))
    except InputError as error:
        assert error.hint


# On the disk


def test_a_write_that_fails_leaves_what_was_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    target = tmp_path / "tape.yaml"
    target.write_text("before")
    replacing = Path.replace

    def full(self: Path, to: Path) -> Path:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(Path, "replace", full)
    with pytest.raises(StorageError, match=r"No space left.*untouched.*Free some space") as raised:
        save(target, [STREAM])
    assert raised.value.path == str(target)
    assert [path.name for path in tmp_path.iterdir()] == ["tape.yaml"]
    assert target.read_text() == "before"
    monkeypatch.setattr(Path, "replace", replacing)
    save(target, [STREAM])
    assert read(target.read_bytes(), "")[0].body == BODY


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a device that is always full")
def test_a_full_disk_is_a_storage_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    opening = Path.open
    monkeypatch.setattr(Path, "open", lambda self, mode="r": opening(Path("/dev/full"), mode))
    with pytest.raises(StorageError, match="Free some space"):
        save(tmp_path / "tape.yaml", [STREAM])


@pytest.mark.parametrize("name", ["folder", "absent/tape.yaml", "file/tape.yaml", "x" * 300])
def test_a_path_that_cannot_be_written_is_a_storage_error(name: str, tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "file").touch()
    with pytest.raises(StorageError, match="cannot be written") as raised:
        save(tmp_path / name, [STREAM])
    assert raised.value.hint.endswith(".")
    assert {path.name for path in tmp_path.iterdir()} == {"folder", "file"}


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_that_may_not_be_written_is_a_storage_error(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    with pytest.raises(StorageError, match="Give a path that you may write to"):
        save(tmp_path / "tape.yaml", [STREAM])


@pytest.mark.parametrize("form", FORMS)
def test_metadata_that_is_not_plain_is_a_storage_error(form: str, tmp_path: Path) -> None:
    with pytest.raises(StorageError, match="metadata cannot be written"):
        save(tmp_path / f"tape.{form}", [replace(STREAM, metadata={"a": object()})])
    assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(os.name == "nt", reason="needs symbolic links and permissions of POSIX")
def test_a_link_is_followed_and_the_umask_holds(tmp_path: Path) -> None:
    (tmp_path / "link.yaml").symlink_to(tmp_path / "real.yaml")
    before = os.umask(0o027)
    try:
        save(tmp_path / "link.yaml", [STREAM])
    finally:
        os.umask(before)
    assert (tmp_path / "link.yaml").is_symlink()
    assert (tmp_path / "real.yaml").stat().st_mode & 0o777 == 0o640
