"""Laws of loading: whatever is named is read as what it is, or refused with the file, the place and the next step."""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import os
import sys
from pathlib import Path

import pytest
import yaml
from hypothesis import example, given
from hypothesis import strategies as st

from conformance.core.recording import Evidence, Headers, Read, Recording, Request
from conformance.edge.cassette import save, text
from conformance.edge.load import find, load
from conformance.edge.rawsse import is_stream, read
from conformance.errors import InputError, UsageError
from tests import strategies as _profile  # noqa: F401 (the settings of hypothesis)

BODY = b"event: message_start\ndata: {}\n\ndata: [DONE]\n\n"
TAPE = Recording(request=Request("POST", "https://x/v1"), body=BODY, reads=(Read(1.0, len(BODY)),))
NOT_TIMED = frozenset({Evidence.TIMING, Evidence.READS})
BARE = NOT_TIMED | {Evidence.HEADERS, Evidence.REQUEST}
HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nX-A: 1\r\nx-a:2\r\n\r\n"


def put(path: Path, raw: bytes | str) -> str:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(raw.encode() if isinstance(raw, str) else raw)
    return str(path)


def refused(path: str | Path, said: str) -> InputError:
    with pytest.raises(InputError, match=said) as raised:
        load(path)
    assert raised.value.what.startswith(f"{path}: ")
    assert raised.value.hint.endswith(("?", "."))
    return raised.value


# What a file is


@pytest.mark.parametrize("name", ["a.yaml", "a.yml", "a.YAML", "a.json", "a.JSON"])
def test_a_cassette_is_read_by_its_ending(name: str, tmp_path: Path) -> None:
    save(tmp_path / name, [TAPE])
    (found,) = load(tmp_path / name)
    assert (found.body, found.source, found.interaction) == (BODY, str(tmp_path / name), 0)


@pytest.mark.parametrize("form", ["yaml", "json"])
@pytest.mark.parametrize("name", ["tape", "tape.txt", "tape.cassette"])
def test_a_cassette_of_another_name_is_known_by_its_first_keys(name: str, form: str, tmp_path: Path) -> None:
    path = put(tmp_path / name, text([TAPE], form))
    assert load(path)[0].body == BODY
    without_version = text([TAPE], form).replace(b"version: 1\n", b"").replace(b'"version": 1,', b"")
    assert load(put(tmp_path / name, without_version))[0].body == BODY


@pytest.mark.parametrize("name", ["a.sse", "a.txt", "a", "a.log", "a.yaml", "a.json"])
def test_a_raw_stream_is_one_under_any_name(name: str, tmp_path: Path) -> None:
    (found,) = load(put(tmp_path / name, BODY))
    assert (found.body, found.missing, found.status) == (BODY, BARE, 200)
    assert (found.http_version, found.reads, len(found.headers)) == (None, (), 0)


@pytest.mark.parametrize(
    "start",
    [
        b"data: 1", b"data:1", b"event: x", b"id: 1", b"retry: 10", b": ping", b":", b"\n\ndata: 1", b"data\n\n",
        b"\xef\xbb\xbfdata: 1",
    ],
)  # fmt: skip
def test_a_field_or_a_comment_makes_a_stream(start: bytes) -> None:
    assert is_stream(start)


@pytest.mark.parametrize(
    "start", [b"", b"dataset: 1", b"datas", b"interactions:", b"{", b"- data: 1", b"HTTP/1.1", b"# data: 1"]
)
def test_other_beginnings_make_none(start: bytes) -> None:
    assert not is_stream(start)


def test_a_stream_may_open_with_lines_that_mean_nothing() -> None:
    assert read(b"oops\ndata: 1\n\n", "x").body == b"oops\ndata: 1\n\n"


@pytest.mark.parametrize("body", [BODY, text([TAPE]), text([TAPE], "json")])
def test_standard_input_holds_a_stream_or_a_cassette(body: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(body)))
    (found,) = load("-")
    assert (found.body, found.source) == (BODY, "-")


# Raw streams


def test_the_head_that_curl_shows_is_no_part_of_the_body() -> None:
    found = read(HEAD + BODY, "x")
    assert (found.body, found.status, found.reason, found.http_version) == (BODY, 200, "OK", "HTTP/1.1")
    assert list(found.headers) == [("Content-Type", "text/event-stream"), ("X-A", "1"), ("x-a", "2")]
    assert found.missing == NOT_TIMED | {Evidence.REQUEST}


@pytest.mark.parametrize(
    ("head", "status", "reason", "version"),
    [
        (b"HTTP/2 429 \r\nretry-after: 1\r\n\r\n", 429, "", "HTTP/2"),
        (b"HTTP/2 200\nretry-after: 1\n\n", 200, "", "HTTP/2"),
        (b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 503 Too Busy\r\nretry-after: 1\r\n\r\n", 503, "Too Busy", "HTTP/1.1"),
        (b"HTTP/1.0 200 Connection established\r\n\r\nHTTP/2 200 \r\nretry-after: 1\r\n\r\n", 200, "", "HTTP/2"),
        (b"\r\nHTTP/1.1 200 OK\r\nretry-after: 1\r\n\r\n", 200, "OK", "HTTP/1.1"),
    ],
)
def test_the_last_of_several_heads_counts(head: bytes, status: int, reason: str, version: str) -> None:
    found = read(head + BODY, "x")
    assert (found.body, found.status, found.reason, found.http_version) == (BODY, status, reason, version)
    assert found.headers == Headers([("retry-after", "1")])


def test_a_head_without_fields_and_a_head_without_end_are_read() -> None:
    assert read(b"HTTP/1.1 200 OK\r\n\r\n" + BODY, "x").body == BODY
    assert read(b"HTTP/1.1 200 OK\r\nserver: x", "x").body == b""


def test_a_body_that_speaks_of_http_is_no_second_head() -> None:
    body = b"data: HTTP/1.1 200 OK\n\nHTTP/1.1 200 OK\n\n"
    assert read(body, "x").body == body


def test_what_a_head_announces_need_not_be_a_stream() -> None:
    found = read(b"HTTP/1.1 401 Unauthorized\r\ncontent-type: application/json\r\n\r\n" + b'{"error": {}}', "x")
    assert (found.status, found.body, found.media_type) == (401, b'{"error": {}}', "application/json")


def test_a_coded_body_behind_a_head_is_decoded_once() -> None:
    head = b"HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\n\r\n"
    for body in (BODY, gzip.compress(BODY)):
        found = read(head + body, "x")
        assert (found.body, found.content_encoding) == (BODY, "gzip")
    with pytest.raises(InputError, match="announced as gzip"):
        read(head + b"\x1f\x8b\xff\xff\xff", "x")


@pytest.mark.parametrize(
    ("raw", "said"),
    [
        (b"", "is empty"),
        (b" \n\n ", "is empty"),
        (b"\xff\xfed\0a\0t\0a\0:\0", r"UTF-16.*curl -N -o FILE"),
        (b"\x89PNG\r\n\x1a\n\0\0", "binary data"),
        (b'{"error": {"message": "no"}}', 'no event stream either: it begins with \'{"error"'),
        (b"<html><body>502</body></html>", "begins with '<html>"),
        (b"data\xc3\x28" * 4, "no event stream either"),
    ],
)
@pytest.mark.parametrize("name", ["a.sse", "a.txt"])
def test_what_is_no_stream_is_refused(raw: bytes, said: str, name: str, tmp_path: Path) -> None:
    refused(put(tmp_path / name, raw), said)


@given(st.binary(max_size=120))
@example(b"HTTP/1.1 200 OK\r\n")
@example(b"data: \x00\xff")
def test_garbage_is_a_recording_or_an_input_error(raw: bytes) -> None:
    for prefix in (b"", b"data: ", HEAD):
        try:
            found = read(prefix + raw, "x")
        except InputError:
            continue
        assert (prefix + raw).endswith(found.body)


def test_a_line_of_64_mib_is_read(tmp_path: Path) -> None:
    body = b"data: " + b"x" * (64 << 20) + b"\n\n"
    assert load(put(tmp_path / "a.sse", body))[0].body == body
    tape = put(tmp_path / "a.yaml", text([Recording(request=Request(uri="x"), body=body, missing=NOT_TIMED)]))
    assert load(tape)[0].body == body


# The request of a raw stream


def test_the_request_of_a_raw_stream_may_be_named(tmp_path: Path) -> None:
    stream = put(tmp_path / "a.sse", BODY)
    (found,) = load(stream, put(tmp_path / "body.json", '{"model": "m", "stream": true}'))
    assert found.missing == NOT_TIMED | {Evidence.HEADERS}
    assert found.request.json == {"model": "m", "stream": True}
    whole = {"method": "PUT", "uri": "https://x/v1/chat", "headers": {"a": ["1", "2"], "b": 3}, "body": {"model": "m"}}
    (found,) = load(stream, put(tmp_path / "whole.json", json.dumps(whole)))
    headers = Headers([("a", "1"), ("a", "2"), ("b", "3")])
    assert found.request == Request("PUT", "https://x/v1/chat", headers, b'{"model":"m"}')
    (found,) = load(stream, put(tmp_path / "text.json", '{"body": "{}"}'))
    assert found.request == Request("POST", "", Headers(), b"{}")


@pytest.mark.parametrize(
    ("raw", "said"),
    [
        (b"{", "not JSON.*line 1, column 2"),
        (b"[]", "no JSON object"),
        (b'{"uri": 7, "body": {}}', "must be text"),
        (None, "cannot be read"),
    ],
)
def test_a_request_file_that_holds_none_is_refused(raw: bytes | None, said: str, tmp_path: Path) -> None:
    path = str(tmp_path / "r.json") if raw is None else put(tmp_path / "r.json", raw)
    with pytest.raises(InputError, match=said) as raised:
        load(put(tmp_path / "a.sse", BODY), path)
    assert raised.value.path == path


def test_a_request_is_added_to_a_cassette_only_where_it_is_missing(tmp_path: Path) -> None:
    request = put(tmp_path / "r.json", '{"model": "m"}')
    save(tmp_path / "whole.yaml", [TAPE])
    with pytest.raises(UsageError, match="holds its request"):
        load(tmp_path / "whole.yaml", request)
    save(tmp_path / "part.yaml", [Recording(body=BODY, missing=NOT_TIMED | {Evidence.REQUEST})])
    (found,) = load(tmp_path / "part.yaml", request)
    assert (found.request.json, found.missing) == ({"model": "m"}, NOT_TIMED)


# Refused


def test_a_file_that_is_not_there_is_refused_with_the_nearest_name(tmp_path: Path) -> None:
    put(tmp_path / "tools.yaml", "x")
    error = refused(tmp_path / "tool.yaml", "There is no such file")
    assert str(tmp_path / "tools.yaml") in error.hint
    assert "folder" in refused(tmp_path / "far" / "off" / "tool.yaml", "no such file").hint
    assert str(tmp_path) in refused(tmp_path / "far" / "off" / "tool.yaml", "no such file").hint


def test_folders_and_files_that_may_not_be_read_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    refused(tmp_path, "It is a folder")
    path = put(tmp_path / "a.sse", BODY)
    for error in (PermissionError(13, "Permission denied"), OSError(5, "Input/output error"), MemoryError()):

        def failing(self: Path, error: BaseException = error) -> bytes:
            raise error

        monkeypatch.setattr(Path, "read_bytes", failing)
        refused(path, str(error.args[1]) if error.args else "memory")
    monkeypatch.undo()
    with pytest.raises(InputError, match="cannot be read"):
        load("a\0b")


@pytest.mark.parametrize(
    ("name", "raw", "said"),
    [
        ("a.yaml", b"", "is empty"),
        ("a.json", b" \n", "is empty"),
        ("a.yaml", b"interactions: []", "holds no interaction"),
        ("a.json", b'{"interactions": []}', "holds no interaction"),
        ("a.yaml", b"interactions: {", "cannot be read as YAML.*line 2, column 1"),
        ("a.json", b'{"interactions": [}', "not JSON.*line 1, column 19"),
        ("a.yaml", b"\x00\x01\x02\xff", "cannot be read as YAML"),
        ("a.json", b"\x00\x01\x02\xff", "not JSON"),
        ("a.json", b"[" * 100_000, "not JSON"),
        ("a.yaml", b"[" * 100_000, "nested more than 100 deep"),
        ("a.yaml", b"interactions: [{request: {uri: x}, response: {status: {code: 200}}}]", "no `body`"),
    ],
)
def test_a_file_that_is_no_cassette_is_refused(name: str, raw: bytes, said: str, tmp_path: Path) -> None:
    refused(put(tmp_path / name, raw), said)


# Finding


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    late = b"metadata: {long: '" + b"x" * 8000 + b"'}\ninteractions: []"
    meant = {
        "b.yaml": text([TAPE]), "a.yml": b"interactions: []", "c/z.json": text([TAPE], "json"), "c/a.sse": b"",
        "c/d/raw.txt": BODY, "e/late.yaml": b"version: 1\n" + late, "e/compact.json": b'{"interactions":[]}',
        "e/sorted.yaml": b"# by vcrpy\ninteractions:\n- request:", "e/test_x[ChatOpenAI].yaml": b"interactions: []",
    }  # fmt: skip
    other = {
        "README.md": b"data: 1\n\n", "notes.txt": b"interactions:", "manifest.json": b'{"cassettes": []}',
        "report.json": b'{"report": 1, "runs": [{"interaction": 0}]}', "INDEX.jsonl": b'{"interactions": 1}',
        ".hidden.yaml": b"interactions: []", ".git/a.yaml": b"interactions: []", "ci.yaml": b"version: 2\njobs: {}",
        ".0123.99.partial": b"interactions: []", "dialect.toml": b"", "config.yml": b"model_list: []",
        "bin.json": b"\xff\0",
    }  # fmt: skip
    for name, raw in {**meant, **other}.items():
        put(tmp_path / name, raw)
    return tmp_path


def test_a_folder_stands_for_the_recordings_in_it_in_order(folder: Path) -> None:
    assert [path.as_posix() for path in find(["."])] == [
        "a.yml", "b.yaml", "c/a.sse", "c/z.json", "c/d/raw.txt", "e/compact.json", "e/late.yaml", "e/sorted.yaml",
        "e/test_x[ChatOpenAI].yaml",
    ]  # fmt: skip
    assert list(find([str(folder)])) == [folder / path for path in find(["."])]


def test_files_are_taken_as_they_are_and_patterns_are_sorted(folder: Path) -> None:
    given = ["notes.txt", "-", "e/test_x[ChatOpenAI].yaml", "**/*.json", "c"]
    assert [path.as_posix() for path in find(given)] == [
        "notes.txt", "-", "e/test_x[ChatOpenAI].yaml",
        "bin.json", "c/z.json", "e/compact.json", "manifest.json", "report.json",
        "c/a.sse", "c/z.json", "c/d/raw.txt",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("b.yml", r"no such file.*(a.yml or b.yaml|b.yaml or a.yml)"),
        ("*.nothing", "matches no file"),
        (".git", "holds no cassette and no raw stream"),
        ("far/off.yaml", "folder far does not exist"),
        ("x" * 5000, "cannot be read|no such file"),
    ],
)
def test_what_stands_for_no_file_is_refused(path: str, said: str, folder: Path) -> None:
    if path == ".git":
        (folder / ".git" / "a.yaml").unlink()
    with pytest.raises(InputError, match=said) as raised:
        list(find([path]))
    assert raised.value.path == path


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs named pipes")
def test_a_pipe_is_read_like_a_file(tmp_path: Path) -> None:
    import threading

    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    writer = threading.Thread(target=lambda: pipe.write_bytes(BODY))
    writer.start()
    assert list(find([str(pipe)])) == [pipe]
    assert load(pipe)[0].body == BODY
    writer.join()


# Real recordings


@pytest.mark.corpus
def test_every_recorded_stream_loads_with_the_body_that_a_plain_reader_sees(corpus: Path) -> None:
    paths = list(find([str(corpus / "cassettes")]))
    assert len(paths) == len(list((corpus / "cassettes").rglob("*.yaml"))) > 900
    for path in paths:
        tree = yaml.load(path.read_bytes(), Loader=yaml.CSafeLoader)
        found = load(path)
        plain = [item["response"] for item in tree["interactions"]]
        assert [item.body for item in found] == [response["body"]["string"].encode() for response in plain]
        assert [item.missing for item in found] == [
            frozenset(map(Evidence, response["recording"]["missing"])) for response in plain
        ]


@pytest.mark.corpus
def test_cassettes_as_vcrpy_wrote_them_hold_the_streams_that_the_index_names(corpus: Path) -> None:
    seen = 0
    for line in (corpus / "originals" / "INDEX.jsonl").read_text().splitlines():
        entry = json.loads(line)
        if entry["format"].startswith("vcrpy"):
            found = load(corpus / entry["path"])
            for stream in entry["streams"]:
                assert hashlib.sha256(found[stream["index"]].body).hexdigest() == stream["sha256"], stream["id"]
                seen += 1
    assert seen > 10
