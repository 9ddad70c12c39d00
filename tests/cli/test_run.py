"""`conformance run`: the product's main job, with nothing but itself."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

import conformance
from conformance import catalogue, library
from conformance.cli import group
from conformance.suite import scenarios
from tests.edge.loopback import CHUNKED, Peer, refused_url, serving
from tests.reports import GOOD, TWO_IDS


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PYTHONPATH", str(Path(conformance.__file__).parent.parent))


CHAT = ("--protocol", "openai-chat")


def run(*arguments: str | Path, **more: Any) -> Result:
    return CliRunner().invoke(group, ["run", *map(str, arguments)], **more)


def answering(body: str) -> Any:
    def script(peer: Peer) -> None:
        peer.send(CHUNKED)
        peer.chunks(*[block.encode() + b"\n\n" for block in body.split("\n\n")[:-1]])
        peer.end()

    return script


def refusing(status: bytes, body: bytes = b"{}") -> Any:
    head = b"HTTP/1.1 %b\r\ncontent-type: application/json\r\ncontent-length: %d\r\n\r\n" % (status, len(body))
    return lambda peer: peer.send(head, body)


def test_without_a_target_the_built_in_server_is_asked_everything_in_every_protocol_and_conforms() -> None:
    result = run(env={"COLUMNS": "80"})
    assert result.exit_code == 0, result.output
    asked = {protocol: scenarios(protocol) for protocol in sorted(catalogue.protocols())}
    total = sum(one.copies for names in asked.values() for one in names.values() if not one.http2)
    assert total > 200
    assert f"Asking builtin: {total} requests in {len(asked)} protocols" in result.output
    told = re.search(rf"{total} streams: (\d+) pass(?: and \d inconclusive)?\. No findings\.", result.output)
    assert told is not None, result.output
    assert int(told[1]) >= total - 3, "on a busy machine a stream may end before it is left, and shows nothing then"
    assert max(len(line) for line in result.output.splitlines()) <= 80, "also in a narrow terminal"
    (folder,) = Path("runs").iterdir()
    assert f"Recorded in {folder}" in result.output
    assert {path.name for path in folder.iterdir()} == set(asked)
    blocks = {block.split(",")[0]: block.splitlines()[1:] for block in result.output.split("\n\n")}
    for protocol, names in asked.items():
        rows = {line.split()[0]: line for line in blocks[protocol] if not line.startswith(" ")}
        assert set(rows) == set(names)
        for name, one in names.items():
            told = rows[name].split()
            assert "skipped" in told if one.http2 else "pass" in told
        assert "pass 12/12" in rows["parallel-streams"]
        files = {path.stem for path in (folder / protocol).iterdir()} - {"manifest"}
        copies = {f"parallel-streams.{number}" for number in range(1, 13)}
        assert files == {*names, *copies} - {"http2", "parallel-streams"}


@pytest.mark.parametrize("protocol", sorted(catalogue.protocols()))
def test_one_protocol_alone_is_asked_for_by_name(protocol: str) -> None:
    result = run("--protocol", protocol, "--scenario", "text", "-o", "out")
    assert result.exit_code == 0, result.output
    assert f"Asking builtin: 1 request in {protocol}, model " in result.output
    assert sorted(path.name for path in Path("out").iterdir()) == ["manifest.json", "text.yaml"]
    assert library.check(library.load("out/text.yaml")[0]).protocol == protocol


def test_protocols_are_chosen_each_once_in_the_order_given() -> None:
    chosen = ["openai-completions", "cohere-chat", "openai-completions"]
    result = run(*(word for name in chosen for word in ("--protocol", name)), "--scenario", "text", "-o", "out")
    assert result.exit_code == 0, result.output
    assert "Asking builtin: 2 requests in 2 protocols" in result.output
    assert result.output.index("openai-completions, ") < result.output.index("cohere-chat, ")
    assert {path.name for path in Path("out").iterdir()} == {"openai-completions", "cohere-chat"}
    assert run("--protocol", "nobody").exit_code == 2


def test_a_scenario_that_only_some_protocols_have_is_asked_of_those() -> None:
    result = run("--scenario", "n-choices", "-o", "out")
    assert result.exit_code == 0, result.output
    assert {path.name for path in Path("out").iterdir()} == {"openai-chat", "openai-completions", "gemini-generate"}
    result = run("--protocol", "cohere-chat", "--protocol", "openai-chat", "--scenario", "web-search")
    assert (result.exit_code, "no scenario of cohere-chat or openai-chat" in result.output) == (2, True)


def test_a_url_is_asked_for_chat_unless_it_or_the_user_names_another_protocol() -> None:
    asked: list[bytes] = []

    def script(peer: Peer) -> None:
        asked.append(peer.request.split()[1])
        answering(GOOD)(peer)

    with serving(script) as url:
        for arguments in ([], ["--protocol", "anthropic-messages"], ["--protocol", "cohere-chat"]):
            run(url, *arguments, "--scenario", "text", "-o", f"out{len(asked)}")
        run(f"{url}/v1", "--protocol", "openai-responses", "--scenario", "text", "-o", "out3")
        run(f"{url}/v1/completions", "--scenario", "text", "-o", "out4")
        run(url, "--protocol", "gemini-generate", "--model", "m", "--scenario", "text", "-o", "out5")
    assert asked == [
        b"/v1/chat/completions", b"/v1/messages", b"/v2/chat", b"/v1/responses", b"/v1/completions",
        b"/v1beta/models/m:streamGenerateContent?alt=sse",
    ]  # fmt: skip


def test_a_url_is_asked_in_several_protocols_if_it_is_their_base() -> None:
    asked: list[bytes] = []

    def script(peer: Peer) -> None:
        asked.append(peer.request.split()[1])
        no = b'{"error": {"message": "no such path", "type": "t", "param": null, "code": null}}'
        missing = refusing(b"404 Not Found", no)
        (answering(GOOD) if asked[-1].endswith(b"/chat/completions") else missing)(peer)

    both = ["--protocol", "openai-chat", "--protocol", "openai-responses", "--scenario", "text"]
    with serving(script) as url:
        result = run(f"{url}/v1", *both, "-o", "out")
        assert asked == [b"/v1/chat/completions", b"/v1/responses"]
        assert result.exit_code == 3, result.output
        assert "No scenario of openai-responses was answered with a stream (404)" in result.output
        result = run(f"{url}/v1/chat/completions", *both)
        assert (result.exit_code, "Give its base URL" in result.output) == (2, True)


def test_every_verdict_can_be_had_again_from_the_cassettes() -> None:
    assert run("--scenario", "tools", "--scenario", "text", "-o", "out").exit_code == 0
    again = CliRunner().invoke(group, ["check", "out"])
    assert again.exit_code == 0, again.output
    assert "11 streams: 11 pass" in again.output


def test_scenarios_are_chosen_and_skipped() -> None:
    assert run(*CHAT, "--scenario", "text", "--scenario", "usage", "--skip", "usage", "-o", "out").exit_code == 0
    assert sorted(path.name for path in Path("out").iterdir()) == ["manifest.json", "text.yaml"]
    for arguments, words in ((["--skip", "txt"], "Did you mean text"), (["--scenario", "x"], "There is no scenario")):
        result = run(*arguments)
        assert (result.exit_code, words in result.output) == (2, True)
    assert run("--scenario", "text", "--skip", "text").exit_code == 2


def test_findings_make_the_exit_code_1_and_are_told_with_the_next_step() -> None:
    with serving(answering(TWO_IDS)) as url:
        result = run(url, "--scenario", "text", "-o", "out")
        assert result.exit_code == 1, result.output
        assert "openai-chat/id-changes" in result.output
        assert "conformance show out/text.yaml" in result.output
        assert run(url, "--scenario", "text", "--fail-on", "never", "-o", "again").exit_code == 0


def test_a_report_on_standard_output_has_it_for_itself() -> None:
    result = run(*CHAT, "--scenario", "text", "-o", "out", "--json", "-")
    assert result.exit_code == 0
    found = json.loads(result.stdout)
    assert [one["source"] for one in found["runs"]] == [str(Path("out/text.yaml"))]
    assert found["runs"][0]["verdict"] == "pass"
    assert "Recorded in out" in result.stderr


def test_quiet_prints_the_summary_alone() -> None:
    result = run(*CHAT, "--scenario", "text", "-o", "out", "--quiet")
    assert (result.exit_code, result.output) == (0, "1 stream: 1 pass. No findings.\n")


def test_a_refused_scenario_is_shown_with_its_status_and_is_no_fault_of_the_stream() -> None:
    def script(peer: Peer) -> None:
        tools = b'"tools"' in peer.request
        (refusing(b"400 Bad Request", b'{"error": {"message": "no tools here"}}') if tools else answering(GOOD))(peer)

    with serving(script) as url:
        result = run(url, "--scenario", "text", "--scenario", "tools", "-o", "out", "--fail-on", "error")
    row = next(line for line in result.output.splitlines() if line.startswith("tools"))
    assert row.split()[1] == "400"
    assert "inconclusive" in row
    assert "refused with status 400; it needs tools" in result.output


def test_a_target_that_refuses_everything_is_no_pass() -> None:
    with serving(refusing(b"401 Unauthorized")) as url:
        result = run(url, "--scenario", "text", "--scenario", "usage", "-o", "out", "--fail-on", "never")
    assert result.exit_code == 3, result.output
    told = " ".join(result.output.split())
    assert "No scenario of openai-chat was answered with a stream (401): there is no verdict." in told
    assert "--key-env" in result.output


def test_a_target_that_cannot_be_reached_ends_with_3_and_leaves_nothing() -> None:
    for protocols in ([], [*CHAT, "--protocol", "cohere-chat"]):
        result = run(refused_url(), *protocols)
        assert result.exit_code == 3
        assert "nothing listens on port" in result.output
        assert not list(Path().glob("runs/*"))


def test_a_target_that_dies_on_the_way_is_no_pass() -> None:
    served = []

    def script(peer: Peer) -> None:
        served.append(1)
        if len(served) == 1:
            answering(GOOD)(peer)

    with serving(script) as url:
        result = run(url, "--scenario", "text", "--scenario", "usage", "-o", "out")
    assert result.exit_code == 3, result.output
    assert "no answer" in result.output
    assert "without sending a response" in result.output


def test_a_protocol_without_scenarios_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("conformance.cli.run_sessions.scenarios", lambda protocol: {})
    result = run("http://127.0.0.1:1", "--protocol", "cohere-chat")
    assert (result.exit_code, "cohere-chat has no scenarios" in result.output) == (2, True)


def test_the_dialect_and_the_ruleset_are_checked_before_anything_is_asked() -> None:
    for arguments in (["--dialect", "nobody"], ["--ruleset", "x"]):
        result = run(*arguments)
        assert result.exit_code == 2
        assert "Asking" not in result.output


def test_the_command_works_as_a_process() -> None:
    command = [sys.executable, "-m", "conformance", "run", "--markdown", "report.md"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120)
    assert (done.returncode, done.stderr) == (0, ""), done.stdout
    assert "Recorded in runs" in done.stdout
    assert Path("report.md").read_text(encoding="utf-8")


@pytest.mark.skipif(os.name == "nt", reason="a process cannot be sent Ctrl-C alone on Windows")
def test_ctrl_c_keeps_what_was_recorded_and_ends_with_3() -> None:
    def silent(peer: Peer) -> None:
        peer.send(CHUNKED)
        peer.chunks(b"data: {}\n\n")
        peer.wait_gone(30)

    with serving(silent) as url:
        command = [sys.executable, "-m", "conformance", "run", url, "-o", "out"]
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        ends = time.monotonic() + 60
        while not any(b"data: {}" in path.read_bytes() for path in Path("out").glob("*")):
            assert time.monotonic() < ends, "nothing was recorded"
            time.sleep(0.05)
        process.send_signal(signal.SIGINT)
        told = process.communicate(timeout=60)[0]
    assert process.returncode in (1, 3), told  # 1 where a rule finds fault with what came
    assert "the run was interrupted" in " ".join(told.split())
    manifest = json.loads(Path("out/manifest.json").read_text())
    assert manifest["interrupted"] is True
    assert manifest["scenarios"][0]["answer"]["end"] == "cancelled"
