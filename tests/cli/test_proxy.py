"""`conformance proxy`: what it says, how it stops, and what is left when it is killed. Its laws are in tests/edge."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest
from click.testing import CliRunner

from conformance.cli import group
from conformance.cli.proxy import _fields
from conformance.core.example import Example
from conformance.core.recording import EndKind
from conformance.edge.replay import ReplayServer
from tests.edge.loopback import refused_url
from tests.edge.proxied import asking, connect, recorded, wait_until
from tests.reports import GOOD

PATH = "/v1/chat/completions"
BAD = GOOD.replace('"index": 0', '"index": "0"').replace('"index":0', '"index":"0"')
no_signals = pytest.mark.skipif(os.name == "nt", reason="a process cannot be sent these signals on Windows")


@contextmanager
def proxying(tmp_path: Path, upstream: str, *arguments: str) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """The command as a process, in a group of its own; yields it and the base URL that it wrote."""
    ready = tmp_path / "ready"
    where = ["--upstream", upstream, "-o", str(tmp_path / "c"), "--ready-file", str(ready)]
    command = [sys.executable, "-m", "conformance", "proxy", *where, *arguments]
    environment = {**os.environ, "PROXY_KEY": "a-key-of-no-known-form-1"}
    process = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment,
        start_new_session=os.name != "nt",
    )  # fmt: skip
    try:
        ends = time.monotonic() + 60
        while not ready.exists():
            assert process.poll() is None, process.communicate()
            assert time.monotonic() < ends, "it did not become ready"
            time.sleep(0.02)
        yield process, ready.read_text().strip()
    finally:
        if process.poll() is None:
            process.kill()
        process.communicate()


def under_way(base: str) -> socket.socket:
    """A stream of which the first event has come."""
    sock = connect(base.removesuffix("/v1"))
    sock.sendall(asking(PATH))
    while b"data: " not in sock.recv(4096):
        pass
    return sock


def slow_server() -> ReplayServer:
    return ReplayServer([Example(GOOD, path=PATH).paced(gap=60_000.0, first=5.0).recording()])


@no_signals
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_it_records_tells_and_stops_gracefully(number: signal.Signals, tmp_path: Path) -> None:
    with (
        ReplayServer([Example(GOOD, path=PATH).recording()]) as server,
        proxying(tmp_path, f"{server.url}/v1", "--key-env", "PROXY_KEY") as (process, base),
    ):
        assert httpx.post(f"{base}/chat/completions", json={}, trust_env=False).text == GOOD
        os.killpg(process.pid, number)  # as a terminal does: to the writing process, too
        out, err = process.communicate(timeout=30)
    assert process.returncode == 0, err
    assert out.startswith(f"Forwarding {base} to {server.url}/v1\nRecording into {tmp_path / 'c'}  (Ctrl-C ends it)\n")
    assert f"POST {PATH}  200  " in err
    assert f"00001-chat-completions.yaml\n1 exchange, 1 stream: {tmp_path / 'c'}\n" in err
    (found,) = recorded(tmp_path / "c")
    assert found.request.headers.get("authorization") == "REDACTED", "the key was sent, and not written"


@no_signals
def test_check_tells_findings_while_it_runs_and_concludes_as_check_does(tmp_path: Path) -> None:
    report = tmp_path / "report.json"
    with (
        ReplayServer([Example(BAD, path=PATH).recording()]) as server,
        proxying(tmp_path, server.url, "--check", "--json", str(report)) as (process, base),
    ):
        httpx.post(f"{base}{PATH}", json={}, trust_env=False)
        assert process.stderr is not None
        told = [process.stderr.readline(), process.stderr.readline()]
        process.send_signal(signal.SIGTERM)
        out, err = process.communicate(timeout=30)
    assert told[0].endswith("00001-chat-completions.yaml  fail\n")
    assert told[1].startswith("    error openai-chat/")
    assert process.returncode == 1
    checked = CliRunner().invoke(group, ["check", str(tmp_path / "c"), "--json", "-", "-q"])
    assert json.loads(report.read_text())["runs"] == json.loads(checked.stdout)["runs"]
    assert "1 stream: 1 fail" in out
    assert "finding" in err


@pytest.mark.skipif(sys.platform != "linux", reason="finds the writing process in /proc")
@pytest.mark.parametrize("both", [False, True], ids=["the proxy alone", "with its writing process"])
def test_a_proxy_that_is_killed_leaves_cassettes_that_load(both: bool, tmp_path: Path) -> None:
    with slow_server() as server, proxying(tmp_path, server.url, "--quiet") as (process, base):
        with under_way(base):
            wait_until(lambda: bool(list((tmp_path / "c").glob("*.yaml"))) and recorded(tmp_path / "c")[0].body != b"")
            children = [
                int(pid) for pid in Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
            ]
            for pid in [process.pid, *(children if both else [])]:
                os.kill(pid, signal.SIGKILL)
            process.wait()
        if not both:  # the writing process sees it, and writes to the end
            wait_until(lambda: recorded(tmp_path / "c")[0].end.detail == "the proxy was stopped")
    (found,) = recorded(tmp_path / "c")
    assert (found.end.kind, found.end.by) == (EndKind.TRUNCATED, "recorder")
    assert GOOD.encode().startswith(found.body)
    assert len(found.reads) == len(found.writes) == 1


@no_signals
def test_nothing_asked_is_nothing_left_and_with_check_no_verdict(tmp_path: Path) -> None:
    with proxying(tmp_path, refused_url(), "--check") as (process, _):
        process.send_signal(signal.SIGTERM)
        out, err = process.communicate(timeout=30)
    assert process.returncode == 3
    assert not (tmp_path / "c").exists()
    assert "0 exchanges" in err
    assert "Nothing was checked" in out


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--upstream", "nowhere"], "'nowhere' is no URL of an upstream"),
        (["--upstream", "http://x", "--key-env", "NO_SUCH_KEY"], "NO_SUCH_KEY is not set"),
        (["--upstream", "http://x", "--protocol", "openai-chatt"], "openai-chat"),
        (["--upstream", "http://x", "--dialect", "nobody"], "nobody"),
        (["--upstream", "http://x", "-o", "."], "is not empty"),
        ([], "--upstream"),
    ],
)
def test_what_cannot_be_meant_is_usage(
    arguments: list[str], said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("taken").touch()
    result = CliRunner().invoke(group, ["proxy", *arguments])
    assert result.exit_code == 2, result.output
    assert said in result.output


def test_the_key_goes_where_the_protocol_has_it() -> None:
    fields = _fields("k", None)
    assert fields("/v1/chat/completions") == [("Authorization", "Bearer k")]
    assert fields("/v1/messages") == [("x-api-key", "k")]
    assert fields("/v1beta/models/m:streamGenerateContent") == [("x-goog-api-key", "k")]
    assert fields("/elsewhere") == [("Authorization", "Bearer k")]
    assert _fields("k", "anthropic-messages")("/elsewhere") == [("x-api-key", "k")]
    assert _fields(None, None)("/v1/messages") == ()
