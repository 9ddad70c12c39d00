"""`conformance redact`: what it says, what it writes, and its number."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from conformance.cli import group
from conformance.core.recording import End, Headers, Read, Recording, Request
from conformance.edge.cassette import text
from conformance.edge.load import load

KEY = "sk-proj-" + "aB3dE6gH9" * 5
CHUNK = 'data: {"id":"c-1","choices":[{"index":0,"delta":{"content":"%s"}}]}\n\n'
STREAM = (CHUNK % KEY[:20] + CHUNK % KEY[20:] + "data: [DONE]\n\n").encode()


def leaky() -> Recording:
    return Recording(
        Request("POST", f"https://x/v1?key={KEY}", Headers([("authorization", f"Bearer {KEY}")]), b'{"stream":true}'),
        headers=Headers([("content-type", "text/event-stream")]),
        body=STREAM,
        reads=(Read(1.5, 70), Read(2.5, len(STREAM) - 70)),
        end=End(at=3.5),
        http_version="HTTP/1.1",
    )


def redact(*arguments: object) -> Result:
    result = CliRunner().invoke(group, ["redact", *map(str, arguments)])
    assert KEY not in result.output
    return result


@pytest.fixture
def cassette(tmp_path: Path) -> Path:
    path = tmp_path / "joke.yaml"
    path.write_bytes(text([leaky()]))
    return path


def test_check_names_every_place_and_changes_nothing(cassette: Path) -> None:
    before = cassette.read_bytes()
    result = redact("--check", cassette)
    assert result.exit_code == 1
    assert result.stdout.split("\n")[1:] == [
        "  openai  request URI, parameter key: sk-p... (53 characters)",
        "  bearer  request header authorization: Bear... (60 characters)",
        "  openai  response body, byte 60, in 2 pieces: sk-p... (53 characters)",
        "3 secrets found in 1 of 1 file (openai 2, bearer 1).",
        "",
    ]
    assert cassette.read_bytes() == before


@pytest.mark.parametrize("form", ["yaml", "json"])
def test_a_cassette_is_cleaned_in_place_and_keeps_its_reads_and_times(form: str, tmp_path: Path) -> None:
    path = tmp_path / f"joke.{form}"
    path.write_bytes(text([leaky(), leaky()], form))
    result = redact(path)
    assert result.exit_code == 0
    assert "6 secrets taken out in 1 of 1 file" in result.stdout
    assert "interaction 1, response body, byte 60, in 2 pieces" in result.stdout
    for found in load(path):
        assert (found.reads, found.end, found.body.count(b"*")) == (leaky().reads, leaky().end, len(KEY))
        assert len(found.body) == len(STREAM)
    assert redact("--check", path).exit_code == 0
    assert list(tmp_path.iterdir()) == [path]


def test_a_cassette_without_a_secret_stays_as_it_is(cassette: Path) -> None:
    redact(cassette)
    clean = cassette.read_bytes() + b"# a comment\n"
    cassette.write_bytes(clean)
    result = redact(cassette)
    assert (result.exit_code, result.stdout) == (0, "No secrets in 1 file.\n")
    assert cassette.read_bytes() == clean


def test_other_files_become_cassettes_in_a_folder(tmp_path: Path) -> None:
    raw = tmp_path / "stream.sse"
    raw.write_bytes(STREAM)
    refused = redact(raw)
    assert refused.exit_code == 3
    assert "only a cassette is replaced. Give --output DIR." in refused.stderr
    assert raw.read_bytes() == STREAM
    result = redact(raw, "-o", tmp_path / "out")
    assert result.exit_code == 0
    (found,) = load(tmp_path / "out" / "stream.yaml")
    assert found.body.count(b"*") == len(KEY)


def har(url: str) -> dict[str, object]:
    asked = {"method": "POST", "url": url, "headers": [], "postData": {"text": '{"stream":true}'}}
    content = {"mimeType": "text/event-stream", "text": STREAM.decode()}
    head = [{"name": "Content-Type", "value": "text/event-stream"}]
    answer = {"status": 200, "statusText": "OK", "headers": head, "content": content}
    return {"startedDateTime": "2026-11-21T00:00:00Z", "request": asked, "response": answer}


def test_another_tools_recording_is_checked_too(tmp_path: Path) -> None:
    path = tmp_path / "session.har"
    entries = [har("https://api.openai.com/v1/chat/completions")]
    path.write_text(json.dumps({"log": {"version": "1.2", "creator": {"name": "x"}, "entries": entries}}))
    result = redact("--check", path)
    assert (result.exit_code, "openai  response body" in result.stdout) == (1, True)
    assert redact(path, "-o", tmp_path / "out").exit_code == 0
    assert redact("--check", tmp_path / "out").exit_code == 0


def test_a_key_of_no_known_kind_is_named_by_its_variable(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MY_KEY", "correct-horse-battery")
    path = tmp_path / "stream.sse"
    path.write_bytes(b"data: correct-horse-battery\n\n")
    assert redact("--check", path).exit_code == 0
    result = redact("--check", path, "--key-env", "MY_KEY")
    assert (result.exit_code, "battery" in result.output) == (1, False)
    assert redact("--check", path, "--key-env", "NOT_SET").exit_code == 2


def test_what_could_not_be_read_is_never_clean(cassette: Path, tmp_path: Path) -> None:
    (tmp_path / "bad.yaml").write_text("interactions: 7\n")
    redact(cassette)
    result = redact("--check", cassette, tmp_path / "bad.yaml")
    assert result.exit_code == 3
    assert "bad.yaml" in result.stderr
    assert result.stdout == "No secrets in 1 file; 1 not read.\n"


def test_a_secret_counts_more_than_what_could_not_be_read(cassette: Path) -> None:
    assert redact("--check", cassette, "no-such-file").exit_code == 1


def test_check_and_output_exclude_each_other(cassette: Path) -> None:
    assert redact("--check", cassette, "-o", "out").exit_code == 2


def test_quiet_prints_one_line(cassette: Path) -> None:
    assert redact("--check", "-q", cassette).stdout == "3 secrets found in 1 of 1 file (openai 2, bearer 1).\n"


def test_as_a_process(cassette: Path) -> None:
    asked = [sys.executable, "-m", "conformance", "redact", "--check", str(cassette)]
    told = subprocess.run(asked, capture_output=True, text=True, timeout=60, check=False)
    assert (told.returncode, told.stderr, KEY in told.stdout) == (1, "", False)
