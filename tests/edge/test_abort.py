"""Laws of leaving: at the stage that was asked for, in the way that was asked for, and told as it was seen."""

from __future__ import annotations

import contextlib
import socket
import struct
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import h2.connection
import h2.events
import h2.exceptions
import pytest

from conformance.core.recording import EndKind, Evidence, Recording
from conformance.edge.abort import UNANSWERED, Left, Stage, abort
from conformance.edge.abort_line import How
from conformance.edge.cassette import save
from conformance.edge.load import load
from conformance.edge.recorder import Options
from conformance.errors import TargetError

from .leaving import HEAD, asking, chunk, event
from .loopback import Peer, certificate, refused_url, serving

FINISH = b'data: {"choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]}\n\n'
USAGE = b'data: {"choices": [], "usage": {"total_tokens": 3}}\n\n'
DONE = b"data: [DONE]\n\n"
REASONING = b'data: {"choices": [{"index": 0, "delta": {"reasoning_content": "hm"}}]}\n\n'
AFTER_FINISH = Stage("after-finish", seen='"finish_reason":\\s*"', unless='"usage":\\s*\\{', late="usage came, too")
QUICK = Options(timeout=5, idle=5)


class Seen:
    """How a server saw its client leave."""

    def __init__(self) -> None:
        self.end: str | None = None
        self.at = 0.0
        self.gone = threading.Event()

    def watch(self, peer: Peer, seconds: float = 5.0) -> None:
        peer.sock.settimeout(seconds)
        try:
            self.end = "fin" if peer.sock.recv(10) == b"" else "bytes"
        except TimeoutError:
            self.end = "nothing"
        except OSError:
            self.end = "rst"
        self.at = time.monotonic()
        self.gone.set()


def left_from(
    script: Callable[[Peer, Seen], None], stage: Stage, how: How = How.CLOSE, **more: Any
) -> tuple[Left, Seen]:
    """What the client tells and what the server saw."""
    seen = Seen()
    with serving(lambda peer: script(peer, seen)) as url:
        left = abort(
            asking(url), stage, how, options=more.pop("options", QUICK), listen=more.pop("listen", 0.2), **more
        )
        if left.left is not None:
            seen.gone.wait(5)
    return left, seen


def streaming(*pieces: bytes, gap: float = 0.02, end: bool = False) -> Callable[[Peer, Seen], None]:
    """Sends events with a gap, and then waits to be left; `end`: ends the body before."""

    def script(peer: Peer, seen: Seen) -> None:
        with contextlib.suppress(OSError):
            peer.sock.sendall(HEAD)
            for piece in pieces:
                time.sleep(gap)
                peer.sock.sendall(chunk(piece))
            if end:
                peer.end()
        seen.watch(peer)

    return script


# Where


def test_before_the_head_there_is_no_answer_and_nothing_is_invented() -> None:
    left, seen = left_from(lambda peer, seen: seen.watch(peer), Stage("before-head", before_head=True, delay=0.02))
    recording = left.recording
    assert (recording.status, recording.body, len(recording.headers)) == (UNANSWERED, b"", 0)
    assert {Evidence.HEADERS, Evidence.FRAMING} <= recording.missing
    assert (recording.end.kind, recording.end.by, left.missed, seen.end) == (EndKind.CANCELLED, "client", None, "fin")
    assert recording.end.at is not None and recording.end.at >= 20


def test_after_the_head_no_event_has_come() -> None:
    left, _ = left_from(lambda peer, seen: (peer.send(HEAD), seen.watch(peer))[0], Stage("after-head", events=0))
    assert (left.recording.status, left.recording.body, left.events) == (200, b"", 0)
    assert left.recording.end.observed["stage"] == "after-head"


def test_after_k_events_the_body_holds_them_and_their_reads() -> None:
    left, seen = left_from(streaming(*map(event, range(8))), Stage("after-events", events=3))
    assert left.recording.body == b"".join(map(event, range(left.events)))
    assert 3 <= left.events < 8
    assert sum(read.size for read in left.recording.reads) == len(left.recording.body)
    assert left.left is not None
    assert 0 <= seen.at - left.left / 1e9 < 2


def test_a_stage_that_is_seen_is_left_at_once_and_what_rules_it_out_makes_it_missed() -> None:
    left, _ = left_from(streaming(event(0), FINISH, gap=0.03), AFTER_FINISH)
    assert left.missed is None and left.recording.body.endswith(FINISH)
    left, _ = left_from(streaming(event(0), FINISH + USAGE), AFTER_FINISH)
    assert (left.missed, left.left) == ("usage came, too", None)
    assert left.recording.end.observed["missed"] == "usage came, too"


def test_a_stage_that_never_comes_is_missed_with_its_reason_and_the_end_that_was() -> None:
    stage = Stage("in-reasoning", seen="reasoning_content", lacking="no reasoning came")
    left, _ = left_from(streaming(event(0), DONE, end=True), stage)
    assert (left.missed, left.recording.end.kind) == ("no reasoning came", EndKind.EOF)
    assert left.recording.end.detail == "no reasoning came"
    left, _ = left_from(streaming(event(0), REASONING), stage)
    assert left.missed is None


def test_after_the_terminal_event_an_ended_body_is_left_all_the_same() -> None:
    left, _ = left_from(streaming(event(0), DONE, end=True), Stage("after-terminal", seen="^\\[DONE\\]"))
    assert (left.missed, left.recording.end.kind) == (None, EndKind.CANCELLED)


def test_with_a_delay_it_is_left_in_the_silence_behind_the_stage() -> None:
    left, _ = left_from(streaming(event(0), gap=0.0), Stage("after-events", events=1, delay=0.15))
    assert left.recording.end.at is not None
    assert left.recording.end.at >= left.recording.reads[-1].at + 140


def test_who_is_not_ready_holds_the_client_at_its_stage_for_a_while() -> None:
    ready = iter([False] * 5 + [True] * 100)
    left, _ = left_from(streaming(*map(event, range(40))), Stage("after-events", events=1), ready=lambda: next(ready))
    assert left.missed is None
    assert next(ready) is True


# How


@pytest.mark.parametrize(("how", "end"), [(How.CLOSE, "fin"), (How.HALF_CLOSE, "fin"), (How.RESET, "rst")])
def test_the_server_sees_the_way_that_was_asked_for(how: How, end: str) -> None:
    left, seen = left_from(streaming(event(0)), Stage("after-events", events=1), how)
    assert (left.missed, seen.end, left.recording.end.observed["how"]) == (None, end, how.value)


def test_after_a_half_close_what_still_comes_is_counted_and_not_in_the_body() -> None:
    def goes_on(peer: Peer, seen: Seen) -> None:
        peer.send(HEAD, chunk(event(0)))
        seen.watch(peer)
        for piece in (event(1), USAGE, DONE):
            peer.sock.sendall(chunk(piece))
        peer.end()

    stage = Stage("after-events", events=1)
    left, _ = left_from(goes_on, stage, How.HALF_CLOSE, listen=2.0, watch={"terminal": "^\\[DONE\\]", "tool": "tool"})
    told = left.recording.end.observed
    assert left.recording.body == event(0)
    assert (told["after_bytes"], told["after_events"], told["after_end"]) == (len(event(1) + USAGE + DONE), 3, "eof")
    assert told["after_seen"] == ["terminal"]


def test_a_server_that_goes_on_for_ever_after_a_half_close_is_listened_to_for_a_bounded_time() -> None:
    begun, stage = time.monotonic(), Stage("after-events", events=1)
    left, _ = left_from(streaming(*map(event, range(60))), stage, How.HALF_CLOSE, listen=0.2)
    assert left.recording.end.observed["after_end"] == "open"
    assert time.monotonic() - begun < 5


def test_over_tls_a_half_close_is_one_and_the_answer_is_still_read(tmp_path: Path) -> None:
    pem = certificate(tmp_path)

    def script(peer: Peer) -> None:
        peer.send(HEAD, chunk(event(0)))
        peer.sock.settimeout(3)
        time.sleep(0.1)
        peer.sock.sendall(chunk(event(1)))
        peer.end()

    with serving(script, pem) as url:
        options = replace(QUICK, ca_file=str(pem))
        left = abort(asking(url), Stage("after-events", events=1), How.HALF_CLOSE, options=options)
    assert left.recording.end.observed["after_bytes"] == len(event(1))


# What goes wrong


def test_nobody_there_and_no_answer_are_errors_with_the_next_step() -> None:
    with pytest.raises(TargetError, match="nothing listens"):
        abort(asking(refused_url()), Stage("x", events=1), options=QUICK)
    with serving(lambda peer: None) as url, pytest.raises(TargetError, match="without an answer"):
        abort(asking(url), Stage("x", events=1), options=QUICK)


def test_a_broken_answer_is_recorded_with_its_end() -> None:
    def broken(peer: Peer, seen: Seen) -> None:
        peer.send(HEAD, chunk(event(0)))
        time.sleep(0.05)
        peer.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        peer.sock.close()

    left, _ = left_from(broken, Stage("after-events", events=9))
    assert (left.missed is not None, left.recording.end.kind) == (True, EndKind.RESET)
    left, _ = left_from(lambda peer, seen: peer.send(HEAD, chunk(event(0))), Stage("after-events", events=9))
    assert left.recording.end.kind is EndKind.TRUNCATED


def test_a_refusal_has_no_stages() -> None:
    head = b"HTTP/1.1 429 Too Many\r\ncontent-length: 2\r\nconnection: close\r\n\r\n"

    def refusing(peer: Peer, seen: Seen) -> None:
        peer.send(head)
        time.sleep(0.05)
        peer.send(b"{}")

    left, _ = left_from(refusing, Stage("after-head", events=0, lacking="no event followed the head"))
    assert (left.missed, left.recording.status) == ("it was refused with status 429", 429)
    assert left.recording.end.kind is EndKind.EOF


def test_every_wait_is_bounded() -> None:
    left, _ = left_from(streaming(event(0)), Stage("x", events=9), options=Options(timeout=5, idle=0.2))
    assert left.recording.end.kind is EndKind.TIMEOUT
    left, _ = left_from(
        streaming(*map(event, range(200))), Stage("x", events=999), options=replace(QUICK, max_bytes=500)
    )
    assert left.recording.end.kind is EndKind.CANCELLED
    assert 500 <= len(left.recording.body) < 5_000


def test_a_leaving_survives_its_cassette(tmp_path: Path) -> None:
    left, _ = left_from(streaming(event(0), event(1)), Stage("after-events", events=1), How.RESET)
    save(tmp_path / "a.yaml", [left.recording])
    again: Recording = load(tmp_path / "a.yaml")[0]
    assert (again.body, again.end.observed) == (left.recording.body, left.recording.end.observed)
    unanswered, _ = left_from(lambda peer, seen: seen.watch(peer), Stage("before-head", before_head=True, delay=0.01))
    save(tmp_path / "b.json", [unanswered.recording])
    assert load(tmp_path / "b.json")[0].status == UNANSWERED


# HTTP/2


class Server2:
    """An HTTP/2 server by frames: sends events until its stream is reset, and then as it is told."""

    def __init__(self, deaf: bool = False, farewell: str | None = None) -> None:
        self.deaf, self.farewell = deaf, farewell
        self.resets: list[int] = []
        self.asked: list[int] = []

    def __call__(self, peer: Peer) -> None:
        connection = h2.connection.H2Connection(h2.config.H2Configuration(client_side=False))
        connection.initiate_connection()
        peer.send(connection.data_to_send())
        peer.sock.settimeout(0.02)
        ends, number = time.monotonic() + 5, 0
        while time.monotonic() < ends:
            try:
                data = peer.sock.recv(65536)
                if not data:
                    return
                if not self._hear(peer, connection, data):
                    return
            except TimeoutError:
                number += 1
            for stream in self.asked:
                if stream not in self.resets or self.deaf:
                    self._send(peer, connection, stream, event(number))

    def _hear(self, peer: Peer, connection: h2.connection.H2Connection, data: bytes) -> bool:
        for found in connection.receive_data(data):
            if isinstance(found, h2.events.StreamEnded):
                self.asked.append(found.stream_id)
                connection.send_headers(found.stream_id, [(":status", "200"), ("content-type", "text/event-stream")])
            elif isinstance(found, h2.events.StreamReset):
                self.resets.append(found.stream_id)
                if self.farewell == "close":
                    return False
                if self.farewell == "goaway":
                    connection.close_connection()
        peer.send(connection.data_to_send())
        return True

    @staticmethod
    def _send(peer: Peer, connection: h2.connection.H2Connection, stream: int, data: bytes) -> None:
        try:
            connection.send_data(stream, data)
            peer.send(connection.data_to_send())
        except h2.exceptions.ProtocolError:  # the library will not: the frame is made by hand
            peer.send(len(data).to_bytes(3, "big") + b"\x00\x00" + stream.to_bytes(4, "big") + data)


def reset_on(server: Server2, listen: float = 0.25) -> dict[str, Any]:
    with serving(server, take=False) as url:
        left = abort(
            asking(url), Stage("after-events", events=2), How.RST_STREAM,
            options=Options(timeout=3, idle=1, http2=True), listen=listen, then=asking(url),
        )  # fmt: skip
        assert left.missed is None
        assert left.recording.http_version == "HTTP/2"
        assert left.session is not None
        assert server.asked == [1], "an observer would take another request for this one"
        return {**left.recording.end.observed, **left.session()}


def test_rst_stream_ends_one_stream_and_the_connection_serves_the_next() -> None:
    server = Server2()
    told = reset_on(server)
    assert (server.resets[0], server.asked) == (1, [1, 3])
    assert (told["session_usable"], told["session_status"], told["after_ack_bytes"]) == (True, 200, 0)
    assert told["ack_ms"] >= 0


def test_data_for_a_stream_that_the_server_knows_to_be_reset_is_counted_behind_its_answer_to_the_ping() -> None:
    told = reset_on(Server2(deaf=True))
    assert told["after_ack_bytes"] >= len(event(0))
    assert told["after_bytes"] >= told["after_ack_bytes"]


@pytest.mark.parametrize(("farewell", "orderly"), [("close", False), ("goaway", True)])
def test_a_connection_that_ends_with_its_stream_is_told_and_a_farewell_too(farewell: str, orderly: bool) -> None:
    told = reset_on(Server2(farewell=farewell))
    assert (told["session_usable"], told["session_orderly"]) == (False, orderly)
    assert told["session_error"]


def test_rst_stream_where_the_server_does_not_take_http2_is_missed() -> None:
    with serving(lambda peer: None, take=False) as url:
        left = abort(asking(url), Stage("after-events", events=1), How.RST_STREAM, options=QUICK)
    assert left.missed is not None and "HTTP/2" in left.missed


def test_a_server_that_does_not_speak_http2_is_an_error_that_says_so() -> None:
    def refusing(peer: Peer) -> None:
        peer.sock.recv(65536)
        peer.send(b"HTTP/1.1 400 Bad Request\r\nconnection: close\r\ncontent-length: 0\r\n\r\n")

    with (
        serving(refusing, take=False) as url,
        pytest.raises(TargetError, match=r"not answer in HTTP/2 .*Leave --http2"),
    ):
        abort(asking(url), Stage("x", events=1), options=replace(QUICK, http2=True))
