"""Laws of the recording proxy: what goes through is unchanged, in bytes, cuts and end; and all of it is recorded."""

from __future__ import annotations

import gzip
import threading
import time
from dataclasses import replace
from pathlib import Path

import httpx
import openai
import pytest

from conformance.core.example import Example
from conformance.core.recording import EndKind, Headers, Recording
from conformance.edge import replay_http
from conformance.edge.proxy import joined
from conformance.edge.replay import ReplayServer
from conformance.errors import StorageError, TargetError, UsageError
from tests.edge.loopback import CHUNKED as CHUNKED_HEAD
from tests.edge.loopback import HEAD, Peer, refused_url, serving
from tests.edge.proxied import BODY, PATH, STREAM, asking, connect, journal, proxied, recorded, talk, wait_until

JSON = Example('{"n": 1}', path="/v1/json", headers=(("content-type", "application/json"), ("content-length", "8")))
GONE = Example('{"error": {}}', path="/v1/gone", status=429, headers=(("retry-after", "2"), ("content-length", "13")))
CLOSED = Example(BODY, path="/v1/close", headers=(("content-type", "text/event-stream"),))
EMPTY = Example("", path="/v1/empty", status=204)
SHELF = [STREAM, *(example.recording() for example in (JSON, GONE, CLOSED, EMPTY))]
CODED = gzip.compress(BODY.encode())

# What goes through


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> object:
    folder = tmp_path_factory.mktemp("proxy") / "cassettes"
    with ReplayServer(SHELF) as server, proxied(server.url, folder) as proxy:
        yield server, proxy


@pytest.mark.parametrize(
    "request_",
    [
        asking(PATH, "Connection: close"),
        asking(PATH, version="1.0"),
        asking("/v1/json", "Connection: close"),
        asking("/v1/json", "Connection: close", method="HEAD"),
        asking("/v1/json", version="1.0"),
        asking("/v1/gone", "Connection: close"),
        asking("/v1/close"),
        asking("/v1/empty", "Connection: close"),
        asking("/v1/models?limit=2", "Connection: close", method="GET"),
        asking("/nowhere", "Connection: close"),
    ],
    ids=lambda sent: sent.split(b"\r\n")[0].decode() if isinstance(sent, bytes) else "",
)
def test_a_client_reads_the_same_bytes_with_and_without_the_proxy(
    pair: tuple[ReplayServer, object], request_: bytes
) -> None:
    """Status line, fields and body, framing included. Only the case of a field's name may differ."""
    server, proxy = pair

    def answered(url: str) -> tuple[bytes, list[bytes], bytes]:
        head, _, body = b"".join(talk(url, request_)).partition(b"\r\n\r\n")
        first, *fields = head.split(b"\r\n")
        return first, sorted(field.lower() for field in fields), body

    assert answered(proxy.url) == answered(server.url)  # type: ignore[attr-defined]


def test_every_read_is_one_write_as_soon_as_it_came(tmp_path: Path) -> None:
    """Cuts that no event has: in the middle of a character, of a line, of a chunk."""
    pieces = [b"data: \xe2\x82", b"\xac\r", b"\n\r\n", b"data: [DO", b"NE]\n\n"]

    def script(peer: Peer) -> None:
        peer.send(CHUNKED_HEAD)
        peer.chunks(*pieces, gap=0.03)
        peer.end()

    with serving(script) as upstream, proxied(upstream, tmp_path / "c") as proxy:
        got = talk(proxy.url, asking(PATH, "Connection: close"))
    got[0] = got[0].partition(b"\r\n\r\n")[2]
    assert [part.partition(b"\r\n")[2][:-2] for part in got[:-1] if part] == pieces
    assert got[-1] == b"0\r\n\r\n"
    (found,) = recorded(tmp_path / "c")
    assert [read.size for read in found.reads] == [len(piece) for piece in pieces]
    assert [write.size for write in found.writes] == [len(piece) for piece in pieces]
    assert all(0 <= write.at - read.at < 15 for read, write in zip(found.reads, found.writes, strict=True))
    assert found.end.kind is EndKind.EOF


def test_the_request_goes_through_but_for_the_fields_of_its_connection(tmp_path: Path) -> None:
    seen = []

    def script(peer: Peer) -> None:
        seen.append(peer.request)
        peer.send(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nKeep-Alive: timeout=5\r\nX-Odd:  a\r\n\r\nok")

    with serving(script) as upstream, proxied(f"{upstream}/api/v1", tmp_path / "c") as proxy:
        own = ["X-Stainless-Lang: python", "X-Hop: 1", "Connection: x-hop, keep-alive", "TE: trailers", "Accept: */*"]
        sent = asking("/v1/x?q=%20a&key=k", *own, "authorization: Bearer abcdefgh")
        with connect(proxy.url) as sock:
            sock.sendall(sent)
            answer = sock.recv(4096)
    host = upstream.rpartition("/")[2].encode()
    lines = [b"POST /api/v1/x?q=%20a&key=k HTTP/1.1", b"Host: " + host, b"X-Stainless-Lang: python", b"Accept: */*"]
    lines += [b"authorization: Bearer abcdefgh", b"Content-Length: 16", b"", b'{"stream": true}']
    assert seen == [b"\r\n".join(lines)]
    assert answer == b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nX-Odd: a\r\n\r\nok"


def test_coded_bytes_pass_untouched_and_are_recorded_decoded(tmp_path: Path) -> None:
    def script(peer: Peer) -> None:
        peer.send(CHUNKED_HEAD.replace(b"\r\n\r\n", b"\r\nContent-Encoding: gzip\r\n\r\n"))
        peer.chunks(CODED[:20], CODED[20:40], CODED[40:], gap=0.01)
        peer.end()

    with (
        serving(script) as upstream,
        proxied(upstream, tmp_path / "c") as proxy,
        httpx.stream("POST", proxy.url + PATH, headers={"accept-encoding": "gzip"}, trust_env=False) as answer,
    ):
        assert b"".join(answer.iter_raw()) == CODED
    (found,) = recorded(tmp_path / "c")
    assert (found.body, found.content_encoding) == (BODY.encode(), "gzip")
    assert found.headers.get("content-encoding") == "gzip"


def test_the_official_client_streams_through_it(tmp_path: Path) -> None:
    from tests.reports import GOOD

    with (
        ReplayServer([Example(GOOD, path=PATH).recording()], speed=0) as server,
        proxied(server.url, tmp_path / "c") as proxy,
    ):
        client = openai.OpenAI(base_url=f"{proxy.url}/v1", api_key="sk-test-0123456789abcdef", max_retries=0)
        with client:
            ask = [{"role": "user", "content": "hi"}]
            stream = client.chat.completions.create(model="gpt-x", messages=ask, stream=True)  # type: ignore[call-overload]
            assert len(list(stream)) > 1
    (found,) = recorded(tmp_path / "c")
    assert found.body == GOOD.encode()
    assert found.request.json["model"] == "gpt-x"
    assert found.request.headers.get("authorization") == "REDACTED"


def test_one_client_connection_is_one_upstream_connection(tmp_path: Path) -> None:
    came = []

    def script(peer: Peer) -> None:
        came.append(peer)
        for _ in range(2):
            peer.send(b"HTTP/1.1 103 Early Hints\r\nlink: x\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
            peer.request = b""
            peer.take()
        peer.send(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok")

    with (
        serving(script) as upstream,
        proxied(upstream, tmp_path / "c") as proxy,
        httpx.Client(trust_env=False) as client,
    ):
        assert [client.post(proxy.url + PATH, json={}).text for _ in range(3)] == ["ok", "ok", "ok"]
    assert len(came) == 1
    assert [line["number"] for line in journal(tmp_path / "c")] == [1, 2, 3]


def test_what_servers_get_wrong_and_clients_can_read_goes_through(tmp_path: Path) -> None:
    """A length beside chunks, a blank in a chunk's length, line feeds alone."""

    def script(peer: Peer) -> None:
        peer.send(b"HTTP/1.1 200 OK\nContent-Length: 3\nTransfer-Encoding: chunked\n\n")
        peer.send(b"3 \r\nabc\r\n0\r\n\r\n", gap=0.02)

    with serving(script) as upstream, proxied(upstream, tmp_path / "c") as proxy:
        assert talk(proxy.url, asking(PATH, "Connection: close"))[-1].endswith(b"3 \r\nabc\r\n0\r\n\r\n")
    (found,) = recorded(tmp_path / "c")
    assert (found.body, found.end.kind) == (b"abc", EndKind.EOF)


# How it ends


@pytest.mark.parametrize("wait", [0.0, 0.25], ids=["before the first byte", "in the stream"])
def test_the_upstream_learns_at_once_that_the_client_went_away(wait: float, tmp_path: Path) -> None:
    """Also while the upstream has nothing to say, which is when most proxies do not notice."""
    slow = Example(BODY, path=PATH, headers=STREAM.headers).paced(gap=60_000.0, first=150.0).recording()  # type: ignore[arg-type]
    with ReplayServer([slow]) as server, proxied(server.url, tmp_path / "c") as proxy:
        with connect(proxy.url) as sock:
            sock.sendall(asking())
            wait_until(lambda: len(server.served) == 1)
            time.sleep(wait)
            gone = time.monotonic()
        wait_until(lambda: server.served[0].outcome == "client-gone")
        assert time.monotonic() - gone < 5
    (line,) = journal(tmp_path / "c")
    assert line["outcome"] == "client-gone"
    (found,) = recorded(tmp_path / "c")
    assert (found.end.kind, found.end.by, found.end.detail) == (EndKind.CANCELLED, "client", "the client went away")
    assert len(found.reads) == (1 if wait else 0)


def _truncated(peer: Peer) -> None:
    peer.send(CHUNKED_HEAD)
    peer.chunks(b"data: 1\n\n", gap=0.02)
    peer.send(b"20\r\ndata: half of a ch")


def _reset(peer: Peer) -> None:
    _truncated(peer)
    time.sleep(0.05)
    peer.reset()


def _short(peer: Peer) -> None:
    peer.send(HEAD + b"content-length: 100\r\n\r\ndata: 1\n\n")


def _garbled(peer: Peer) -> None:
    peer.send(CHUNKED_HEAD + b"9\r\ndata: 1\n\n\r\n")
    time.sleep(0.02)
    peer.send(b"no chunk\r\n")
    peer.wait_gone(0.3)


@pytest.mark.parametrize(
    ("script", "kind", "raised"),
    [
        (_truncated, EndKind.TRUNCATED, None),
        (_reset, EndKind.RESET, ConnectionResetError),
        (_short, EndKind.TRUNCATED, None),
        (_garbled, EndKind.TRUNCATED, None),
    ],
)
def test_the_upstreams_death_reaches_the_client_as_it_happened(
    script: object, kind: EndKind, raised: type[Exception] | None, tmp_path: Path
) -> None:
    with serving(script) as upstream:  # type: ignore[arg-type]
        direct = _heard(upstream)
        with proxied(upstream, tmp_path / "c") as proxy:
            assert _heard(proxy.url) == direct
    assert direct[1] is raised
    (found,) = recorded(tmp_path / "c")
    assert found.end.kind is kind
    assert found.body.startswith(b"data: 1\n\n")
    (line,) = journal(tmp_path / "c")
    assert (line["outcome"], line["error"]) == ("upstream-died", found.end.detail)


def _heard(url: str) -> tuple[bytes, type[Exception] | None]:
    """The body as it was framed, and what the network raised."""
    got = b""
    with connect(url) as sock:
        sock.sendall(asking())
        try:
            while data := sock.recv(1 << 16):
                got += data
        except OSError as error:
            return got.partition(b"\r\n\r\n")[2], type(error)
    return got.partition(b"\r\n\r\n")[2], None


@pytest.mark.parametrize("script", [lambda peer: None, lambda peer: peer.reset()], ids=["closed", "reset"])
def test_an_upstream_that_answers_nothing_is_no_cassette_but_a_line_of_the_journal(
    script: object, tmp_path: Path
) -> None:
    with (
        serving(script) as upstream,
        proxied(upstream, tmp_path / "c") as proxy,
        pytest.raises((httpx.RemoteProtocolError, httpx.ReadError)),
    ):  # type: ignore[arg-type]
        httpx.post(proxy.url + PATH, trust_env=False)
    (line,) = journal(tmp_path / "c")
    assert (line["outcome"], line["status"], line["cassette"]) == ("upstream-died", None, None)
    assert line["error"].startswith("no response: ")


def test_an_upstream_that_cannot_be_reached_is_told_by_the_proxy_in_its_own_name(tmp_path: Path) -> None:
    with proxied(refused_url(), tmp_path / "c") as proxy, httpx.Client(trust_env=False) as client:
        answers = [client.post(proxy.url + PATH, json={}) for _ in range(2)]
    for answer in answers:
        assert answer.status_code == 502
        error = answer.json()["error"]
        assert (error["type"], error["code"]) == ("proxy_error", "upstream_unreachable")
        assert error["message"].startswith("The recording proxy, not the upstream, says: ")
        assert "connection refused" in error["message"]
    assert [(line["outcome"], line["status"], line["cassette"]) for line in journal(tmp_path / "c")] == [
        ("failed", None, None)
    ] * 2


def test_what_is_under_way_when_it_stops_is_recorded_as_cut_by_us(tmp_path: Path) -> None:
    slow = Example(BODY, path=PATH).paced(gap=60_000.0, first=5.0).recording()
    with ReplayServer([slow]) as server, proxied(server.url, tmp_path / "c") as proxy:
        sock = connect(proxy.url)
        sock.sendall(asking())
        assert sock.recv(4096)
    sock.close()
    (found,) = recorded(tmp_path / "c")
    assert (found.end.kind, found.end.by) == (EndKind.TRUNCATED, "recorder")
    assert journal(tmp_path / "c")[0]["outcome"] == "stopped"


# Load


def test_many_streams_at_once_all_come_through_and_are_recorded(tmp_path: Path) -> None:
    count = 100
    with ReplayServer([STREAM]) as server, proxied(server.url, tmp_path / "c") as proxy:
        socks = [connect(proxy.url) for _ in range(count)]
        for sock in socks:
            sock.sendall(asking(PATH, "Connection: close"))
        bodies = {b"".join(iter(lambda sock=sock: sock.recv(1 << 16), b"")).partition(b"\r\n\r\n")[2] for sock in socks}  # type: ignore[misc]
        for sock in socks:
            sock.close()
    assert len(bodies) == 1
    found = recorded(tmp_path / "c")
    assert len(found) == count
    assert {recording.body for recording in found} == {BODY.encode()}


def test_a_client_that_does_not_read_holds_the_upstream_back(tmp_path: Path) -> None:
    sent = threading.Event()

    def script(peer: Peer) -> None:
        peer.send(HEAD + b"content-length: 100000000\r\n\r\n")
        peer.sock.settimeout(0.5)
        try:
            for _ in range(1000):
                peer.sock.sendall(b"data: 1\n\n" * 10_000)
        except TimeoutError:
            sent.set()

    with serving(script) as upstream, proxied(upstream, tmp_path / "c") as proxy, connect(proxy.url) as sock:
        sock.sendall(asking())
        assert sent.wait(30), "the proxy took 100 MB that nobody read"


def test_a_request_that_is_too_large_is_refused_and_never_sent(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(replay_http, "MAX_BODY", 1000)
    with ReplayServer([STREAM]) as server, proxied(server.url, tmp_path / "c") as proxy:
        answer = httpx.post(proxy.url + PATH, content=b"x" * 1001, trust_env=False)
        assert (answer.status_code, len(server.served)) == (413, 0)
        assert "larger than 1000 bytes" in answer.json()["error"]["message"]
    assert journal(tmp_path / "c")[0]["error"] == "the proxy refused the request (413)"


# What is written


def test_no_secret_reaches_the_folder(tmp_path: Path) -> None:
    """Neither those of the client, nor those of the proxy, nor what the upstream repeats of them, over two reads."""
    mine, theirs = "a-key-of-no-known-form-1", "sk-proj-" + "Ab1" * 16
    echo = f'data: {{"you": "{mine} {theirs}"}}\n\n'.encode()

    def script(peer: Peer) -> None:
        peer.send(CHUNKED_HEAD.replace(b"\r\n\r\n", b"\r\nSet-Cookie: id=" + theirs.encode() + b"\r\n\r\n"))
        peer.chunks(echo[:30], echo[30:], gap=0.02)
        peer.end()

    fields = lambda path: [("X-Api-Key", mine)]  # noqa: E731
    with serving(script) as upstream, proxied(upstream, tmp_path / "c", fields=fields, known=[mine]) as proxy:
        answer = httpx.post(
            f"{proxy.url}/v1/x?key={theirs}", json={"k": theirs}, trust_env=False,
            headers={"authorization": f"Bearer {theirs}", "x-api-key": "of-the-client"},
        )  # fmt: skip
    assert answer.content == echo
    written = b"".join(path.read_bytes() for path in (tmp_path / "c").iterdir())
    assert b'"you"' in written
    for secret in (mine, theirs, "of-the-client"):
        assert secret.encode() not in written


def test_the_cassettes_are_those_that_a_recorder_writes(tmp_path: Path) -> None:
    with ReplayServer([STREAM], speed=0) as server:
        with proxied(server.url, tmp_path / "c", metadata={"dialect": "vllm"}) as proxy:
            httpx.post(proxy.url + PATH, json={"model": "m"}, trust_env=False)
        url = server.url
    (found,) = recorded(tmp_path / "c")
    assert found.request.uri == url + PATH
    assert (found.request.method, found.request.json) == ("POST", {"model": "m"})
    assert (found.http_version, found.headers.get("x-request-id")) == ("HTTP/1.1", "r-1")
    assert found.metadata["dialect"] == "vllm"
    assert found.missing == frozenset()
    assert Path(found.source).name == "00001-chat-completions.yaml"


def test_a_folder_that_vanishes_stops_it_and_says_so(tmp_path: Path) -> None:
    folder = tmp_path / "c"
    with (
        ReplayServer([STREAM], speed=0) as server,
        pytest.raises(StorageError, match=r"cannot be written"),
        proxied(server.url, folder) as proxy,
    ):
        httpx.post(proxy.url + PATH, json={}, trust_env=False)
        wait_until(lambda: len(proxy.passed) == 1)
        for path in folder.iterdir():
            path.unlink()
        folder.rmdir()
        httpx.post(proxy.url + PATH, json={}, trust_env=False)
        wait_until(lambda: proxy.failure is not None)


# Where to


@pytest.mark.parametrize(
    ("base", "asked", "path"),
    [
        ("", "/v1/models?x=1", "/v1/models?x=1"),
        ("/v1", "/v1/models", "/v1/models"),
        ("/v1", "/models", "/v1/models"),
        ("/api/v1", "/v1/models", "/api/v1/models"),
        ("/api/v1", "/api/v1/models", "/api/v1/models"),
        ("/api", "/v1/a%2Fb/", "/api/v1/a%2Fb/"),
        ("/v1", "/", "/v1/"),
    ],
)
def test_the_paths_of_the_base_urls_are_joined_where_they_overlap(base: str, asked: str, path: str) -> None:
    assert joined(base, asked) == path


@pytest.mark.parametrize(
    "url", ["", "api.example.com", "ftp://x", "http://", "http://u:p@x", "http://x/?a=1", "http://x:y"]
)
def test_what_is_no_upstream_is_refused(url: str, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="is no URL of an upstream"), proxied(url, tmp_path / "c"):
        pass


def test_a_port_that_is_taken_is_named(tmp_path: Path) -> None:
    with (
        ReplayServer([]) as taken,
        pytest.raises(TargetError, match="cannot be listened on"),
        proxied(taken.url, tmp_path / "c", port=taken.port),
    ):
        pass


def test_a_proxys_recording_is_played_as_any_other(tmp_path: Path) -> None:
    with (
        ReplayServer([replace(STREAM, headers=Headers(STREAM.headers))]) as server,
        proxied(server.url, tmp_path / "c") as proxy,
    ):
        httpx.post(proxy.url + PATH, json={}, trust_env=False)
    found: list[Recording] = recorded(tmp_path / "c")
    with ReplayServer(found, speed=0) as again:
        assert httpx.post(again.url + PATH, json={}, trust_env=False).text == BODY
