"""Laws of the cuts on the wire: the same bytes, in writes that end where they were asked to."""

from __future__ import annotations

import socket
from dataclasses import replace
from itertools import pairwise

import pytest

from conformance.core.cuts import CUTS
from conformance.core.example import Example
from conformance.core.recording import End, EndKind, Evidence, Headers, Read, Recording
from conformance.edge.replay import ReplayServer
from conformance.edge.replay_plan import Finish, Framing, Plan, plan
from conformance.errors import UsageError
from tests.edge.replaying import BODY, CHUNKED, PATH, STREAM, asking, chunks, stream, talk, wait_for

UMLAUT = "data: Grüße\r\n\r\ndata: 日本\r\n\r\n"
TIMED = replace(
    Example(UMLAUT, path=PATH, headers=CHUNKED).recording(),
    reads=(Read(5.0, 10), Read(9.0, len(UMLAUT.encode()) - 10)), end=End(at=10.0), missing=frozenset(),
)  # fmt: skip
WANTED = {
    "event": [17, 16],
    "line": [15, 2, 14, 2],
    "byte": [1] * 33,
    "whole": [33],
    "split": [5, 5, 11, 12],
}


def sizes(made: Plan) -> list[int]:
    return [len(piece.data) for piece in made.pieces]


@pytest.mark.parametrize("how", [*CUTS, "random:5"])
@pytest.mark.parametrize("timed", [True, False])
def test_the_wire_is_cut_as_asked(how: str, timed: bool) -> None:
    recording = TIMED if timed else replace(TIMED, reads=(), missing=frozenset({Evidence.TIMING, Evidence.READS}))
    with ReplayServer([recording], speed=0, cuts=how) as server:
        found = [len(chunk) for chunk in chunks(talk(server, asking()))]
    assert sum(found) == len(UMLAUT.encode())
    assert found == sizes(plan(recording, 0, cuts=how))


def test_each_way_of_cutting_a_timed_stream() -> None:
    found = {how: sizes(plan(TIMED, cuts=how)) for how in CUTS}
    assert {how: found[how] for how in WANTED} == WANTED
    body = TIMED.body
    edges = {how: {sum(found[how][:n]) for n in range(1, len(found[how]))} for how in ("mid-utf8", "mid-crlf")}
    assert edges["mid-utf8"] == {10, *(n for n, byte in enumerate(body) if 0x80 <= byte < 0xC0)}
    assert edges["mid-crlf"] == {10, *(n for n in range(1, len(body)) if body[n - 1 : n + 1] == b"\r\n")}


def test_a_byte_comes_when_it_came_or_later() -> None:
    assert [piece.at for piece in plan(TIMED, cuts="event").pieces] == [0.009, 0.009]
    assert {piece.at for piece in plan(TIMED, speed=2, cuts="byte").pieces} == {0.0025, 0.0045}


def test_an_unknown_cut_is_named_with_the_known_ones() -> None:
    with pytest.raises(UsageError, match=r"--cuts: no way of cutting: 'diagonal'; known: whole, split"):
        ReplayServer([STREAM.recording()], cuts="diagonal")


# Writes


def test_each_recorded_read_is_a_write_of_its_own_also_when_several_are_due() -> None:
    recording = replace(TIMED, reads=(Read(5.0, 10), Read(5.0, 10), Read(5.0, 13)), headers_at=5.0, end=End(at=5.0))
    script = plan(recording).script(Framing.CHUNKED, True)
    assert [write[-2:] for write in script.writes] == [b"\r\n"] * 3
    assert script.pieces == [0, 1, 2, 3]
    assert script.writes[0].startswith(b"HTTP/1.1 200")
    assert script.writes[2].endswith(b"0\r\n\r\n")


def test_at_full_speed_reads_share_writes_unless_cuts_are_asked_for() -> None:
    reads = tuple(Read(float(number), 1000) for number in range(200))
    recording = stream(body=b"x" * 200_000, reads=reads, end=End(at=300.0))
    shared = plan(recording, 0).script(Framing.CHUNKED, True)
    assert len(shared.writes) == 4
    assert all(65_536 <= len(write) < 68_000 for write in shared.writes[:3])
    assert shared.pieces[-1] == 200
    assert len(plan(recording, 0, cuts="random:1").script(Framing.CHUNKED, True).writes) > 100
    assert len(plan(recording, 1).script(Framing.CHUNKED, True).writes) == 201  # the end comes later


@pytest.mark.parametrize("speed", [0.0, 1.0])
@pytest.mark.parametrize("framing", Framing)
@pytest.mark.parametrize("kind", EndKind)
def test_a_script_holds_the_head_the_body_and_the_end_in_order(speed: float, framing: Framing, kind: EndKind) -> None:
    made = plan(stream(end=End(kind, 100.0)), speed)
    script = made.script(framing, True)
    head, _, rest = b"".join(script.writes).partition(b"\r\n\r\n")
    bodies = {
        Framing.NONE: b"",
        Framing.CHUNKED: b"".join(piece.chunk for piece in made.pieces)
        + (b"0\r\n\r\n" if made.finish is Finish.DONE else b""),
    }
    assert head + b"\r\n\r\n" == made.head(framing, True)
    assert rest == bodies.get(framing, BODY.encode())
    assert all(one <= two for one, two in pairwise(script.times))
    assert len(script.times) == len(script.writes) == len(script.pieces) - 1
    assert script.pieces[-1] == (0 if framing is Framing.NONE else len(made.pieces))
    assert made.script(framing, True) is script


def test_a_server_sets_nodelay() -> None:
    found: list[int] = []
    with (
        ReplayServer([stream(end=End(EndKind.TIMEOUT))], speed=0) as server,
        socket.create_connection((server.host, server.port), 5) as sock,
    ):
        sock.sendall(asking())
        sock.recv(100)

        def look() -> None:
            accepted = next(iter(server.connections))._transport.get_extra_info("socket")
            found.append(accepted.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY))

        server.loop.call_soon_threadsafe(look)
        wait_for(lambda: found)
    assert found[0] != 0


# Framing


@pytest.mark.parametrize(
    ("fields", "version", "kind", "framing"),
    [
        ([("transfer-encoding", "chunked")], "HTTP/1.1", EndKind.EOF, Framing.CHUNKED),
        ([("content-length", "5")], "HTTP/1.1", EndKind.EOF, Framing.LENGTH),
        ([], "HTTP/1.1", EndKind.EOF, Framing.CLOSE),
        ([], "HTTP/1.0", EndKind.RESET, Framing.CLOSE),
        ([], "HTTP/1.1", EndKind.TRUNCATED, Framing.CHUNKED),
        ([], "HTTP/2", EndKind.EOF, Framing.CHUNKED),
        ([], None, EndKind.EOF, Framing.CHUNKED),
    ],
)
def test_the_body_is_framed_as_it_was(
    fields: list[tuple[str, str]], version: str | None, kind: EndKind, framing: Framing
) -> None:
    recording: Recording = stream(headers=Headers(fields), http_version=version, end=End(kind, 100.0))
    assert plan(recording).framing("1.1", "POST") is framing


def test_a_body_that_ended_with_the_connection_does_so_again() -> None:
    with ReplayServer([stream(headers=Headers([("content-type", "text/event-stream")]))], speed=0) as server:
        head, _, body = talk(server, asking()).partition(b"\r\n\r\n")
    assert b"connection: close" in head
    assert b"transfer-encoding" not in head
    assert body.decode() == BODY
