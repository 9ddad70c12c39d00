"""`conformance record`: what is asked, what is shown, what is kept, and the number it ends with."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

import conformance
from conformance import catalogue, library
from conformance.cli import group
from conformance.core.dialect import Dialect
from conformance.core.recording import EndKind, Recording
from tests.edge.loopback import CHUNKED, Peer, refused_url, serving
from tests.reports import GOOD, TWO_IDS

KEY = "sk-live-Qw8rTz5uIo2pLk9jHg4fDs7a"


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PYTHONPATH", str(Path(conformance.__file__).parent.parent))


def record(*arguments: str | Path, **more: Any) -> Result:
    return CliRunner().invoke(group, ["record", *map(str, arguments)], **more)


def tape(name: str = "tape.yaml") -> Recording:
    return library.load(name)[0]


def answer(body: str = GOOD) -> Any:
    def script(peer: Peer) -> None:
        peer.send(CHUNKED)
        peer.chunks(*[block.encode() + b"\n\n" for block in body.split("\n\n")[:-1]])
        peer.end()

    return script


@pytest.fixture
def url() -> Iterator[str]:
    with serving(answer()) as running:
        yield running


def test_the_text_is_shown_and_the_stream_kept(url: str) -> None:
    result = record(url, "--prompt", "Say it", "-o", "tape.yaml")
    assert result.exit_code == 0, result.output
    assert "\nHello\n" in result.output
    for words in (f"POST {url}/v1/chat/completions", "200 text/event-stream after ", "4 events, ", "eof"):
        assert words in result.output
    assert result.output.endswith("No findings: conformance check tape.yaml\n")
    assert "Recorded in tape.yaml" in result.output
    found = tape()
    assert found.body.decode() == GOOD
    assert found.request.json["messages"] == [{"role": "user", "content": "Say it"}]
    assert found.metadata["protocol"] == "openai-chat"


@pytest.mark.parametrize("protocol", sorted(catalogue.protocols()))
def test_a_prompt_is_answered_in_every_protocol(protocol: str) -> None:
    result = record("builtin", "--protocol", protocol, "--prompt", "Why is the sky blue?", "-o", "tape.yaml")
    assert result.exit_code == 0, result.output
    assert "Air scatters the blue part of sunlight" in result.output
    assert "No findings" in result.output
    assert library.check(tape()).protocol == protocol


def test_findings_are_counted_and_are_no_failure_of_the_recording() -> None:
    with serving(answer(TWO_IDS)) as url:
        result = record(url, "-o", "tape.yaml")
    assert result.exit_code == 0
    assert "1 error: conformance check tape.yaml" in result.output


def test_an_error_is_a_recording_too() -> None:
    refusal = b'{"error": {"message": "no", "type": "t", "param": null, "code": null}}'
    head = b"HTTP/1.1 401 Unauthorized\r\ncontent-type: application/json\r\ncontent-length: %d\r\n\r\n" % len(refusal)
    with serving(lambda peer: peer.send(head, refusal)) as url:
        result = record(url, "-o", "tape.yaml")
    assert result.exit_code == 0
    assert "401 application/json" in result.output
    assert (tape().status, tape().body) == (401, refusal)


def test_control_characters_of_a_server_do_not_reach_the_terminal() -> None:
    evil = GOOD.replace("Hello", "a\\u001b[2Jb\\nc\\ud800")
    with serving(answer(evil)) as url:
        result = record(url, "-o", "tape.yaml")
    assert result.exit_code == 0, result.output
    assert "\na\\x1b[2Jb\nc" in result.output
    assert "\x1b" not in result.output


def test_without_a_name_the_file_is_called_after_host_what_and_time(url: str) -> None:
    result = record(url, "--quiet")
    assert result.exit_code == 0
    (path,) = Path().glob("*.yaml")
    assert result.output == f"{path}\n"
    assert path.name.startswith(f"{url.removeprefix('http://').replace(':', '-')}-prompt-2")


def test_nothing_is_overwritten_unless_forced(url: str) -> None:
    Path("tape.yaml").write_text("mine")
    result = record(url, "-o", "tape.yaml")
    assert (result.exit_code, Path("tape.yaml").read_text()) == (2, "mine")
    assert "tape.yaml exists. Choose another --output, or overwrite it with --force." in result.output
    assert record(url, "-o", "tape.yaml", "--force").exit_code == 0
    assert tape().status == 200


def test_a_cassette_may_be_json(url: str) -> None:
    assert record(url, "-o", "tape.json").exit_code == 0
    assert json.loads(Path("tape.json").read_bytes())["version"] == 1
    assert tape("tape.json").body.decode() == GOOD


# What is asked


def test_a_body_is_sent_as_it_is(url: str) -> None:
    Path("body.json").write_bytes(b'{ "model": "x",  "stream":true }')
    assert record(url, "--body", "body.json", "-o", "tape.yaml").exit_code == 0
    assert tape().request.body == b'{ "model": "x",  "stream":true }'
    assert record(url, "--body", "-", "-o", "b.yaml", input='{"stream": true}').exit_code == 0
    assert tape("b.yaml").request.body == b'{"stream": true}'
    result = record(url, "--body", "nowhere.json")
    assert (result.exit_code, "nowhere.json: cannot be read" in result.output) == (3, True)


def test_a_scenario_is_sent_with_the_model(url: str) -> None:
    assert record(url, "--scenario", "tools", "--model", "mine", "-o", "tape.yaml").exit_code == 0
    found = tape()
    assert found.request.json["model"] == "mine"
    assert found.request.json["tool_choice"] == "required"
    assert found.metadata["scenario"] == "tools"


def test_usage_can_be_asked_for_and_left_out(url: str) -> None:
    assert record(url, "--usage", "-o", "a.yaml").exit_code == 0
    assert tape("a.yaml").request.json["stream_options"] == {"include_usage": True}
    assert record(url, "--scenario", "usage", "--no-usage", "-o", "b.yaml").exit_code == 0
    assert "stream_options" not in tape("b.yaml").request.json
    result = record(url, "--protocol", "anthropic-messages", "--usage")
    assert (result.exit_code, "has no switch for usage" in result.output) == (2, True)
    assert record(url, "--body", "-", "--usage", input="[1]").exit_code == 2


def test_another_protocol_is_only_data(url: str) -> None:
    result = record(url, "--protocol", "anthropic-messages", "--header", "x-api-key: k", "-o", "tape.yaml")
    assert result.exit_code == 0, result.output
    found = tape()
    assert (found.request.path, found.request.headers.get("anthropic-version")) == ("/v1/messages", "2023-06-01")
    assert found.metadata["protocol"] == "anthropic-messages"


def test_the_protocol_is_known_by_the_url(url: str) -> None:
    assert record(f"{url}/api/v1/responses", "-o", "tape.yaml").exit_code == 0
    assert tape().metadata["protocol"] == "openai-responses"
    assert tape().request.json["input"] == "Say hello in one short sentence."


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["nonsense"], "There is no target 'nonsense'. Give a URL (http://nonsense), or a name"),
        (["opnai"], "Did you mean openai"),
        (["ftp://x"], "'ftp://x' is no http URL"),
        (["http://127.0.0.1:1", "--prompt", "a", "--scenario", "text"], "exclude each other"),
        (["http://127.0.0.1:1", "--scenario", "txt"], "Did you mean text"),
        (["http://127.0.0.1:1", "--protocol", "openai"], "Did you mean openai-chat"),
        (["http://127.0.0.1:1", "--header", "no colon"], "Give it as --header 'Name: value'"),
        (["http://127.0.0.1:1", "--key-env", "NOT_SET_AT_ALL"], "NOT_SET_AT_ALL is not set"),
        (["http://127.0.0.1:1", "--ca-file", "nowhere.pem"], "holds no certificates"),
        ([], "Missing argument 'TARGET'"),
    ],
)  # fmt: skip
def test_what_cannot_be_asked_is_a_mistake_of_use(arguments: list[str], words: str) -> None:
    result = record(*arguments)
    assert (result.exit_code, words in result.output) == (2, True), result.output
    assert list(Path().iterdir()) == []


def test_a_target_that_cannot_be_reached_ends_with_3_the_reason_and_the_next_step() -> None:
    url = refused_url()
    result = record(url)
    assert result.exit_code == 3
    assert f"{url}/v1/chat/completions: nothing listens on port" in result.output
    assert "Start the server, or check the port." in result.output
    assert list(Path().iterdir()) == []


# Keys


def test_a_key_comes_from_the_environment_and_is_never_shown_or_written() -> None:
    seen: list[bytes] = []

    def echo(peer: Peer) -> None:
        seen.append(peer.request)
        answer(GOOD.replace("Hello", KEY))(peer)

    with serving(echo) as url:
        result = record(url, "--key-env", "MY_KEY", "-o", "tape.yaml", env={"MY_KEY": KEY + "\n"})
    assert result.exit_code == 0, result.output
    assert f"Authorization: Bearer {KEY}\r\n".encode() in seen[0]
    assert KEY.encode() not in Path("tape.yaml").read_bytes()
    assert tape().request.headers.get("authorization") == "REDACTED"


def test_a_providers_key_is_sent_to_the_provider_alone(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever lies in the environment: another server gets it only where it is named."""
    from conformance import catalogue
    from conformance.errors import TargetError
    from conformance.targets import Asking, opened

    mine = Dialect(
        "mine", hosts=("api.mine.test",), endpoints={"openai-chat": "https://api.mine.test/v1"}, key_env="MINE_KEY"
    )
    monkeypatch.setattr(catalogue, "dialects", lambda: {"mine": mine})
    monkeypatch.setenv("MINE_KEY", KEY)
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    for word, key in (
        ("mine", KEY),
        ("https://api.mine.test/v1", KEY),
        ("https://api.other.test/v1", None),
        (url, None),
    ):
        with opened(word, Asking()) as target:
            assert target.key == key
            assert target.url.endswith("/v1/chat/completions")
    monkeypatch.delenv("MINE_KEY")
    with pytest.raises(TargetError, match=r"its key is missing: MINE_KEY is not set"), opened("mine", Asking()):
        pass
    with opened("mine", Asking(headers=(("Authorization", "x"),))) as target:
        assert target.key is None
    assert record("mine", "--protocol", "openai-responses").exit_code == 2


def test_a_provider_may_want_its_key_elsewhere_and_only_speak_another_protocol(monkeypatch: pytest.MonkeyPatch) -> None:
    from conformance import catalogue
    from conformance.targets import Asking, opened

    endpoints = {"gemini-generate": "https://api.mine.test/v1beta/models/{model}:streamGenerateContent?alt=sse"}
    mine = Dialect("mine", endpoints=endpoints, key_env="MINE_KEY", headers={"api-key": "{{key}}"})
    monkeypatch.setattr(catalogue, "dialects", lambda: {"mine": mine, "bare": Dialect("bare", "Bare")})
    monkeypatch.setenv("MINE_KEY", KEY)
    with opened("mine", Asking(model="m")) as target:
        request = target.prompt("x")
        assert request.uri == "https://api.mine.test/v1beta/models/m:streamGenerateContent?alt=sse"
        assert (request.headers.get("api-key"), request.headers.get("x-goog-api-key")) == (KEY, None)
    result = record("bare")
    assert (result.exit_code, "Give the URL of yours, and --dialect bare." in result.output) == (2, True)


def test_a_dialect_is_kept_in_the_cassette(url: str) -> None:
    assert record(url, "--dialect", "vllm", "-o", "tape.yaml").exit_code == 0
    assert tape().metadata["dialect"] == "vllm"
    assert record(url, "--dialect", "vlm").exit_code == 2


# As a process


def test_the_command_works_as_a_process_with_the_built_in_server() -> None:
    arguments = [sys.executable, "-m", "conformance", "record", "builtin", "--scenario", "usage", "-o", "tape.yaml"]
    done = subprocess.run(arguments, capture_output=True, text=True, timeout=120)
    assert (done.returncode, done.stderr) == (0, "")
    assert "Red, green, blue." in done.stdout
    found = tape()
    assert (found.end.kind, found.metadata["synthetic"]) == (EndKind.EOF, True)


def test_a_reader_that_goes_away_ends_it_like_any_other_command_and_the_cassette_is_kept() -> None:
    def slow(peer: Peer) -> None:
        peer.send(CHUNKED)
        blocks = [block.encode() + b"\n\n" for block in GOOD.split("\n\n")[:-1]]
        peer.chunks(*blocks[:2], *[blocks[1]] * 200, *blocks[2:], gap=0.01)
        peer.end()

    with serving(slow) as url:
        arguments = [sys.executable, "-m", "conformance", "record", url, "-o", "tape.yaml"]
        process = subprocess.Popen(arguments, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        assert process.stdout is not None
        process.stdout.read(10)
        process.stdout.close()
        assert process.wait(timeout=60) == 141
        assert process.stderr is not None
        assert process.stderr.read() == b""
        process.stderr.close()
    assert tape().end.by == "recorder"
