"""Laws of `conformance gateway`: what a person sees of a gateway from both sides, and when there is no verdict."""

from __future__ import annotations

import json
import socket
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from conformance import gateways
from conformance.cli import group
from conformance.edge.gateway_case import GROUPS
from conformance.edge.load import load

from ..edge.controllable_gateway import Behaviour, gateway
from ..edge.loopback import Peer, refused_url, serving

STREAM = b'data: {"id":"a","object":"chat.completion.chunk","created":1,"model":"m","choices":[]}\n\ndata: [DONE]\n\n'
CHAT = ("--protocol", "openai-chat")


def run(*words: str) -> Result:
    return CliRunner().invoke(group, ["gateway", *words])


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port: int = taken.getsockname()[1]
    return port


def by_itself(peer: Peer) -> None:
    """Answers without asking anybody."""
    peer.send(b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n")
    peer.chunks(STREAM)
    peer.end()


def test_without_a_gateway_the_proxy_that_comes_along_is_tested(tmp_path: Path) -> None:
    folder = tmp_path / "run"
    done = run(*CHAT, "--case", "text", "--case", "fin", "--case", "cancel-in-text-silent", "-o", str(folder))
    assert done.exit_code == 0, done.output
    assert {path.name for path in folder.iterdir()} == {
        "manifest.json", "text.yaml", "text.upstream.yaml", "fin.yaml", "fin.upstream.yaml",
        "cancel-in-text-silent.yaml", "cancel-in-text-silent.upstream.yaml",
    }  # fmt: skip
    for word in ("the same bytes", "added time, ms", "client leaves", "1/1", "by the broken body", "3 streams"):
        assert word in done.output


def test_the_folder_is_judged_again_to_the_same_report(tmp_path: Path) -> None:
    folder, first, again = tmp_path / "run", tmp_path / "first.json", tmp_path / "again.json"
    port = free_port()
    with gateway(Behaviour(launder=True), port) as url:
        words = ["--gateway", url, "--listen", f"127.0.0.1:{port}", *CHAT, "--case", "fin", "-o", str(folder)]
        told = run(*words, "--json", str(first))
    assert told.exit_code == 1
    assert [line.split()[-1] for line in told.output.splitlines() if line.startswith("fin ")] == ["fail", "NO"]
    checked = CliRunner().invoke(group, ["check", str(folder), "--json", str(again)])
    assert checked.exit_code == 1
    assert "gateway/truncation-laundered" in checked.output
    assert json.loads(first.read_bytes()) == json.loads(again.read_bytes())


def test_a_run_is_judged_by_several_processes_too(tmp_path: Path) -> None:
    folder = tmp_path / "run"
    assert run(*CHAT, "--case", "text", "--case", "fin", "-o", str(folder)).exit_code == 0
    alone, pooled = (
        CliRunner().invoke(group, ["check", str(folder), "--json", "-", "--jobs", jobs]) for jobs in ("1", "2")
    )
    assert (alone.exit_code, alone.output) == (pooled.exit_code, pooled.output) == (0, alone.output)


def test_a_gateway_that_asks_the_upstream_nothing_has_no_verdict(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with serving(by_itself) as url:
        done = run("--gateway", url, "--listen", "127.0.0.1:0", *CHAT, "--case", "text")
    assert done.exit_code == 3
    assert "asked our upstream nothing" in done.output
    assert "--config-for" in done.output
    assert not Path("runs").exists()


def test_a_gateway_that_is_not_there_has_no_verdict() -> None:
    done = run("--gateway", refused_url(), "--listen", "127.0.0.1:0", "--wait", "0", *CHAT, "--case", "text")
    assert done.exit_code == 3
    assert "cannot be reached" in done.output


def test_a_target_is_asked_in_the_protocols_that_it_declares(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    port = free_port()
    with gateway(Behaviour(), port) as url:
        target = f'[targets.mine]\nurl = "{url}"\nversion = "1.2"\nprotocols = ["anthropic-messages"]\n'
        Path("targets.toml").write_text(target)
        done = run("--gateway", "mine", "--listen", f"127.0.0.1:{port}", "--case", "text", "-o", "made")
    assert done.exit_code == 0, done.output
    (kept,) = load(Path("made", "text.yaml"))
    assert (kept.metadata["protocol"], kept.metadata["target_version"]) == ("anthropic-messages", "1.2")


def test_an_unknown_case_is_answered_with_the_nearest_names() -> None:
    done = run("--case", "cancel-in-txt")
    assert done.exit_code == 2
    assert "cancel-in-text" in done.output


def test_an_address_that_is_none_is_refused() -> None:
    done = run("--listen", "nowhere")
    assert done.exit_code == 2
    assert "127.0.0.1:" in done.output


# Templates


def test_every_template_names_our_upstream_and_the_command() -> None:
    assert run("--config-for", "list").output.split() == list(gateways.configs())
    for name in gateways.configs():
        told = run("--config-for", name, "--listen", "127.0.0.1:19999", "--model", "my-model").output
        assert "19999" in told
        assert "conformance gateway --gateway " in told
        assert "{{" not in told


def test_an_unknown_gateway_is_answered_with_the_nearest_names() -> None:
    done = run("--config-for", "ngnix")
    assert done.exit_code == 2
    assert "nginx" in done.output


# Cases


@pytest.mark.parametrize("name", gateways.cases())
def test_every_case_can_be_asked_and_played_in_all_its_protocols(name: str) -> None:
    case = gateways.case(name)
    assert case.group in GROUPS
    played = gateways.play(case, 3.0)
    spoken = [protocol for protocol in gateways.PROTOCOLS if case.speaks(protocol)]
    assert spoken
    assert {asked.protocol for asked in played.recordings} == set(gateways.PROTOCOLS), "a gateway may translate"
    for protocol in spoken:
        asked = gateways.question(case, protocol)
        assert asked.name == name
        stage = gateways.stage(case, protocol)
        assert (stage is None) is (case.abort is None)


def test_a_cassette_of_the_upstream_is_nothing_to_judge(tmp_path: Path) -> None:
    folder = tmp_path / "run"
    run(*CHAT, "--case", "text", "-o", str(folder))
    (upstream,) = load(folder / "text.upstream.yaml")
    assert upstream.metadata["side"] == "upstream"
    done = CliRunner().invoke(group, ["check", str(folder / "text.upstream.yaml")])
    assert done.exit_code == 3
