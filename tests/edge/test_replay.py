"""Laws of the replay server: it plays what was recorded to whoever asks for it, and no client disturbs another.

Most tests speak to it over a bare socket, because what is promised is bytes.
"""

from __future__ import annotations

import json
import random
import re
import socket
import time
from collections.abc import Iterator
from dataclasses import replace

import httpx
import pytest

from conformance.core.example import Example
from conformance.core.recording import End, EndKind, Evidence, Headers, Read, Recording, Request
from conformance.edge.replay import ReplayServer
from conformance.edge.replay_match import Miss, Shelf, last_prompt, model_of, tail
from conformance.edge.replay_plan import Finish, Framing, plan
from conformance.errors import TargetError
from tests.edge.replaying import BODY, CHUNKED, PATH, STREAM, asking, chunks, stream, talk, until_closed, wait_for


@pytest.fixture
def server() -> Iterator[ReplayServer]:
    with ReplayServer([STREAM.recording()], speed=0) as running:
        yield running


# What is played


def test_every_recorded_read_is_one_chunk_of_the_same_bytes(server: ReplayServer) -> None:
    recording = STREAM.recording()
    found = chunks(talk(server, asking()))
    assert b"".join(found) == recording.body
    assert [len(chunk) for chunk in found] == [read.size for read in recording.reads]


def test_the_recorded_pace_is_kept_and_scaled_by_the_speed() -> None:
    recording = stream()
    last = recording.reads[-1].at / 1000
    for speed, wanted in ((1.0, last), (4.0, last / 4), (0.0, 0.0)):
        with ReplayServer([recording], speed=speed) as server:
            began = time.monotonic()
            talk(server, asking())
            took = time.monotonic() - began
        assert took >= wanted * 0.98
        assert took < wanted + 2


def test_pieces_are_written_when_they_are_due_and_not_before() -> None:
    recording = stream(reads=(Read(0.0, 40), Read(400.0, len(BODY) - 40)), end=End(at=400.0))
    with ReplayServer([recording]) as server, socket.create_connection((server.host, server.port), 5) as sock:
        sock.sendall(asking())
        first = sock.recv(65536)
        began = time.monotonic()
        rest = until_closed(sock)
    assert b"".join(chunks(first + rest)) == recording.body
    assert len(chunks(first)) == 1
    assert time.monotonic() - began > 0.3


def test_the_head_is_as_recorded_but_for_what_belongs_to_the_connection() -> None:
    fields = [
        ("Content-Type", "text/event-stream"), ("X-Twice", "1"), ("X-Twice", "2"), ("Connection", "keep-alive"),
        ("Keep-Alive", "timeout=5"), ("Transfer-Encoding", "chunked"), ("Content-Encoding", "gzip"),
    ]  # fmt: skip
    recording = stream(status=207, reason="Partly Fine", headers=Headers(fields), content_encoding="gzip")
    with ReplayServer([recording], speed=0) as server:
        head = talk(server, asking()).partition(b"\r\n\r\n")[0]
    assert head.split(b"\r\n") == [
        b"HTTP/1.1 207 Partly Fine", b"Content-Type: text/event-stream", b"X-Twice: 1", b"X-Twice: 2",
        b"transfer-encoding: chunked",
    ]  # fmt: skip


def test_a_coding_that_was_not_undone_is_still_announced() -> None:
    headers = Headers([("content-encoding", "rot13")])
    assert b"content-encoding: rot13" in plan(stream(headers=headers)).head(Framing.CHUNKED, True)


def test_a_header_field_cannot_smuggle_another_line() -> None:
    recording = stream(headers=Headers([("x-evil", "a\r\nSet-Cookie: b\0c")]), reason="O\r\nK")
    head = plan(recording).head(Framing.CHUNKED, True).split(b"\r\n")
    assert head[:2] == [b"HTTP/1.1 200 O K", b"x-evil: a Set-Cookie: b c"]


def test_a_body_with_a_length_keeps_it_and_leaves_the_connection_open() -> None:
    error = Recording(
        Request(uri=f"http://x{PATH}"), 429, "Too Many Requests",
        Headers([("content-type", "application/json"), ("content-length", "999")]), b'{"error": {}}',
        missing=frozenset({Evidence.TIMING, Evidence.READS}),
    )  # fmt: skip
    with ReplayServer([error]) as server, httpx.Client(trust_env=False) as client:
        for _ in range(2):
            answer = client.post(server.url + PATH, json={})
            assert (answer.status_code, answer.headers["content-length"]) == (429, "13")
            assert answer.json() == {"error": {}}
        assert len(server.connections) == 1


@pytest.mark.parametrize("status", [204, 304])
def test_a_response_without_a_body_has_none(status: int) -> None:
    with ReplayServer([stream(status=status)], speed=0) as server, httpx.Client(trust_env=False) as client:
        assert client.post(server.url + PATH, json={}).content == b""
        assert client.post(server.url + PATH, json={}).status_code == status


def test_a_client_of_http_1_0_gets_the_bare_body_and_a_close(server: ReplayServer) -> None:
    head, _, body = talk(server, asking(version="1.0")).partition(b"\r\n\r\n")
    assert body.decode() == BODY
    assert b"connection: close" in head
    assert b"chunked" not in head


def test_a_body_beyond_the_socket_buffers_arrives_whole() -> None:
    body = b"data: " + b"x" * 9_000_000 + b"\n\n"
    recording = stream(body=body, reads=(*[Read(1.0, 90_000)] * 100, Read(1.0, 8)))
    with ReplayServer([recording]) as server, socket.create_connection((server.host, server.port), 20) as sock:
        sock.sendall(asking())
        time.sleep(0.2)  # the server must wait for us, not fill its memory
        assert b"".join(chunks(until_closed(sock))) == body


# How it ends


def test_a_truncated_recording_ends_without_the_last_chunk() -> None:
    with ReplayServer([stream(end=End(EndKind.TRUNCATED, 100.0))], speed=0) as server:
        answer = talk(server, asking())
    assert b"".join(chunks(answer)).decode() == BODY
    assert not answer.endswith(b"0\r\n\r\n")


def test_a_truncated_recording_with_a_length_promises_more_than_it_sends() -> None:
    headers = Headers([("content-type", "application/json"), ("content-length", "5000")])
    with ReplayServer([stream(headers=headers, end=End(EndKind.TRUNCATED))], speed=0) as server:
        head, _, body = talk(server, asking()).partition(b"\r\n\r\n")
    assert b"content-length: 5000" in head
    assert body.decode() == BODY


def test_a_reset_recording_ends_with_a_reset_behind_all_its_bytes() -> None:
    recording = stream(end=End(EndKind.RESET, 300.0))
    with ReplayServer([recording]) as server, socket.create_connection((server.host, server.port), 5) as sock:
        sock.sendall(asking())
        got = b""
        with pytest.raises(ConnectionResetError):
            while True:
                got += sock.recv(65536)
    assert b"".join(chunks(got)).decode() == BODY


def test_a_recording_that_timed_out_stays_silent_until_the_client_goes() -> None:
    with ReplayServer([stream(end=End(EndKind.TIMEOUT, 100.0))], speed=0) as server:
        with socket.create_connection((server.host, server.port), 0.4) as sock:
            sock.sendall(asking())
            got = b""
            with pytest.raises(TimeoutError):
                while True:
                    got += sock.recv(65536)
            assert b"".join(chunks(got)).decode() == BODY
        wait_for(lambda: server.served[0].outcome == "client-gone")


def test_what_we_cut_off_ourselves_ends_as_broken_off() -> None:
    ours = End(EndKind.EOF, 100.0, by="recorder")
    assert plan(stream(end=ours)).finish is Finish.BREAK
    assert plan(stream(end=End(EndKind.CANCELLED, 100.0, by="client"))).finish is Finish.BREAK
    assert plan(stream()).finish is Finish.DONE


# Recordings without timing


def test_without_timing_every_event_is_one_piece_without_delay() -> None:
    body = ": hi\n\n" + BODY
    made = plan(Example(body, path=PATH).recording(), gap=0)
    assert [piece.data.decode() for piece in made.pieces] == [f"{block}\n\n" for block in body.split("\n\n")[:-1]]
    assert {piece.at for piece in made.pieces} == {0.0}


def test_without_timing_a_gap_paces_the_events() -> None:
    made = plan(Example(BODY.replace("\n", "\r\n"), path=PATH).recording(), gap=20)
    assert [round(piece.at, 6) for piece in made.pieces] == [0.0, 0.02, 0.04, 0.06, 0.08, 0.1]
    assert made.end_at == made.pieces[-1].at


def test_pieces_always_add_up_to_the_body() -> None:
    chance = random.Random(7)
    for _ in range(200):
        body = "".join(
            chance.choice(["data: x", "\n", "\r\n", "\r", "\n\n", ":c", "é"]) for _ in range(chance.randrange(30))
        )
        recording = Example(body, path=PATH).recording()
        assert b"".join(piece.data for piece in plan(recording).pieces) == recording.body


def test_where_the_headers_are_not_recorded_the_likely_type_is_said() -> None:
    bare = {"headers": Headers(), "missing": frozenset({Evidence.HEADERS})}
    assert b"content-type: text/event-stream" in plan(stream(**bare)).head(Framing.CHUNKED, True)
    assert b"application/json" in plan(stream(body=b'{"a": 1}', **bare)).head(Framing.CHUNKED, True)


# Which recording


def exchange(body: object, scenario: str | None = None, path: str = PATH, method: str = "POST") -> Recording:
    request = Request(method, f"https://api.example.com{path}", Headers(), json.dumps(body).encode())
    return Recording(request, metadata={"scenario": scenario} if scenario else {})


def chat(model: str, prompt: str, **more: object) -> dict[str, object]:
    return {
        "model": model,
        "messages": [{"role": "system", "content": "s"}, {"role": "user", "content": prompt}],
        **more,
    }


def asked(body: object, path: str = PATH, method: str = "POST", **headers: str) -> Request:
    fields = Headers((name.replace("_", "-"), value) for name, value in headers.items())
    return Request(method, f"http://127.0.0.1:1{path}", fields, json.dumps(body).encode())


SHELF = [
    exchange(chat("a", "one"), "first"),
    exchange(chat("a", "two"), "second"),
    exchange(chat("b", "one")),
    exchange(chat("b", "one", n=2)),
    exchange({"model": "c"}, path="/v1/embeddings"),
]


@pytest.mark.parametrize(
    ("request_", "wanted"),
    [
        (asked(chat("a", "two")), 1),
        (asked(chat("b", "one", n=2)), 3),
        (asked({"n": 2, **chat("b", "one")}), 3),
        (asked(chat("a", "two", temperature=0)), 1),
        (asked(chat("a", "?"), x_conformance_scenario="second"), 1),
        (asked(chat("zzz", "?"), x_conformance_scenario="first"), 0),
        (asked({}, "/v1/embeddings"), 4),
        (asked({}, "/proxy/openai/v1/embeddings"), 4),
        (asked({}, "/embeddings"), 4),
    ],
)
def test_the_first_question_that_tells_recordings_apart_decides(request_: Request, wanted: int) -> None:
    assert Shelf(SHELF).find(request_) == wanted


@pytest.mark.parametrize(
    ("request_", "field"),
    [
        (asked({}, "/v1/elsewhere"), "path"),
        (asked({}, method="GET"), "method"),
        (asked(chat("zzz", "one")), "model"),
        (asked({}, x_conformance_scenario="third"), "x-conformance-scenario header"),
    ],
)
def test_where_nothing_matches_the_field_that_differs_is_named(request_: Request, field: str) -> None:
    miss = Shelf(SHELF).find(request_)
    assert isinstance(miss, Miss)
    assert miss.field == field
    assert miss.recorded


def test_recordings_that_nothing_tells_apart_take_turns() -> None:
    shelf = Shelf([exchange(chat("a", "x")), exchange(chat("a", "x"))])
    assert [shelf.find(asked(chat("a", "x"))) for _ in range(5)] == [0, 1, 0, 1, 0]


def test_one_recording_alone_answers_whatever_is_asked_of_its_path() -> None:
    assert Shelf(SHELF[:1]).find(asked(chat("other", "other"))) == 0


def test_a_recording_without_a_request_answers_what_no_other_does() -> None:
    shelf = Shelf([replace(exchange({}, path="/"), missing=frozenset({Evidence.REQUEST})), *SHELF])
    assert shelf.find(asked({}, "/v1/responses")) == 0
    assert shelf.find(asked(chat("a", "two"))) == 2


@pytest.mark.parametrize(
    ("body", "prompt"),
    [
        (chat("m", "hi"), "hi"),
        (
            {"messages": [{"role": "user", "content": [{"type": "text", "text": "a"}, {"type": "text", "text": "b"}]}]},
            "ab",
        ),
        ({"contents": [{"parts": [{"text": "g"}]}]}, "g"),
        ({"input": "r"}, "r"),
        ({"input": [{"role": "user", "content": [{"type": "input_text", "text": "r"}]}]}, "r"),
        ({"prompt": "p"}, "p"),
        ({"messages": "no list"}, ""),
        ({"messages": [3, {"role": "assistant", "content": "x"}]}, ""),
        ({"messages": [{"role": "user", "content": {"odd": 1}}]}, ""),
        ([], ""),
    ],
)
def test_the_last_prompt_is_found_in_every_known_shape(body: object, prompt: str) -> None:
    assert last_prompt(asked(body)) == prompt


def test_a_model_is_found_in_the_body_or_in_the_path() -> None:
    assert model_of(asked({"model": "m"})) == "m"
    assert model_of(asked({}, "/v1beta/models/gemini-x:streamGenerateContent")) == "gemini-x"
    assert model_of(asked({"model": 3})) == ""
    assert tail("/api/v1/chat/completions") == tail("/v1/chat/completions") == tail("/chat/completions")


# HTTP


def test_the_models_of_all_recordings_are_listed() -> None:
    with ReplayServer(SHELF) as server:
        listed = httpx.get(f"{server.url}/v1/models", trust_env=False).json()
    assert [model["id"] for model in listed["data"]] == ["a", "b", "c"]


def test_a_miss_is_a_404_that_names_the_field(server: ReplayServer) -> None:
    answer = httpx.post(f"{server.url}/v1/other", json={}, trust_env=False)
    error = answer.json()["error"]
    assert (answer.status_code, error["param"], error["code"]) == (404, "path", "no_recording")
    assert PATH in error["message"]


def test_one_connection_serves_many_requests_also_when_they_come_at_once(server: ReplayServer) -> None:
    with socket.create_connection((server.host, server.port), 5) as sock:
        sock.sendall(asking() + asking("/nowhere") + asking(PATH, None, "Connection: close"))
        got = b""
        while data := sock.recv(65536):
            got += data
    assert re.findall(rb"HTTP/1.1 (\d+)", got) == [b"200", b"404", b"200"]
    assert got.count(b"[DONE]") == 2


def test_a_request_is_understood_however_it_is_cut(server: ReplayServer) -> None:
    whole = asking(PATH, {"a": "b"}, "Connection: close")
    with socket.create_connection((server.host, server.port), 5) as sock:
        for start in range(0, len(whole), 3):
            sock.sendall(whole[start : start + 3])
        assert b"".join(chunks(until_closed(sock))).decode() == BODY
    assert server.served[-1].request.json == {"a": "b"}


def test_a_chunked_request_and_one_that_expects_continue_are_understood(server: ReplayServer) -> None:
    with socket.create_connection((server.host, server.port), 5) as sock:
        sock.sendall(
            f"POST {PATH} HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nTransfer-Encoding: chunked\r\n\r\n".encode()
        )
        assert sock.recv(100) == b"HTTP/1.1 100 Continue\r\n\r\n"
        sock.sendall(b'7\r\n{"a":1}\r\n0\r\n\r\n')
        assert b"".join(chunks(until_closed(sock))).decode() == BODY
    assert server.served[-1].request.json == {"a": 1}


def test_an_offer_to_upgrade_is_passed_over(server: ReplayServer) -> None:
    """Java's HttpClient offers `h2c` with every request, and llhttp would stop reading there."""
    lines = ("Connection: Upgrade, HTTP2-Settings", "Upgrade: h2c", "HTTP2-Settings: AAEA")
    assert b"".join(chunks(talk(server, asking(PATH, {"a": 2}, *lines)))).decode() == BODY
    assert server.served[-1].request.json == {"a": 2}


MALFORMED = [
    b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
    b"nonsense\r\n\r\n",
    b"GET / HTTP/9.9\r\n\r\n",
    b"POST / HTTP/1.1\r\nContent-Length: -3\r\n\r\n",
    b"POST / HTTP/1.1\r\nContent-Length: 99999999999999999999999\r\n\r\n",
    b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
    b"GET /a b HTTP/1.1\r\n\r\n",
    b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    b"GET / HTTP/1.1\r\nX: " + b"y" * 80_000 + b"\r\n\r\n",
    b"CONNECT example.com:443 HTTP/1.1\r\nHost: example.com\r\n\r\n",
]


@pytest.mark.parametrize("sent", MALFORMED, ids=range(len(MALFORMED)))
def test_a_malformed_request_is_refused_and_the_server_lives(server: ReplayServer, sent: bytes) -> None:
    with socket.create_connection((server.host, server.port), 5) as sock:
        sock.sendall(sent)
        answer = b""
        try:
            while data := sock.recv(65536):
                answer += data
        except ConnectionResetError:  # it may close before it has read all
            pass
    assert re.match(rb"HTTP/1.1 4\d\d |\Z", answer)
    assert b"".join(chunks(talk(server, asking()))).decode() == BODY


def test_garbage_never_takes_the_server_down(server: ReplayServer) -> None:
    chance = random.Random(11)
    for _ in range(60):
        garbage = bytes(chance.choices(b"GET POST/ HTP1.\r\n:\x00\xff\x80{}0aA", k=chance.randrange(1, 300)))
        with socket.create_connection((server.host, server.port), 5) as sock:
            sock.sendall(chance.choice([b"", asking()[:60]]) + garbage)
    assert b"".join(chunks(talk(server, asking()))).decode() == BODY


# Clients that go, servers that stop


def test_a_client_that_goes_is_noticed_and_nothing_more_is_written() -> None:
    recording = stream(reads=(Read(0.0, 30), Read(60_000.0, len(BODY) - 30)), end=End(at=60_000.0))
    with ReplayServer([recording]) as server:
        with socket.create_connection((server.host, server.port), 5) as sock:
            sock.sendall(asking())
            sock.recv(1000)
        wait_for(lambda: server.served[0].outcome == "client-gone")
        assert server.served[0].pieces == 1
        wait_for(lambda: not server.connections)


def test_stopping_ends_what_is_under_way_at_once() -> None:
    recording = stream(end=End(EndKind.TIMEOUT))
    with ReplayServer([recording]) as server:
        sock = socket.create_connection((server.host, server.port), 5)
        sock.sendall(asking())
        sock.recv(1000)
        began = time.monotonic()
    with sock:
        assert time.monotonic() - began < 2
    assert server.served[0].outcome == "stopped"
    with pytest.raises(OSError):
        socket.create_connection((server.host, server.port), 1)


def test_a_taken_port_is_an_error_with_a_next_step() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(TargetError, match=rf"127\.0\.0\.1:{port}: cannot be listened on.*--port"):
            ReplayServer([stream()], port=port).__enter__()


def test_many_streams_at_once_each_get_their_own_bytes_in_order() -> None:
    recordings = [
        Example("".join(f"data: {number} {turn}\n\n" for turn in range(20)), path=f"/v1/s{number}", headers=CHUNKED)
        .paced(gap=3)
        .recording()
        for number in range(10)
    ]
    with ReplayServer(recordings) as server:
        socks = [socket.create_connection((server.host, server.port), 20) for _ in range(100)]
        for number, sock in enumerate(socks):
            sock.sendall(asking(f"/v1/s{number % 10}"))
        for number, sock in enumerate(socks):
            with sock:
                assert b"".join(chunks(until_closed(sock))) == recordings[number % 10].body
        wait_for(lambda: [served.outcome for served in server.served] == ["played"] * 100)
