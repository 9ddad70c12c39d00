"""Laws of the recorder: every read as it came, however it ends, and never a secret.

Servers here are scripts over bare sockets (`loopback`), because frameworks do not send what must be recorded.
"""

from __future__ import annotations

import gzip
import os
import signal
import socket
import subprocess
import sys
import time
import zlib
from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import h2.connection
import h2.errors
import pytest

from conformance.core.example import Example
from conformance.core.recording import End, EndKind, Headers, Read, Recording, Request
from conformance.core.stream import StreamEvent
from conformance.edge.load import load
from conformance.edge.recorder import Options, Watch, record
from conformance.edge.replay import ReplayServer
from conformance.edge.transport import StoppedError, environment_proxy
from conformance.errors import StorageError, TargetError, UsageError

from .loopback import CHUNKED, HEAD, Peer, certificate, http2, refused_url, serving

KEY = "sk-proj-Aq9wErTy0pLkJh7GfDsA1zXcVbNm"
GAP = 0.05
EVENTS = [f'data: {{"n": {number}}}\n\n'.encode() for number in range(4)]
BODY = b"".join(EVENTS)


def asking(url: str, **headers: str) -> Request:
    fields = {"Content-Type": "application/json", **{name.replace("_", "-"): value for name, value in headers.items()}}
    return Request("POST", f"{url}/v1/chat/completions", Headers(fields.items()), b'{"model": "m", "stream": true}')


def recorded(
    tmp_path: Path,
    script: Callable[[Peer], None],
    *,
    watch: Watch | None = None,
    tls: Path | None = None,
    take: bool = True,
    **options: Any,
) -> Recording:
    """What the recorder makes of a script. Pieces that the script sends with a gap are read one by one."""
    watch = watch or Watch()

    def reads() -> int:
        return watch.wire.reads if watch.wire else 0

    with serving(script, tls, take, reads) as url:
        return record(asking(url), tmp_path / "tape.yaml", {"scenario": "t"}, options=Options(**options), watch=watch)


def paced(peer: Peer) -> None:
    peer.send(CHUNKED, gap=GAP)
    peer.chunks(*EVENTS, gap=GAP)


def paced_to_the_end(peer: Peer) -> None:
    paced(peer)
    peer.end()


# What is kept


def test_every_network_read_is_kept_with_its_bytes_and_a_time_that_grows(tmp_path: Path) -> None:
    tape = recorded(tmp_path, paced_to_the_end)
    assert tape.body == BODY
    assert [read.size for read in tape.reads] == [len(event) for event in EVENTS]
    times = [read.at for read in tape.reads]
    assert tape.headers_at is not None
    assert times == sorted(times)
    assert all(later - earlier > GAP * 900 for earlier, later in zip([tape.headers_at, *times], times, strict=False))
    assert (tape.end.kind, tape.end.by) == (EndKind.EOF, None)
    assert tape.end.at is not None
    assert tape.end.at > times[-1] + GAP * 900
    assert (tape.status, tape.reason, tape.http_version) == (200, "OK", "HTTP/1.1")
    assert tape.missing == frozenset()
    assert tape.metadata["scenario"] == "t"
    assert str(tape.metadata["recorded_with"]).startswith("llm-stream-conformance ")


def test_chunks_that_one_read_brings_are_one_read(tmp_path: Path) -> None:
    """`iter_raw` would give five hundred pieces."""

    def burst(peer: Peer) -> None:
        peer.send(CHUNKED, gap=GAP)
        peer.send(b"".join(b"%x\r\n%b\r\n" % (len(event), event) for event in EVENTS * 125), gap=1.0)
        peer.send(b"1\r\n\n\r\n0\r\n\r\n")

    tape = recorded(tmp_path, burst)
    assert tape.body == BODY * 125 + b"\n"
    assert len(tape.reads) < 10
    assert tape.reads[-1].size == 1


def test_a_head_and_a_body_in_one_read_have_one_time(tmp_path: Path) -> None:
    tape = recorded(tmp_path, lambda peer: peer.send(CHUNKED + b"2\r\nab\r\n0\r\n\r\n"))
    assert tape.reads == (Read(tape.headers_at or -1.0, 2),)
    assert tape.end.at == tape.headers_at


def test_a_chunk_cut_by_the_network_is_two_reads(tmp_path: Path) -> None:
    def cut(peer: Peer) -> None:
        peer.send(CHUNKED, b"6\r\nab", b"cdef\r\n", b"0\r\n\r\n", gap=GAP)

    assert [read.size for read in recorded(tmp_path, cut).reads] == [2, 4]


@pytest.mark.parametrize(
    ("head", "tail", "version"),
    [
        (HEAD + b"content-length: %d\r\n\r\n" % len(BODY), b"", "HTTP/1.1"),
        (HEAD + b"connection: close\r\n\r\n", b"", "HTTP/1.1"),
        (b"HTTP/1.0 200 OK\r\ncontent-type: text/event-stream\r\n\r\n", b"", "HTTP/1.0"),
        (b"HTTP/1.1 103 Early Hints\r\nlink: </a>\r\n\r\n" + HEAD + b"connection: close\r\n\r\n", b"", "HTTP/1.1"),
    ],
    ids=["length", "close", "http-1.0", "early-hints"],
)
def test_every_way_of_framing_is_read(tmp_path: Path, head: bytes, tail: bytes, version: str) -> None:
    def script(peer: Peer) -> None:
        peer.send(head, *EVENTS, gap=GAP)
        peer.send(tail)

    tape = recorded(tmp_path, script)
    assert tape.body == BODY
    assert [read.size for read in tape.reads] == [len(event) for event in EVENTS]
    assert (tape.end.kind, tape.http_version) == (EndKind.EOF, version)


def test_an_error_and_a_redirect_are_recorded_as_they_are(tmp_path: Path) -> None:
    refusal = b'{"error": {"message": "no"}}'
    head = b"HTTP/1.1 429 Too Many Requests\r\nRetry-After: 7\r\nContent-Length: %d\r\n\r\n" % len(refusal)
    tape = recorded(tmp_path, lambda peer: peer.send(head, refusal))
    assert (tape.status, tape.reason, tape.body) == (429, "Too Many Requests", refusal)
    assert tape.headers.get("retry-after") == "7"
    moved = b"HTTP/1.1 307 Temporary Redirect\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n"
    (tmp_path / "tape.yaml").unlink()
    tape = recorded(tmp_path, lambda peer: peer.send(moved))
    assert (tape.status, tape.body, tape.reads) == (307, b"", ())


def test_what_is_shown_while_it_runs_is_what_the_file_holds(tmp_path: Path) -> None:
    heads: list[tuple[int, str | None]] = []
    events: list[StreamEvent] = []
    watch = Watch(
        on_head=lambda status, headers, at: heads.append((status, headers.get("content-type"))), on_event=events.append
    )
    tape = recorded(tmp_path, paced_to_the_end, watch=watch)
    assert heads == [(200, "text/event-stream")]
    assert [(event.index, event.raw) for event in events] == [(n, b'{"n": %d}' % n) for n in range(4)]
    assert [event.at for event in events] == pytest.approx([read.at for read in tape.reads], abs=0.001)


def test_neither_a_slow_disk_nor_a_slow_terminal_delays_a_read(tmp_path: Path) -> None:
    told: list[float] = []
    watch = Watch(on_head=lambda *head: time.sleep(2), on_event=lambda event: told.append(time.monotonic()))
    read: list[float] = []

    def script(peer: Peer) -> None:
        paced(peer)  # goes on only when the client has read
        read.append(time.monotonic())
        peer.end()

    recorded(tmp_path, script, watch=watch)
    assert read[0] < told[0]


def test_the_request_is_kept_as_it_was_sent(tmp_path: Path) -> None:
    seen: list[bytes] = []

    def script(peer: Peer) -> None:
        seen.append(peer.request)
        peer.send(CHUNKED, b"0\r\n\r\n")

    with serving(script) as url:
        tape = record(asking(url, User_Agent="t/1"), tmp_path / "tape.yaml")
    assert tape.request.json == {"model": "m", "stream": True}
    assert tape.request.uri == f"{url}/v1/chat/completions"
    head, _, body = seen[0].partition(b"\r\n\r\n")
    assert body == tape.request.body
    assert b"user-agent: t/1" in head.lower()
    assert b"accept-encoding" not in head.lower(), "what the caller did not ask for is not sent"


# Secrets


def test_a_key_is_never_written_wherever_it_stands(tmp_path: Path) -> None:
    """In the request's header and body, in the URL, and in what the server sends back, also cut in two."""

    def echo(peer: Peer) -> None:
        peer.send(CHUNKED.replace(b"\r\n\r\n", b"\r\nx-echo: " + KEY.encode() + b"\r\n\r\n"))
        key = KEY.encode()
        peer.chunks(b'data: {"a": "' + key + b'"}\n\n', b'data: {"a": "' + key[:9], key[9:] + b'"}\n\n', gap=GAP)
        peer.end()

    with serving(echo) as url:
        request = asking(url, Authorization=f"Bearer {KEY}")
        request = replace(
            request, body=f'{{"stream": true, "user": "{KEY}"}}'.encode(), uri=request.uri + f"?key={KEY}"
        )
        tape = record(request, tmp_path / "tape.yaml", {"note": KEY}, secrets=(KEY,))
    written = (tmp_path / "tape.yaml").read_bytes()
    for part in (KEY, KEY[9:], KEY[:-4]):
        assert part.encode() not in written
    assert sum(read.size for read in tape.reads) == len(tape.body)


# How it ends


def test_a_chunked_body_without_its_last_chunk_is_truncated(tmp_path: Path) -> None:
    tape = recorded(tmp_path, paced)
    assert (tape.end.kind, tape.body) == (EndKind.TRUNCATED, BODY)
    assert "incomplete chunked read" in str(tape.end.detail)


def test_a_body_shorter_than_its_length_is_truncated(tmp_path: Path) -> None:
    tape = recorded(tmp_path, lambda peer: peer.send(HEAD + b"content-length: 999\r\n\r\n", BODY))
    assert (tape.end.kind, tape.body) == (EndKind.TRUNCATED, BODY)


def test_broken_chunks_keep_what_came_before(tmp_path: Path) -> None:
    tape = recorded(tmp_path, lambda peer: peer.send(CHUNKED + b"2\r\nab\r\nnonsense\r\n"))
    assert (tape.end.kind, tape.body) == (EndKind.TRUNCATED, b"ab")


def test_a_reset_is_told_from_a_truncation(tmp_path: Path) -> None:
    def script(peer: Peer) -> None:
        paced(peer)
        peer.reset()

    tape = recorded(tmp_path, script)
    assert (tape.end.kind, tape.body) == (EndKind.RESET, BODY)


def test_silence_ends_as_a_timeout_between_bytes(tmp_path: Path) -> None:
    def script(peer: Peer) -> None:
        paced(peer)
        peer.wait_gone()

    tape = recorded(tmp_path, script, idle=0.4)
    assert (tape.end.kind, tape.body) == (EndKind.TIMEOUT, BODY)
    assert tape.end.detail == "no byte for 0.4 s"
    assert tape.end.at is not None
    assert tape.end.at >= tape.reads[-1].at + 390


def test_a_stream_that_never_ends_is_ended_by_the_total_timeout(tmp_path: Path) -> None:
    def script(peer: Peer) -> None:
        peer.send(CHUNKED)
        for _ in range(600):
            peer.chunks(b": still here\n\n")
            time.sleep(0.02)

    tape = recorded(tmp_path, script, timeout=0.5)
    assert tape.end.kind is EndKind.TIMEOUT
    assert tape.end.detail == "the whole exchange took more than 0.5 s"
    assert len(tape.reads) > 3


def test_a_stream_is_cancelled_after_so_many_events(tmp_path: Path) -> None:
    gone: list[bool] = []

    def script(peer: Peer) -> None:
        peer.send(CHUNKED, gap=GAP)
        peer.chunks(*EVENTS[:2], gap=GAP)
        gone.append(peer.wait_gone())

    tape = recorded(tmp_path, script, cancel_after_events=2)
    assert (tape.end.kind, tape.end.by, tape.end.detail) == (EndKind.CANCELLED, "client", "after 2 events")
    assert tape.body == b"".join(EVENTS[:2])
    assert gone == [True]


def test_a_stream_is_cancelled_after_a_time_also_in_silence(tmp_path: Path) -> None:
    def script(peer: Peer) -> None:
        peer.send(CHUNKED)
        peer.chunks(EVENTS[0])
        peer.wait_gone()

    tape = recorded(tmp_path, script, cancel_after=0.5)
    assert (tape.end.kind, tape.end.by, tape.body) == (EndKind.CANCELLED, "client", EVENTS[0])
    assert tape.end.at is not None
    assert 450 < tape.end.at < 5000


def test_another_thread_can_cancel(tmp_path: Path) -> None:
    watch = Watch()

    def script(peer: Peer) -> None:
        peer.send(CHUNKED)
        peer.chunks(EVENTS[0], gap=GAP)
        watch.stop("enough")
        peer.wait_gone()

    tape = recorded(tmp_path, script, watch=watch)
    assert (tape.end.kind, tape.end.detail, tape.body) == (EndKind.CANCELLED, "enough", EVENTS[0])


def test_what_was_stopped_before_it_began_writes_nothing(tmp_path: Path) -> None:
    watch = Watch()
    watch.stop("not at all")
    with pytest.raises(StoppedError, match="not at all"):
        recorded(tmp_path, paced, watch=watch)
    assert list(tmp_path.iterdir()) == []


def test_a_watcher_that_fails_leaves_a_cassette_that_blames_the_recorder(tmp_path: Path) -> None:
    def fail(event: StreamEvent) -> None:
        raise BrokenPipeError

    with pytest.raises(BrokenPipeError):
        recorded(tmp_path, paced_to_the_end, watch=Watch(on_event=fail))
    tape = load(tmp_path / "tape.yaml")[0]
    assert (tape.end.kind, tape.end.by) == (EndKind.TRUNCATED, "recorder")
    assert tape.body == EVENTS[0]


# Content codings


def test_a_coded_stream_is_decoded_as_it_comes(tmp_path: Path) -> None:
    def script(peer: Peer) -> None:
        peer.send(CHUNKED.replace(b"\r\n\r\n", b"\r\ncontent-encoding: gzip\r\n\r\n"), gap=GAP)
        press = zlib.compressobj(wbits=31)
        peer.chunks(*(press.compress(event) + press.flush(zlib.Z_SYNC_FLUSH) for event in EVENTS), gap=GAP)
        peer.chunks(press.flush())
        peer.end()

    tape = recorded(tmp_path, script)
    assert (tape.body, tape.content_encoding) == (BODY, "gzip")
    assert [read.size for read in tape.reads] == [len(event) for event in EVENTS]
    assert (tape.end.kind, tape.end.detail) == (EndKind.EOF, None)


def test_a_coding_that_is_cut_short_keeps_what_can_be_known(tmp_path: Path) -> None:
    packed = gzip.compress(BODY * 50)

    def script(peer: Peer) -> None:
        peer.send(HEAD + b"content-encoding: gzip\r\nconnection: close\r\n\r\n", packed[:-12])

    tape = recorded(tmp_path, script)
    assert tape.end == replace(tape.end, kind=EndKind.EOF, detail="the gzip coding has no end")
    assert tape.body
    assert (BODY * 50).startswith(tape.body)


@pytest.mark.parametrize("coding", [b"gzip", b"br", b"zstd"])
def test_bytes_that_are_not_of_the_announced_coding_end_the_body(tmp_path: Path, coding: bytes) -> None:
    head = HEAD + b"connection: close\r\ncontent-encoding: " + coding + b"\r\n\r\n"
    tape = recorded(tmp_path, lambda peer: peer.send(head, b"data: \xff\xff no coding at all\n\n" * 40))
    assert tape.end.kind is EndKind.TRUNCATED
    assert coding.decode() in str(tape.end.detail)


def test_a_coding_that_nobody_knows_is_left_as_it_is(tmp_path: Path) -> None:
    head = HEAD + b"connection: close\r\ncontent-encoding: rot13\r\n\r\n"
    tape = recorded(tmp_path, lambda peer: peer.send(head, BODY))
    assert (tape.body, tape.content_encoding, tape.headers.get("content-encoding")) == (BODY, None, "rot13")


# No response at all


def test_nobody_listens(tmp_path: Path) -> None:
    url = refused_url()
    with pytest.raises(TargetError, match=r"nothing listens on port \d+ .*Start the server") as caught:
        record(asking(url), tmp_path / "tape.yaml")
    assert caught.value.url.startswith(url)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("sent", "words"),
    [
        (b"", "without sending a response"),
        (b"220 mail.example.com ESMTP\r\n", "no HTTP response"),
        (b"HTTP/1.1 200 OK\r\ncontent-type: te", "no HTTP response"),
    ],
    ids=["nothing", "another-protocol", "half-a-head"],
)
def test_what_is_no_http_response_is_named(tmp_path: Path, sent: bytes, words: str) -> None:
    with serving(lambda peer: peer.send(sent)) as url, pytest.raises(TargetError, match=words):
        record(asking(url), tmp_path / "tape.yaml")
    assert list(tmp_path.iterdir()) == []


def test_a_reset_before_the_response_is_named(tmp_path: Path) -> None:
    with serving(Peer.reset) as url, pytest.raises(TargetError, match="reset before a response"):
        record(asking(url), tmp_path / "tape.yaml")


def test_silence_before_the_response_is_named(tmp_path: Path) -> None:
    def silent(peer: Peer) -> None:
        peer.wait_gone()

    with serving(silent) as url, pytest.raises(TargetError, match=r"no response: no byte for 0\.3 s"):
        record(asking(url), tmp_path / "tape.yaml", options=Options(idle=0.3))
    assert list(tmp_path.iterdir()) == []


def test_plain_http_on_a_tls_url_is_named(tmp_path: Path) -> None:
    def plain(peer: Peer) -> None:
        peer.send(b"HTTP/1.1 400 Bad Request\r\n\r\n")

    with serving(plain, take=False) as url, pytest.raises(TargetError, match="does not speak TLS"):
        record(asking(url.replace("http:", "https:")), tmp_path / "tape.yaml")


@pytest.mark.parametrize("url", ["ftp://127.0.0.1/x", "http://", "http://[::1", "127.0.0.1:80"])
def test_what_is_no_http_url_is_refused(tmp_path: Path, url: str) -> None:
    with pytest.raises(UsageError, match="is no"):
        record(Request("POST", url), tmp_path / "tape.yaml")


def test_a_header_that_cannot_be_sent_is_refused(tmp_path: Path) -> None:
    with serving(paced) as url, pytest.raises(UsageError, match="cannot be sent"):
        record(asking(url, X_Bad="a\r\nb"), tmp_path / "tape.yaml")


def test_a_place_that_cannot_be_written_is_an_error_of_storage(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with serving(paced_to_the_end) as url, pytest.raises(StorageError, match=r"tape\.yaml"):
        record(asking(url), tmp_path / "file" / "tape.yaml")


def test_loopback_is_never_asked_through_a_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    import httpx

    for name in ("HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)
    monkeypatch.setenv("http_proxy", "http://proxy.example:3128")
    monkeypatch.setenv("no_proxy", "inside.example")
    assert environment_proxy(httpx.URL("http://api.example/v1")) == httpx.URL("http://proxy.example:3128")
    assert environment_proxy(httpx.URL("https://api.example/v1")) is None
    monkeypatch.setenv("https_proxy", "proxy.example:3129")
    assert environment_proxy(httpx.URL("https://api.example/v1")) == httpx.URL("http://proxy.example:3129")
    monkeypatch.setenv("https_proxy", "socks5://proxy.example")
    with pytest.raises(UsageError, match="names a socks5 proxy"):
        environment_proxy(httpx.URL("https://api.example/v1"))
    for inside in ("http://127.0.0.1:8000", "http://localhost:1", "http://[::1]:1", "http://inside.example"):
        assert environment_proxy(httpx.URL(inside)) is None


def test_a_proxy_of_the_environment_is_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[bytes] = []

    def proxy(peer: Peer) -> None:
        seen.append(peer.request.partition(b"\r\n")[0])
        assert b"\r\nProxy-Authorization: Basic bWU6d29yZA==\r\n" in peer.request
        paced_to_the_end(peer)

    with serving(proxy) as url:
        monkeypatch.setenv("http_proxy", url.replace("//", "//me:word@"))
        monkeypatch.delenv("no_proxy", raising=False)
        tape = record(asking("http://target.invalid"), tmp_path / "tape.yaml")
    assert seen == [b"POST http://target.invalid/v1/chat/completions HTTP/1.1"]
    assert tape.body == BODY


# TLS and HTTP/2


def test_tls_is_recorded_and_a_certificate_that_nobody_vouches_for_is_refused(tmp_path: Path) -> None:
    file = certificate(tmp_path)
    with pytest.raises(TargetError, match=r"certificate is not trusted.*--insecure"):
        recorded(tmp_path, paced_to_the_end, tls=file)
    for options in ({"insecure": True}, {"ca_file": str(file)}):
        tape = recorded(tmp_path, paced_to_the_end, tls=file, **options)
        assert (tape.body, tape.http_version, tape.end.kind) == (BODY, "HTTP/1.1", EndKind.EOF)
        assert [read.size for read in tape.reads] == [len(event) for event in EVENTS]


def answer_frames(peer: Peer, connection: h2.connection.H2Connection, stream: int) -> None:
    fields = [(":status", "200"), ("content-type", "text/event-stream")]
    connection.send_headers(stream, fields)
    peer.send(connection.data_to_send(), gap=GAP)
    for event in EVENTS:
        connection.send_data(stream, event)
        peer.send(connection.data_to_send(), gap=GAP)


def frames(peer: Peer, connection: h2.connection.H2Connection, stream: int) -> None:
    answer_frames(peer, connection, stream)
    connection.end_stream(stream)
    peer.send(connection.data_to_send())


def frames_then_reset(peer: Peer, connection: h2.connection.H2Connection, stream: int) -> None:
    answer_frames(peer, connection, stream)
    connection.reset_stream(stream, h2.errors.ErrorCodes.INTERNAL_ERROR)
    peer.send(connection.data_to_send())


def frames_then_nothing(peer: Peer, connection: h2.connection.H2Connection, stream: int) -> None:
    answer_frames(peer, connection, stream)
    peer.sock.shutdown(socket.SHUT_WR)  # a close would become a reset: the client's window updates lie unread


@pytest.mark.parametrize(
    ("answer", "kind"),
    [(frames, EndKind.EOF), (frames_then_reset, EndKind.RESET), (frames_then_nothing, EndKind.TRUNCATED)],
)
@pytest.mark.parametrize("tls", [False, True], ids=["prior-knowledge", "alpn"])
def test_http_2_is_recorded_to_its_end(tmp_path: Path, answer: Any, kind: EndKind, tls: bool) -> None:
    file = certificate(tmp_path) if tls else None
    tape = recorded(tmp_path, http2(answer), tls=file, take=False, http2=True, insecure=tls)
    assert (tape.http_version, tape.status, tape.end.kind) == ("HTTP/2", 200, kind)
    assert tape.body == BODY
    assert [read.size for read in tape.reads] == [len(event) for event in EVENTS]
    times = [read.at for read in tape.reads]
    assert all(later - earlier > GAP * 900 for earlier, later in pairwise(times))


# Round trips


def same_but_for_time(tape: Recording, original: Recording) -> None:
    assert tape.body == original.body
    assert [read.size for read in tape.reads] == [read.size for read in original.reads]
    assert (tape.status, tape.reason, tape.http_version) == (original.status, original.reason, original.http_version)
    assert tape.end.kind is original.end.kind
    assert tape.headers.get("content-type") == original.headers.get("content-type")
    for got, wanted in zip(tape.reads, original.reads, strict=True):
        assert wanted.at - 1 < got.at < wanted.at + 400


ENDS = [EndKind.EOF, EndKind.TRUNCATED, EndKind.RESET]


@pytest.mark.parametrize("kind", ENDS)
def test_the_recording_of_a_replay_is_the_recording(tmp_path: Path, kind: EndKind) -> None:
    body = "".join(f'data: {{"n": {n}, "text": "Grüße {n}"}}\n\n' for n in range(6))
    example = Example(body, path="/v1/chat/completions", headers_at=50.0, end=End(kind)).paced(
        gap=150, first=200, tail=150
    )
    original = example.recording()
    with ReplayServer([original]) as server:
        first = record(asking(server.url), tmp_path / "first.yaml")
    same_but_for_time(first, original)
    with ReplayServer([first]) as server:
        same_but_for_time(record(asking(server.url), tmp_path / "second.yaml"), first)


def test_a_stream_of_twenty_megabytes_is_kept_whole_and_costs_in_proportion(tmp_path: Path) -> None:
    event = b"data: " + b"x" * 990 + b"\n\n\n\n"[:4]

    def took(count: int) -> float:
        def script(peer: Peer) -> None:
            peer.send(CHUNKED)
            peer.chunks(*[event * 100] * (count // 100))
            peer.end()

        began = time.process_time()
        with serving(script) as url:
            tape = record(asking(url), tmp_path / f"{count}.yaml")
        assert len(tape.body) == len(event) * count
        assert tape.body.startswith(event)
        return time.process_time() - began

    small, big = took(2_000), took(20_000)
    assert big < 40 * max(small, 0.05), "ten times the bytes must not cost much more than ten times the time"


# A real process


def test_ctrl_c_leaves_a_cassette_that_says_so(tmp_path: Path) -> None:
    if os.name == "nt":
        pytest.skip("a process cannot be sent Ctrl-C alone on Windows")

    def script(peer: Peer) -> None:
        peer.send(CHUNKED)
        peer.chunks(*EVENTS[:2])
        peer.wait_gone(30)

    with serving(script) as url:
        words = {signal.SIGINT: "interrupted (Ctrl-C)", signal.SIGTERM: "terminated (SIGTERM)"}
        for number, word in words.items():
            path = tmp_path / "tape.yaml"
            arguments = [sys.executable, "-m", "conformance", "record", url, "-o", str(path)]
            process = subprocess.Popen(arguments, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
            wait_for_text(tmp_path, '"n": 1')
            process.send_signal(number)
            told = process.communicate(timeout=60)[0]
            assert process.returncode == 0, told
            tape = load(path)[0]
            assert (tape.end.kind, tape.end.by) == (EndKind.CANCELLED, "client")
            assert tape.body == b"".join(EVENTS[:2])
            assert tape.end.detail == word
            assert f"cancelled ({word})" in told
            path.unlink()


def wait_for_text(folder: Path, text: str) -> None:
    """Waits until the cassette under way holds `text`: what has come is in the file while the stream runs."""
    ends = time.monotonic() + 60
    while not any(text.encode() in path.read_bytes() for path in folder.iterdir()):
        assert time.monotonic() < ends, "nothing was written while the stream ran"
        time.sleep(0.05)
