"""Laws under load and abuse: no byte is lost, nobody disturbs anybody, and nothing is left behind.

Smaller than benchmarks/replay.py --load, which does it with 1,000 clients for 10 seconds.
"""

from __future__ import annotations

import asyncio
import random
import selectors
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import pytest

from conformance.core.recording import End, Read
from conformance.edge.replay import ReplayServer
from tests.edge.replaying import (
    BODY,
    CHUNKED,
    PATH,
    STREAM,
    asking,
    chunks,
    files,
    stream,
    talk,
    until_closed,
    wait_for,
)

CLIENTS = 100
PACED = replace(STREAM, body="".join(f"data: {n} Grüße\n\n" for n in range(50)), headers=CHUNKED).paced(gap=20, first=5)


@contextmanager
def leaving_nothing(*recordings: Any, **options: Any) -> Iterator[ReplayServer]:
    """A server that, when all clients have gone, has no connection, task, file or moment left over."""
    before = files()
    with ReplayServer([*recordings], **options) as server:
        resting = files()
        yield server
        wait_for(lambda: not server.connections)
        tasks: list[int] = []
        server.loop.call_soon_threadsafe(lambda: tasks.append(len(asyncio.all_tasks(server.loop))))
        wait_for(lambda: tasks)
        assert tasks == [1], "one task: the server itself"
        assert all(served.outcome != "playing" for served in server.served)
        wait_for(lambda: files() <= resting)
        assert talk(server, asking()).endswith(b"0\r\n\r\n"), "it still serves"
    assert files() <= before


def test_a_hundred_paced_streams_for_a_second_lose_no_byte() -> None:
    recording = PACED.recording()
    with leaving_nothing(recording) as server:
        began = time.monotonic()
        answers = _at_once(server, CLIENTS)
        assert time.monotonic() - began > recording.reads[-1].at / 1000 * 0.98
        assert all(b"".join(chunks(answer)) == recording.body for answer in answers)
        wait_for(lambda: [one.outcome for one in server.served] == ["played"] * CLIENTS)


def _at_once(server: ReplayServer, clients: int) -> list[bytes]:
    """The answers to so many clients that ask at the same time."""
    selector = selectors.DefaultSelector()
    got = [b""] * clients
    for number in range(clients):
        sock = socket.create_connection((server.host, server.port), 10)
        sock.sendall(asking())
        selector.register(sock, selectors.EVENT_READ, number)
    ends = time.monotonic() + 60
    while selector.get_map() and time.monotonic() < ends:
        for key, _ in selector.select(1.0):
            assert isinstance(key.fileobj, socket.socket)
            data = key.fileobj.recv(65536)
            got[key.data] += data
            if not data or got[key.data].endswith(b"0\r\n\r\n"):
                selector.unregister(key.fileobj)
                key.fileobj.close()
    selector.close()
    return got


def test_clients_that_leave_at_random_leave_nothing_behind() -> None:
    chance = random.Random(5)
    with leaving_nothing(PACED.recording()) as server:
        socks = []
        for _ in range(CLIENTS):
            sock = socket.create_connection((server.host, server.port), 10)
            sock.sendall(asking())
            socks.append(sock)
        staying = socks.pop()
        for sock in chance.sample(socks, len(socks)):
            if chance.random() < 0.5:
                sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")  # a reset
            sock.close()
            time.sleep(chance.random() * 0.005)
        with staying:
            assert b"".join(chunks(until_closed(staying))).decode() == PACED.body
        wait_for(lambda: {one.outcome for one in server.served} == {"client-gone", "played"})
        assert sum(one.outcome == "played" for one in server.served) == 1


def test_clients_that_leave_at_full_speed_are_noticed(caplog: pytest.LogCaptureFixture) -> None:
    body = b"data: " + b"x" * 2_000_000 + b"\n\n"
    recording = stream(body=body, reads=(*[Read(1.0, 20_000)] * 100, Read(1.0, 8)), end=End(at=2.0))
    small = replace(STREAM, path="/v1/small").recording()
    with leaving_nothing(replace(recording, request=replace(recording.request)), small, cuts="random:3") as server:
        for _ in range(5):
            with socket.create_connection((server.host, server.port), 10) as sock:
                sock.sendall(asking())
                sock.recv(1000)
        wait_for(lambda: [one.outcome for one in server.served] == ["client-gone"] * 5)
    assert not caplog.records, "asyncio has nothing to complain about"


HEAD = b"POST " + PATH.encode() + b" HTTP/1.1\r\nHost: x\r\n"
MALFORMED = {
    "bad chunk": HEAD + b"Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\nXYZ\r\n",
    "chunk too long": HEAD + b"Transfer-Encoding: chunked\r\n\r\n" + b"f" * 40 + b"\r\n",
    "huge header": HEAD + b"X: " + b"y" * 200_000 + b"\r\n\r\n",
    "many headers": HEAD + b"X: y\r\n" * 20_000 + b"\r\n",
    "huge target": b"GET /" + b"a" * 100_000 + b" HTTP/1.1\r\n\r\n",
    "two lengths": HEAD + b"Content-Length: 1\r\nContent-Length: 2\r\n\r\nx",
    "length and chunks": HEAD + b"Content-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "wrong version": b"POST / HTTP/3.7\r\n\r\n",
    "TLS": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(200),
    "too large": HEAD + b"Content-Length: 99999999\r\n\r\n" + b"z" * 1_000_000,
    "unknown method": b"BREW /pot HTCPCP/1.0\r\n\r\n",
}


@pytest.mark.parametrize("name", MALFORMED)
def test_what_is_no_request_is_refused_with_words_and_forgotten(name: str) -> None:
    with leaving_nothing(STREAM.recording(), speed=0, patience=0.2) as server:
        for _ in range(3):
            assert _answer(server, MALFORMED[name]).startswith(b"HTTP/1.1 4")
        assert {one.outcome for one in server.served} == {"refused"}


def _answer(server: ReplayServer, sent: bytes) -> bytes:
    """All that comes until the server closes; what it does not read any more it may reset."""
    got = b""
    with socket.create_connection((server.host, server.port), 10) as sock:
        try:
            sock.sendall(sent)
            while data := sock.recv(65536):
                got += data
        except (BrokenPipeError, ConnectionResetError):
            pass
    return got


@pytest.mark.parametrize(
    "sent",
    [HEAD, HEAD + b"Content-Length: 10\r\n\r\nabc", HEAD + b"Transfer-Encoding: chunked\r\n\r\n5\r\nhel", b"PO"],
    ids=["no end of the head", "slow body", "slow chunk", "slow method"],
)
def test_a_request_that_is_never_complete_is_refused_in_time(sent: bytes) -> None:
    with leaving_nothing(STREAM.recording(), speed=0, patience=0.1) as server:
        assert _answer(server, sent).startswith(b"HTTP/1.1 408")


def test_a_slow_request_that_is_complete_in_time_is_answered_and_a_connection_may_rest() -> None:
    serving = leaving_nothing(STREAM.recording(), speed=0, patience=0.5)
    with serving as server, socket.create_connection((server.host, server.port), 10) as sock:
        for _ in range(2):
            for part in (HEAD, b"Content-Length: 2\r\n\r\n", b"{", b"}"):
                sock.sendall(part)
                time.sleep(0.02)
            assert b"".join(chunks(until_closed(sock))).decode() == BODY
            time.sleep(0.6)  # beyond the patience, which is with requests, not with rest
        sock.close()


def test_a_request_that_is_begun_while_an_answer_runs_does_not_end_it() -> None:
    serving = leaving_nothing(PACED.recording(), patience=0.2)
    with serving as server, socket.create_connection((server.host, server.port), 10) as sock:
        sock.sendall(asking() + HEAD)
        assert b"".join(chunks(until_closed(sock))).decode() == PACED.body
        assert sock.recv(65536).startswith(b"HTTP/1.1 408")
        sock.close()


@pytest.mark.parametrize("method", ["GET", "DELETE", "OPTIONS", "HEAD", "PATCH"])
def test_a_wrong_method_and_no_body_are_answered_like_anything_else(method: str) -> None:
    with leaving_nothing(STREAM.recording(), speed=0) as server:
        wrong = f"{method} {PATH} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".encode()
        answer = _answer(server, wrong)
        assert answer.startswith(b"HTTP/1.1 404")
        assert (b'"param":"method"' in answer) == (method != "HEAD")
        bare = HEAD + b"Connection: close\r\n\r\n"
        assert b"".join(chunks(_answer(server, bare))).decode() == BODY


def test_pipelined_requests_are_answered_in_their_order_and_a_flood_of_them_is_refused() -> None:
    with leaving_nothing(STREAM.recording(), stream(end=End(at=60_000.0)), speed=0) as server:
        with socket.create_connection((server.host, server.port), 10) as sock:
            sock.sendall(asking() * 60 + asking(PATH, None, "Connection: close"))
            got = b""
            while data := sock.recv(65536):
                got += data
        assert got.count(b"HTTP/1.1 200") == 61
        assert _answer(server, asking("/nowhere") * 500).startswith(b"HTTP/1.1 4")


def test_what_follows_a_broken_request_is_not_read() -> None:
    serving = leaving_nothing(STREAM.recording(), speed=0)
    with serving as server, socket.create_connection((server.host, server.port), 10) as sock:
        sock.sendall(asking("/nowhere"))
        assert sock.recv(65536).startswith(b"HTTP/1.1 404 Not Found")
        sock.sendall(b"nonsense\r\n\r\n" + asking())
        got = b""
        while data := sock.recv(65536):
            got += data
        sock.close()
    assert got.startswith(b"HTTP/1.1 400 Bad Request")
    assert got.count(b"HTTP/1.1 4") == 1
