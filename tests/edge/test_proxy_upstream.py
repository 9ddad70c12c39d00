"""Laws of the proxy towards its upstream: TLS is checked, and HTTP/2 is forwarded as HTTP/1.1 is."""

from __future__ import annotations

import socket
import threading
from pathlib import Path

import h2.connection
import h2.errors
import h2.events
import httpx
import pytest

from conformance.core.recording import EndKind
from tests.edge.loopback import CHUNKED as CHUNKED_HEAD
from tests.edge.loopback import Peer, certificate, http2, serving
from tests.edge.proxied import BODY, PATH, asking, connect, journal, proxied, recorded, talk, wait_until

EVENTS = [b"data: 1\n\n", b"data: 2\n\n", b"data: [DONE]\n\n"]
STREAM = [(":status", "200"), ("content-type", "text/event-stream"), ("x-request-id", "r-2")]


def stream(peer: Peer) -> None:
    peer.send(CHUNKED_HEAD)
    peer.chunks(*EVENTS, gap=0.02)
    peer.end()


def answer(peer: Peer, connection: h2.connection.H2Connection, number: int) -> None:
    connection.send_headers(number, STREAM)
    peer.send(connection.data_to_send(), gap=0.02)
    for event in EVENTS:
        connection.send_data(number, event)
        peer.send(connection.data_to_send(), gap=0.02)
    connection.end_stream(number)
    peer.send(connection.data_to_send())


# TLS


def test_an_upstream_with_tls_is_forwarded_to_where_its_certificate_is_trusted(tmp_path: Path) -> None:
    pem = certificate(tmp_path)
    with serving(stream, tls=pem) as upstream:
        for name, how in (("ca", {"ca_file": str(pem)}), ("any", {"insecure": True})):
            with proxied(upstream, tmp_path / name, **how) as proxy:
                assert httpx.post(proxy.url + PATH, json={}, trust_env=False).content == b"".join(EVENTS)
            (found,) = recorded(tmp_path / name)
            assert (found.body, len(found.reads)) == (b"".join(EVENTS), 3)
            assert found.request.uri == upstream + PATH


def test_a_certificate_that_is_not_trusted_is_a_502_of_the_proxy(tmp_path: Path) -> None:
    with serving(stream, tls=certificate(tmp_path)) as upstream, proxied(upstream, tmp_path / "c") as proxy:
        said = httpx.post(proxy.url + PATH, json={}, trust_env=False)
    assert said.status_code == 502
    assert "its certificate is not trusted" in said.json()["error"]["message"]
    assert "its certificate is not trusted" in journal(tmp_path / "c")[0]["error"]


def test_the_cancel_reaches_an_upstream_with_tls(tmp_path: Path) -> None:
    gone = threading.Event()

    def script(peer: Peer) -> None:
        peer.send(CHUNKED_HEAD)
        peer.chunks(EVENTS[0])
        if peer.wait_gone(10):
            gone.set()

    pem = certificate(tmp_path)
    with serving(script, tls=pem) as upstream, proxied(upstream, tmp_path / "c", insecure=True) as proxy:
        with connect(proxy.url) as sock:
            sock.sendall(asking())
            assert sock.recv(4096)
        assert gone.wait(5)


# HTTP/2


def test_http2_comes_through_read_by_read_in_chunks(tmp_path: Path) -> None:
    with serving(http2(answer), take=False) as upstream, proxied(upstream, tmp_path / "c", http2=True) as proxy:
        got = b"".join(talk(proxy.url, asking(PATH, "Connection: close")))
    head, _, body = got.partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\nx-request-id: r-2\r\n")
    assert body == b"".join(b"%x\r\n%b\r\n" % (len(event), event) for event in EVENTS) + b"0\r\n\r\n"
    (found,) = recorded(tmp_path / "c")
    assert (found.http_version, found.body) == ("HTTP/2", b"".join(EVENTS))
    assert [read.size for read in found.reads] == [len(event) for event in EVENTS] == [w.size for w in found.writes]


def test_http2_is_what_alpn_agrees_on(tmp_path: Path) -> None:
    pem = certificate(tmp_path)
    with (
        serving(http2(answer), tls=pem, take=False) as upstream,
        proxied(upstream, tmp_path / "c", http2=True, ca_file=str(pem)) as proxy,
    ):
        assert httpx.post(proxy.url + PATH, json={}, trust_env=False).content == b"".join(EVENTS)
    assert recorded(tmp_path / "c")[0].http_version == "HTTP/2"


def test_a_cancel_is_a_reset_of_the_stream(tmp_path: Path) -> None:
    codes: list[object] = []

    def hold(peer: Peer, connection: h2.connection.H2Connection, number: int) -> None:
        connection.send_headers(number, STREAM)
        connection.send_data(number, EVENTS[0])
        peer.send(connection.data_to_send())
        peer.sock.settimeout(5)
        while not codes and (data := peer.sock.recv(4096)):
            codes.extend(e.error_code for e in connection.receive_data(data) if isinstance(e, h2.events.StreamReset))

    with serving(http2(hold), take=False) as upstream, proxied(upstream, tmp_path / "c", http2=True) as proxy:
        with connect(proxy.url) as sock:
            sock.sendall(asking())
            assert sock.recv(4096)
        wait_until(lambda: bool(codes))
    assert codes == [h2.errors.ErrorCodes.CANCEL]
    assert recorded(tmp_path / "c")[0].end.kind is EndKind.CANCELLED


def test_a_reset_of_the_stream_is_a_reset_for_the_client(tmp_path: Path) -> None:
    def cut(peer: Peer, connection: h2.connection.H2Connection, number: int) -> None:
        connection.send_headers(number, STREAM)
        connection.send_data(number, EVENTS[0])
        peer.send(connection.data_to_send(), gap=0.05)
        connection.reset_stream(number, h2.errors.ErrorCodes.INTERNAL_ERROR)
        peer.send(connection.data_to_send())

    with (
        serving(http2(cut), take=False) as upstream,
        proxied(upstream, tmp_path / "c", http2=True) as proxy,
        pytest.raises(ConnectionResetError),
    ):
        talk(proxy.url, asking())
    (found,) = recorded(tmp_path / "c")
    assert (found.body, found.end.kind) == (EVENTS[0], EndKind.RESET)
    assert found.end.detail == "stream reset by the upstream (INTERNAL_ERROR)"


def test_an_http2_connection_that_is_lost_truncates(tmp_path: Path) -> None:
    def leave(peer: Peer, connection: h2.connection.H2Connection, number: int) -> None:
        connection.send_headers(number, STREAM)
        connection.send_data(number, EVENTS[0])
        peer.send(connection.data_to_send(), gap=0.05)
        peer.sock.shutdown(socket.SHUT_WR)

    with serving(http2(leave), take=False) as upstream, proxied(upstream, tmp_path / "c", http2=True) as proxy:
        body = b"".join(talk(proxy.url, asking())).partition(b"\r\n\r\n")[2]
    assert body == b"9\r\n" + EVENTS[0] + b"\r\n", "the last chunk would tell of an end that never came"
    assert recorded(tmp_path / "c")[0].end.kind is EndKind.TRUNCATED


def test_a_stream_goes_on_behind_the_announcement_that_it_is_the_last(tmp_path: Path) -> None:
    """GOAWAY, in the same packet as the events, as servers send it that limit a connection's requests or age."""

    def last(peer: Peer, connection: h2.connection.H2Connection, number: int) -> None:
        connection.send_headers(number, STREAM)
        head = connection.data_to_send()
        connection.send_data(number, EVENTS[0], end_stream=True)
        goaway = b"\0\0\x08\x07\0\0\0\0\0" + number.to_bytes(4, "big") + b"\0\0\0\0"
        peer.send(head + goaway[:12], goaway[12:] + connection.data_to_send(), gap=0.02)

    with serving(http2(last), take=False) as upstream, proxied(upstream, tmp_path / "c", http2=True) as proxy:
        body = b"".join(talk(proxy.url, asking())).partition(b"\r\n\r\n")[2]
    assert body == b"9\r\n" + EVENTS[0] + b"\r\n0\r\n\r\n"
    assert recorded(tmp_path / "c")[0].end.kind is EndKind.EOF


def test_bodies_larger_than_http2s_windows_go_both_ways(tmp_path: Path) -> None:
    size = 300_000

    def script(peer: Peer) -> None:
        connection = h2.connection.H2Connection(h2.config.H2Configuration(client_side=False))
        connection.initiate_connection()
        peer.send(connection.data_to_send())
        got, ended, number = 0, False, 0
        while not ended:
            for event in connection.receive_data(peer.sock.recv(65536)):
                number = getattr(event, "stream_id", None) or number
                if isinstance(event, h2.events.DataReceived):
                    got += len(event.data)
                    connection.acknowledge_received_data(event.flow_controlled_length, number)
                ended = ended or isinstance(event, h2.events.StreamEnded)
            peer.send(connection.data_to_send())
        connection.send_headers(number, [(":status", "200"), ("x-got", str(got))])
        for start in range(0, size, 10_000):
            connection.send_data(number, b"data: 12\n\n" * 1000, end_stream=start + 10_000 == size)
            peer.send(connection.data_to_send())
        peer.wait_gone(2)

    with serving(script, take=False) as upstream, proxied(upstream, tmp_path / "c", http2=True) as proxy:
        said = httpx.post(proxy.url + PATH, content=BODY * 4000, trust_env=False)
    assert (said.headers["x-got"], len(said.content)) == (str(len(BODY) * 4000), size)
    (found,) = recorded(tmp_path / "c")
    assert (len(found.request.body), len(found.body)) == (len(BODY) * 4000, size)
