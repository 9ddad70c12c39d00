"""Laws shared with vcrpy: it loads, replays and re-saves what we write, and we load what it writes."""

from __future__ import annotations

import asyncio
import gzip
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import httpx
import pytest

from conformance.core.recording import End, EndKind, Evidence, Headers, Read, Recording, Request
from conformance.edge.cassette import CassetteWriter, save
from conformance.edge.load import find, load

vcr = pytest.importorskip("vcr")
requests = pytest.importorskip("requests")
aiohttp = pytest.importorskip("aiohttp")

URI = "http://127.0.0.1:9/v1/chat/completions"
ASKED = b'{"model": "m", "stream": true}'
BODIES = {
    "plain": b'data: {"n": 1}\n\ndata: [DONE]\n\n',
    "emoji": "data: 😀 é \t \n\n: ping\n\n".encode(),
    "crlf": b'data: {"n": "\\n"}\r\n\r\n  data: [DONE]\r\n\r\n',
    "odd": "\ufeffdata: \x85\u2028\x07\r\n\n".encode(),
    "no end": b"data: cut",
    "blank": b" \n\n data\n",
    "nothing": b"",
    "bytes": b"data: \xff\xfe\x00\n\n",
}
NOT_TIMED = frozenset({Evidence.TIMING, Evidence.READS})


def tape(body: bytes) -> Recording:
    half = len(body) // 2
    return Recording(
        request=Request("POST", URI, Headers([("content-type", "application/json"), ("accept", "*/*")]), ASKED),
        headers=Headers([("content-type", "text/event-stream"), ("via", "1.1 a"), ("via", "1.1 b")]),
        body=body,
        reads=(Read(10.25, half), Read(20.5, len(body) - half)),
        end=End(EndKind.CANCELLED, 21.0, "client", "after 2 events", {"upstream_closed": 22.5}),
        http_version="HTTP/1.1",
        headers_at=9.75,
        metadata={"protocol": "openai-chat", "scenario": "text"},
    )


def replayed(path: Path, serializer: str = "yaml") -> httpx.Response:
    """What a client gets when vcrpy plays the cassette; no server is there to ask."""
    with vcr.use_cassette(str(path), serializer=serializer, record_mode="none") as cassette, httpx.Client() as client:
        response = client.post(URI, content=ASKED)
        assert cassette.play_count == 1
    return response


def resaved(path: Path, serializer: str = "yaml") -> None:
    """Has vcrpy load the file and write it again."""
    with vcr.use_cassette(str(path), serializer=serializer, record_mode="new_episodes") as cassette:
        cassette._save(force=True)


def by_httpx(url: str) -> bytes:
    with httpx.Client(trust_env=False) as client:
        return client.post(url, content=ASKED).content


def by_httpx_async(url: str) -> bytes:
    async def ask() -> bytes:
        async with httpx.AsyncClient(trust_env=False) as client:
            return (await client.post(url, content=ASKED)).content

    return asyncio.run(ask())


def by_requests(url: str) -> bytes:
    with requests.Session() as session:
        session.trust_env = False
        return session.post(url, data=ASKED).content


def by_aiohttp(url: str) -> bytes:
    async def ask() -> bytes:
        async with aiohttp.ClientSession() as session, session.post(url, data=ASKED) as response:
            return await response.read()

    return asyncio.run(ask())


CLIENTS = {"httpx": by_httpx, "httpx async": by_httpx_async, "requests": by_requests, "aiohttp": by_aiohttp}
"""Name -> what asks a URL and returns the body."""


def unordered(recording: Recording) -> Recording:
    request = replace(recording.request, headers=Headers(sorted(recording.request.headers)))
    return replace(recording, request=request, headers=Headers(sorted(recording.headers)))


@pytest.mark.parametrize("name", BODIES)
def test_vcrpy_replays_a_yaml_cassette_byte_by_byte(name: str, tmp_path: Path) -> None:
    path = tmp_path / "tape.yaml"
    save(path, [tape(BODIES[name])])
    response = replayed(path)
    assert (response.status_code, response.content) == (200, BODIES[name])
    assert response.headers.get_list("via") == ["1.1 a", "1.1 b"]


@pytest.mark.parametrize("client", CLIENTS)
@pytest.mark.parametrize("form", ["yaml", "json"])
def test_every_client_of_vcrpy_gets_what_was_recorded(form: str, client: str, tmp_path: Path) -> None:
    path = tmp_path / f"tape.{form}"
    for name in BODIES:
        if form == "yaml" or name != "bytes":  # in JSON vcrpy knows no bytes, see below
            save(path, [tape(BODIES[name])])
            with vcr.use_cassette(str(path), serializer=form, record_mode="none") as cassette:
                assert CLIENTS[client](URI) == BODIES[name], name
                assert cassette.play_count == 1


@pytest.mark.parametrize("name", [name for name in BODIES if name != "bytes"])
def test_vcrpy_replays_a_json_cassette_byte_by_byte(name: str, tmp_path: Path) -> None:
    path = tmp_path / "tape.json"
    save(path, [tape(BODIES[name])])
    assert replayed(path, "json").content == BODIES[name]


def test_in_json_vcrpy_plays_what_a_lenient_reader_sees_where_a_body_is_no_text(tmp_path: Path) -> None:
    path = tmp_path / "tape.json"
    save(path, [tape(BODIES["bytes"])])
    assert replayed(path, "json").content == BODIES["bytes"].decode("utf-8", "replace").encode()
    assert load(path)[0].body == BODIES["bytes"]


@pytest.mark.parametrize("name", BODIES)
@pytest.mark.parametrize("form", ["yaml", "json"])
def test_what_vcrpy_saves_again_is_the_same_recording(form: str, name: str, tmp_path: Path) -> None:
    path = tmp_path / f"tape.{form}"
    save(path, [tape(BODIES[name]), tape(b"data: second\n\n")])
    before, text = load(path), path.read_bytes()
    resaved(path, form)
    assert path.read_bytes() != text
    assert [unordered(item) for item in load(path)] == [unordered(item) for item in before]
    assert before[0].body == BODIES[name]


def test_a_coding_that_was_undone_is_not_undone_again_by_a_player(tmp_path: Path) -> None:
    path = tmp_path / "tape.yaml"
    headers = Headers([("content-encoding", "gzip"), ("content-type", "text/event-stream")])
    save(path, [replace(tape(BODIES["plain"]), headers=headers, content_encoding="gzip")])
    assert replayed(path).content == BODIES["plain"]
    resaved(path)
    (found,) = load(path)
    assert (found.content_encoding, found.headers.get("content-encoding")) == ("gzip", "gzip")


@pytest.mark.parametrize("reason", ["", "Überlastet", "No Content"])
def test_any_reason_phrase_is_replayed(reason: str, tmp_path: Path) -> None:
    path = tmp_path / "tape.yaml"
    save(path, [replace(tape(b""), status=503, reason=reason)])
    assert replayed(path).status_code == 503


def test_a_recording_without_a_request_is_loaded_and_saved_by_vcrpy(tmp_path: Path) -> None:
    path = tmp_path / "tape.yaml"
    save(path, [Recording(body=BODIES["plain"], missing=frozenset(Evidence))])
    resaved(path)
    (found,) = load(path)
    assert (found.body, found.missing) == (BODIES["plain"], set(Evidence))


@pytest.mark.parametrize("form", ["yaml", "json"])
def test_a_stream_that_still_runs_is_already_a_cassette_for_vcrpy(form: str, tmp_path: Path) -> None:
    path = tmp_path / f"tape.{form}"
    with CassetteWriter(path, {}, interval=60) as writer:
        writer.begin(tape(b"").request, 200, "OK", Headers(), "HTTP/1.1", 1.0)
        writer.read(2.0, BODIES["crlf"])
        assert writer._tape is not None
        writer._flush(writer._tape)
        assert replayed(path, form).content == BODIES["crlf"]
        writer.finish(End())


# What vcrpy records


class _Streams(BaseHTTPRequestHandler):
    """Answers with the body that its path names, gzipped under /gzip/."""

    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["content-length"]))
        coded, _, name = self.path.removeprefix("/").partition("/")
        body = BODIES[name.replace("%20", " ")]
        body = gzip.compress(body) if coded == "gzip" else body
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.send_header("Transfer-Encoding", "chunked")
        if coded == "gzip":
            self.send_header("Content-Encoding", "gzip")
        self.end_headers()
        for start in range(0, len(body), 7):
            piece = body[start : start + 7]
            self.wfile.write(b"%x\r\n%b\r\n" % (len(piece), piece))
        self.wfile.write(b"0\r\n\r\n")

    def log_message(self, format: str, *args: object) -> None:
        """Says nothing."""


@contextmanager
def serving() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Streams)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.mark.parametrize("coding", ["plain", "gzip"])
@pytest.mark.parametrize("name", BODIES)
def test_what_vcrpy_recorded_is_loaded_as_it_is(name: str, coding: str, tmp_path: Path) -> None:
    path = tmp_path / "tape.yaml"
    with serving() as url, vcr.use_cassette(str(path)), httpx.Client(trust_env=False) as client:
        response = client.post(f"{url}/{coding}/{name}", content=ASKED, headers={"x-api-key": "secret"})
    assert response.content == BODIES[name]
    text = path.read_bytes()
    (found,) = load(path)
    assert (found.body, found.status, found.reason) == (BODIES[name], 200, "OK")
    assert (found.request.method, found.request.body) == ("POST", ASKED)
    assert found.request.uri.startswith("http://127.0.0.1:")
    assert found.headers.get("content-type") == "text/event-stream"
    assert found.content_encoding == ("gzip" if coding == "gzip" else None)
    assert (found.missing, found.reads, found.http_version, found.end) == (NOT_TIMED, (), None, End())
    assert path.read_bytes() == text


@pytest.mark.parametrize("name", [name for name in BODIES if name != "bytes"])
def test_what_vcrpy_recorded_as_json_is_loaded_as_it_is(name: str, tmp_path: Path) -> None:
    path = tmp_path / "tape.json"
    with serving() as url, vcr.use_cassette(str(path), serializer="json"), httpx.Client(trust_env=False) as client:
        client.post(f"{url}/plain/{name}", content=ASKED)
    assert load(path)[0].body == BODIES[name]


def test_several_interactions_of_vcrpy_keep_their_order_and_its_metadata(tmp_path: Path) -> None:
    path = tmp_path / "tape.yaml"
    with serving() as url, vcr.use_cassette(str(path)) as cassette, httpx.Client(trust_env=False) as client:
        for name in ("plain", "crlf", "emoji"):
            client.post(f"{url}/plain/{name}", content=ASKED)
        cassette.get_metadata("protocol", "openai-chat")
    found = load(path)
    assert [(item.interaction, item.body) for item in found] == list(
        enumerate(BODIES[name] for name in ("plain", "crlf", "emoji"))
    )
    assert found[0].metadata == {"protocol": "openai-chat"}


# What vcrpy cannot do, and why our files are as they are


def test_a_key_beside_method_uri_body_and_headers_breaks_vcrpy(tmp_path: Path) -> None:
    path = tmp_path / "tape.yaml"
    save(path, [tape(b"x")])
    path.write_text(path.read_text().replace("    method: POST\n", "    method: POST\n    extra: 1\n"))
    assert load(path)[0].body == b"x"
    with pytest.raises(TypeError, match="extra"):
        replayed(path)


def _beside_response(text: str) -> str:
    return text.replace("  response:\n", "  extra: 1\n  response:\n")


def _at_the_top(text: str) -> str:
    return text + "extra: 1\n"


@pytest.mark.parametrize("place", [_beside_response, _at_the_top])
def test_vcrpy_drops_what_stands_beside_the_response_or_at_the_top(place: Callable[[str], str], tmp_path: Path) -> None:
    path = tmp_path / "tape.yaml"
    save(path, [tape(b"x")])
    path.write_text(place(path.read_text()))
    assert replayed(path).content == b"x"
    resaved(path)
    assert "extra" not in path.read_text()
    assert "upstream_closed" in path.read_text()


def test_vcrpy_cannot_save_bytes_that_are_no_text_as_json(tmp_path: Path) -> None:
    """Not in a `use_cassette`: one that fails to save leaves httpx patched until it is collected."""
    from vcr.cassette import Cassette
    from vcr.serializers import jsonserializer

    cassette = Cassette.load(path=str(tmp_path / "tape.json"), serializer=jsonserializer)
    response = {"status": {"code": 200, "message": "OK"}, "headers": {}, "body": {"string": BODIES["bytes"]}}
    cassette.append(vcr.request.Request("POST", URI, ASKED, {}), response)
    with pytest.raises((TypeError, UnicodeDecodeError)):
        cassette._save()


@pytest.mark.corpus
def test_vcrpy_plays_every_recorded_stream_that_we_save_again(corpus: Path, tmp_path: Path) -> None:
    from vcr.persisters.filesystem import FilesystemPersister
    from vcr.serializers import yamlserializer

    path = tmp_path / "tape.yaml"
    for source in list(find([str(corpus / "cassettes")]))[::4]:
        found = load(source)
        save(path, found)
        _, responses, *_ = FilesystemPersister.load_cassette(path, yamlserializer)
        assert [response["body"]["string"] for response in responses] == [item.body for item in found], source
