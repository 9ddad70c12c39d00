"""Laws of the client that asks many streams at once: what came is a recording, whatever it was."""

from __future__ import annotations

import asyncio
import gzip
import threading
from collections.abc import Iterator

import pytest

from conformance.core.recording import EndKind, Request
from conformance.edge.abort import UNANSWERED
from conformance.edge.gateway_load import Arrived, all_at_once
from conformance.edge.recorder import Options
from conformance.errors import TargetError

from .loopback import CHUNKED, HEAD, Peer, refused_url, serving

BODY = b'data: {"n":1}\n\ndata: {"n":2}\n\n'
OPTIONS = Options(timeout=5.0, idle=5.0)


@pytest.fixture(scope="module")
def loop() -> Iterator[asyncio.AbstractEventLoop]:
    made = asyncio.new_event_loop()
    thread = threading.Thread(target=made.run_forever)
    thread.start()
    yield made
    made.call_soon_threadsafe(made.stop)
    thread.join()
    made.close()


def ask(loop: asyncio.AbstractEventLoop, url: str, count: int = 3) -> list[Arrived | TargetError]:
    return all_at_once(loop, [Request("POST", f"{url}/v1/chat/completions", body=b"{}")] * count, OPTIONS)


def test_every_stream_is_a_recording_with_its_reads_and_its_end(loop: asyncio.AbstractEventLoop) -> None:
    def plain(peer: Peer) -> None:
        peer.send(CHUNKED)
        peer.chunks(BODY)
        peer.end()

    with serving(plain) as url:
        found = ask(loop, url)
    for one in found:
        assert isinstance(one, Arrived)
        assert (one.recording.status, one.recording.body) == (200, BODY)
        assert one.recording.end.kind is EndKind.EOF
        assert sum(read.size for read in one.recording.reads) == len(BODY)


def test_a_content_coding_is_undone(loop: asyncio.AbstractEventLoop) -> None:
    def coded(peer: Peer) -> None:
        peer.send(HEAD + b"content-encoding: gzip\r\ntransfer-encoding: chunked\r\n\r\n")
        peer.chunks(gzip.compress(BODY))
        peer.end()

    with serving(coded) as url:
        (one,) = ask(loop, url, 1)
    assert isinstance(one, Arrived)
    assert (one.recording.body, one.recording.content_encoding) == (BODY, "gzip")
    assert sum(read.size for read in one.recording.reads) == len(BODY)


def test_bytes_that_are_none_of_the_coding_break_it_off(loop: asyncio.AbstractEventLoop) -> None:
    def lying(peer: Peer) -> None:
        peer.send(HEAD + b"content-encoding: gzip\r\ntransfer-encoding: chunked\r\n\r\n")
        peer.chunks(BODY)
        peer.end()

    with serving(lying) as url:
        (one,) = ask(loop, url, 1)
    assert isinstance(one, Arrived)
    assert (one.recording.body, one.recording.end.kind) == (b"", EndKind.TRUNCATED)


def test_who_closes_without_a_byte_gave_no_answer(loop: asyncio.AbstractEventLoop) -> None:
    with serving(lambda peer: None) as url:
        (one,) = ask(loop, url, 1)
    assert isinstance(one, Arrived)
    assert (one.recording.status, one.recording.reads) == (UNANSWERED, ())


def test_who_is_not_there_is_an_error(loop: asyncio.AbstractEventLoop) -> None:
    (one,) = ask(loop, refused_url(), 1)
    assert isinstance(one, TargetError)
    assert "cannot be reached" in str(one)
