"""`conformance replay`: what it says, what it plays, and how it stops. The server's own laws are in tests/edge."""

from __future__ import annotations

import json
import os
import shutil
import signal
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
from conformance.core.cuts import CUTS
from conformance.core.example import Example
from conformance.edge.replay import ReplayServer
from conformance.edge.replay_example import base_urls
from conformance.edge.replay_match import MATCHERS
from tests.reports import GOOD, cassette


@contextmanager
def replaying(tmp_path: Path, *arguments: str) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """The command as a process; yields it and the base URL that it wrote."""
    ready = tmp_path / "ready"
    command = [sys.executable, "-m", "conformance", "replay", *arguments, "--ready-file", str(ready)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    try:
        ends = time.monotonic() + 60
        while not ready.exists():
            assert process.poll() is None, process.communicate()[0]
            assert time.monotonic() < ends, "it did not become ready"
            time.sleep(0.02)
        yield process, ready.read_text().strip()
    finally:
        if process.poll() is None:
            process.kill()
        process.communicate()


def test_it_plays_a_cassette_and_says_how_to_reach_it(tmp_path: Path) -> None:
    path = cassette(tmp_path / "tape.json", GOOD)
    with replaying(tmp_path, str(path)) as (process, base):
        answer = httpx.post(f"{base}/chat/completions", json={"model": "gpt-x"}, trust_env=False)
        assert answer.text == GOOD
        process.terminate()
        told = process.communicate(timeout=30)[0]
    assert process.returncode in (0, 1 if os.name == "nt" else 0)
    assert f"Playing 1 recording on {base}  (Ctrl-C ends it)" in told
    assert f"curl -N {base}/chat/completions -H 'content-type: application/json'" in told
    assert f'OpenAI(base_url="{base}", api_key="none")' in told


@pytest.mark.skipif(os.name == "nt", reason="a process cannot be sent Ctrl-C alone on Windows")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_it_stops_gracefully(tmp_path: Path, number: signal.Signals) -> None:
    """A stream under way is played to its end."""
    with replaying(tmp_path, "builtin", "--speed", "0.5", "--quiet") as (process, base):
        with httpx.stream(
            "POST", f"{base}/chat/completions", json={}, headers={"x-conformance-scenario": "text"}, trust_env=False
        ) as answer:
            pieces = answer.iter_raw()
            next(pieces)
            process.send_signal(number)
            rest = b"".join(pieces)
        assert rest.endswith(b"data: [DONE]\n\n")
        told = process.communicate(timeout=30)[0]
    assert (process.returncode, told) == (0, f"{base}\n")


def test_the_log_tells_each_request_and_standard_error_too(tmp_path: Path) -> None:
    path, log = cassette(tmp_path / "tape.json", GOOD), tmp_path / "log.jsonl"
    with replaying(tmp_path, str(path), "--cuts", "byte", "--speed", "0", "--log", str(log)) as (process, base):
        assert httpx.post(f"{base}/chat/completions", json={}, trust_env=False).text == GOOD
        assert httpx.get(f"{base}/models", trust_env=False).status_code == 200
        process.terminate()
        told = process.communicate(timeout=30)[0]
    entries = [json.loads(line) for line in log.read_text().splitlines()]
    assert [(entry["outcome"], entry["number"]) for entry in entries] == [
        ("playing", 1),
        ("played", 1),
        ("answered", 2),
    ]
    assert entries.pop(0)["ended_at"] is None
    assert entries[0]["reads"] == entries[0]["bytes"] == len(GOOD.encode())
    assert entries[0]["cassette"] == str(path)
    assert "POST /v1/chat/completions  200  tape.json#0  played " in told
    assert "GET /v1/models  200\n" in told


def test_the_example_that_is_printed_works_in_a_shell(tmp_path: Path) -> None:
    if shutil.which("curl") is None or os.name == "nt":
        pytest.skip("no shell with curl")
    with replaying(tmp_path, "builtin", "--speed", "0") as (process, _):
        assert process.stdout is not None
        line = next(line for line in process.stdout if "curl -N" in line)
        done = subprocess.run(line, shell=True, capture_output=True, timeout=30, check=True)
    assert done.stdout.startswith((b"event: ", b"data: "))
    assert b"error" not in done.stdout.split(b"\n")[0]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--match-on", "path,colour"], "--match-on colour: there is no such field. Known are: method, host, path"),
        (["--match-on", "uri"], "every client comes to this server's own"),
        (["--cuts", "diagonal"], "no way of cutting: 'diagonal'; known: whole, split"),
    ],
)
def test_a_wrong_value_ends_with_2_and_the_known_ones(tmp_path: Path, arguments: list[str], words: str) -> None:
    path = cassette(tmp_path / "tape.json", GOOD)
    result = CliRunner().invoke(group, ["replay", str(path), *arguments])
    assert result.exit_code == 2, result.output
    assert words in result.output


def test_a_log_that_cannot_be_written_ends_with_3(tmp_path: Path) -> None:
    path = cassette(tmp_path / "tape.json", GOOD)
    result = CliRunner().invoke(group, ["replay", str(path), "--log", str(tmp_path / "none" / "log")])
    assert result.exit_code == 3, result.output
    assert "cannot be written" in result.output


def test_the_help_names_every_cut_and_every_field() -> None:
    text = " ".join(CliRunner().invoke(group, ["replay", "--help"], terminal_width=100).output.split())
    text = text.replace("- ", "-")  # words are broken there
    assert all(name in text for name in (*MATCHERS, *(set(CUTS) - {"split"}), "random:SEED"))


def test_the_base_urls_are_those_of_the_recordings() -> None:
    def served(*paths: str) -> list[str]:
        return base_urls("", [Example(GOOD, path=path).recording() for path in paths])

    assert served("/v1/chat/completions", "/v1/responses") == ["/v1"]
    assert served("/api/v1/chat/completions", "/v1beta/models/x:generate") == ["/api/v1", "/v1beta"]
    assert served("/") == ["/v1"]


def test_what_cannot_be_read_ends_with_3_and_names_the_file(tmp_path: Path) -> None:
    (tmp_path / "bad.yaml").write_text("a: [")
    for path in ("bad.yaml", "nowhere.yaml"):
        result = CliRunner().invoke(group, ["replay", str(tmp_path / path)])
        assert result.exit_code == 3, result.output
        assert path in result.output


def test_a_taken_port_ends_with_3_and_the_next_step(tmp_path: Path) -> None:
    path = cassette(tmp_path / "tape.json", GOOD)
    with ReplayServer([]) as taken:
        result = CliRunner().invoke(group, ["replay", str(path), "--port", str(taken.port)])
    assert result.exit_code == 3
    assert "cannot be listened on" in result.output
    assert "--port" in result.output
