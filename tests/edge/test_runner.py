"""Laws of a run: every scenario becomes a cassette, whatever the target does, and the manifest says what was done."""

from __future__ import annotations

import json
import threading
from hashlib import sha256
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from conformance import catalogue, check
from conformance.core.finding import Verdict
from conformance.core.recording import EndKind, Recording
from conformance.core.stream import Stream
from conformance.edge.builtin import builtin_recordings, builtin_server
from conformance.edge.load import load
from conformance.edge.recorder import Options
from conformance.edge.replay_match import last_prompt
from conformance.edge.runner import Lane, forget
from conformance.edge.runner import run as run_all
from conformance.edge.runner_folder import Exchange, Session, exchanges, folder_name, fresh
from conformance.edge.scenario import Scenario, Target
from conformance.errors import InputError, StorageError, UsageError
from conformance.suite import endpoint, endpoints, scenarios

from .loopback import CHUNKED, Peer, refused_url, serving

CASSETTES = catalogue.data_folder("cassettes")
CHAT = "openai-chat"
ALL = list(scenarios(CHAT).values())
KEY = "sk-test-Zx81LmQp0vBn4TyUiOeWs7Kd"


def target(url: str, protocol: str = CHAT, **more: Any) -> Target:
    spoken, model = endpoint(protocol), more.pop("model", "m")
    return Target("t", spoken.url(url, model), spoken, model, **more)


ABOUT = {"tool": {"name": "llm-stream-conformance", "version": "1.2.3"}, "ruleset": "2026.11"}


def session(asked: Target, chosen: list[Scenario], folder: Path, repeats: int = 1, **own: Any) -> Session:
    """A session that has yet to run, in a new folder."""
    fresh(folder)
    return Session(asked, folder, exchanges(chosen, folder, asked, repeats), about=ABOUT, **own)


def run(asked: Target, chosen: list[Scenario], folder: Path, **more: Any) -> Session:
    """One session, run."""
    own = {name: more.pop(name) for name in ("notes", "repeats") if name in more}
    told = {name: more.pop(name) for name in ("on_start", "on_done") if name in more}
    one = session(asked, chosen, folder, **own)
    run_all([Lane([one], **more)], **told)
    return one


def manifest_of(folder: Path) -> dict[str, Any]:
    """The manifest of a run, which fits its schema."""
    data = json.loads((folder / "manifest.json").read_text())
    schema = json.loads((catalogue.data_folder("schemas") / "manifest.json").read_text())
    jsonschema.validate(data, schema)
    return data  # type: ignore[no-any-return]


def chosen(*names: str) -> list[Scenario]:
    return [scenarios(CHAT)[name] for name in names]


def by_name(session: Session) -> dict[str, Exchange]:
    return {exchange.scenario.name: exchange for exchange in session.exchanges}


def test_every_scenario_of_the_built_in_server_becomes_a_cassette(tmp_path: Path) -> None:
    started: list[str] = []
    done: list[str] = []
    with builtin_server(CASSETTES, [CHAT], speed=0) as server:
        session = run(
            target(server.url),
            ALL,
            tmp_path / "run",
            concurrency=4,
            notes={"synthetic": True},
            on_start=lambda exchange: started.append(exchange.scenario.name),
            on_done=lambda exchange: done.append(exchange.scenario.name),
        )
        wanted = {str(one.metadata["scenario"]): one for one in server.recordings}
    asked = [exchange for exchange in session.exchanges if exchange.skipped is None]
    assert sorted(started) == sorted(done) == sorted(exchange.scenario.name for exchange in asked)
    assert {*started, "http2"} == {found.name for found in ALL}
    assert all(exchange.answered and not exchange.remark for exchange in asked if not exchange.scenario.cancel)
    for exchange in asked:
        tape = load(exchange.path)[0]
        original = wanted[exchange.scenario.name]
        assert tape.status == original.status
        assert original.body.startswith(tape.body) if exchange.scenario.cancel else tape.body == original.body
        assert tape.metadata["scenario"] == exchange.scenario.name
        assert (tape.metadata["protocol"], tape.metadata["synthetic"]) == (CHAT, True)


def test_the_manifest_says_what_was_asked_of_whom_and_holds_the_digests(tmp_path: Path) -> None:
    with builtin_server(CASSETTES, [CHAT], speed=0) as server:
        url = server.url.replace("//", "//user:pass@") + "/v1?key=" + KEY
        run(target(url, key=KEY), chosen("text", "usage"), tmp_path / "run")
    text = (tmp_path / "run" / "manifest.json").read_text()
    manifest = manifest_of(tmp_path / "run")
    assert KEY not in text
    assert "pass" not in text
    assert manifest["target"] == {
        "name": "t", "word": "", "url": f"{server.url}/v1/chat/completions", "protocol": CHAT, "dialect": None,
        "model": "m", "version": None,
    }  # fmt: skip
    assert (manifest["manifest"], manifest["ruleset"], manifest["interrupted"]) == (1, "2026.11", False)
    assert manifest["started"] <= manifest["ended"]
    assert [entry["scenario"] for entry in manifest["scenarios"]] == ["text", "usage"]
    for entry in manifest["scenarios"]:
        answer = entry["answer"]
        assert answer["sha256"] == sha256((tmp_path / "run" / entry["cassette"]).read_bytes()).hexdigest()
        assert (answer["status"], answer["end"], entry["remark"]) == (200, "eof", None)


def test_no_cassette_of_a_run_holds_the_key(tmp_path: Path) -> None:
    with builtin_server(CASSETTES, [CHAT], speed=0) as server:
        run(target(server.url, key=KEY), chosen("text", "error-before-stream"), tmp_path / "run")
        sent = [served.request.headers.get("authorization") for served in server.served]
    assert sent == [f"Bearer {KEY}"] * 2
    assert all(KEY.encode() not in path.read_bytes() for path in (tmp_path / "run").iterdir())


def answering(status: bytes, body: bytes) -> Any:
    def script(peer: Peer) -> None:
        peer.send(b"HTTP/1.1 %b\r\ncontent-length: %d\r\n\r\n%b" % (status, len(body), body))

    return script


def test_a_refusal_is_kept_and_shown_as_what_it_is(tmp_path: Path) -> None:
    with serving(answering(b"400 Bad Request", b'{"error": {"message": "no tools"}}')) as url:
        session = run(target(url), chosen("tools", "text", "error-before-stream"), tmp_path / "run")
    found = by_name(session)
    assert (found["tools"].answered, found["tools"].remark) == (False, "needs tools")
    assert (found["text"].answered, found["text"].remark) == (False, "refused")
    assert (found["error-before-stream"].answered, found["error-before-stream"].remark) == (True, "")


def test_a_server_that_fails_and_one_that_takes_what_it_should_refuse_are_told(tmp_path: Path) -> None:
    with serving(answering(b"503 Down", b"")) as url:
        assert run(target(url), chosen("text"), tmp_path / "a").exchanges[0].remark == "the server failed"

    def stream(peer: Peer) -> None:
        peer.send(CHUNKED)
        peer.chunks(b"data: {}\n\n")
        if b"this is a string" in peer.request:
            peer.end()

    with serving(stream) as url:
        session = run(target(url), chosen("error-before-stream", "text"), tmp_path / "b")
    found = by_name(session)
    assert found["error-before-stream"].remark == "expected 400 or 422"
    assert found["text"].remark.startswith("truncated: peer closed connection")
    assert found["text"].answered


def test_a_target_that_cannot_be_reached_is_asked_once_and_leaves_nothing(tmp_path: Path) -> None:
    done: list[Exchange] = []
    one = run(target(refused_url()), ALL, tmp_path / "run", on_done=done.append)
    assert [exchange.scenario.name for exchange in done] == ["text"]
    assert "nothing listens" in str(one.refused)
    assert "nothing listens" in manifest_of(one.folder)["refused"]
    forget(one)
    assert list(tmp_path.iterdir()) == []


def test_a_target_that_dies_on_the_way_keeps_what_was_recorded(tmp_path: Path) -> None:
    served = []

    def script(peer: Peer) -> None:
        served.append(1)
        if len(served) == 1:
            peer.send(CHUNKED + b"8\r\ndata: 1\n\r\n2\r\n\n\n\r\n0\r\n\r\n")

    with serving(script) as url:
        session = run(target(url), chosen("text", "usage", "tools"), tmp_path / "run")
    remarks = [exchange.remark for exchange in session.exchanges]
    assert remarks[0] == ""
    assert all("without sending a response" in remark for remark in remarks[1:])
    entries = manifest_of(tmp_path / "run")["scenarios"]
    assert [entry["answer"] is not None for entry in entries] == [True, False, False]
    assert ["without sending a response" in str(entry["error"]) for entry in entries] == [False, True, True]


def test_no_more_than_asked_for_run_at_once(tmp_path: Path) -> None:
    lock, running, most = threading.Lock(), [0], [0]

    def start(exchange: Exchange) -> None:
        with lock:
            running[0] += 1
            most[0] = max(most[0], running[0])

    def stop(exchange: Exchange) -> None:
        with lock:
            running[0] -= 1

    with builtin_server(CASSETTES, [CHAT], speed=4) as server:
        for concurrency in (1, 3):
            most[0] = 0
            folder = tmp_path / str(concurrency)
            alone = [found for found in ALL if found.copies == 1]
            run(target(server.url), alone, folder, concurrency=concurrency, on_start=start, on_done=stop)
            assert most[0] <= concurrency
        assert most[0] > 1


def test_an_interrupt_keeps_what_was_recorded_and_asks_no_more(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from concurrent.futures import wait

    from conformance.edge import runner

    def silent(peer: Peer) -> None:
        peer.send(CHUNKED)
        peer.chunks(b"data: 1\n\n")
        peer.wait_gone(20)

    def here(exchanges: list[Exchange]) -> list[Exchange]:
        return [exchange for exchange in exchanges if exchange.path.exists()]

    under_way: list[Exchange] = []
    interrupted = []

    def interrupting(*arguments: Any) -> Any:
        if not interrupted and any(b"data: 1" in exchange.path.read_bytes() for exchange in here(under_way)):
            interrupted.append(1)
            raise KeyboardInterrupt
        return wait(*arguments)

    monkeypatch.setattr(runner, "wait", interrupting)
    with serving(silent) as url:
        session = run(target(url), chosen("text", "usage"), tmp_path / "run", on_start=under_way.append)
    assert session.interrupted
    first, second = session.exchanges
    end = load(first.path)[0].end
    assert (end.kind, end.by, first.interrupted) == (EndKind.CANCELLED, "client", True)
    assert first.remark == "cancelled: interrupted (Ctrl-C)"
    assert (second.answer, second.remark) == (None, "not asked: the run ended before")


def test_a_folder_that_holds_something_is_refused(tmp_path: Path) -> None:
    (tmp_path / "old.yaml").write_text("")
    with pytest.raises(UsageError, match="is not empty"):
        run(target("http://127.0.0.1:1"), ALL, tmp_path)
    with pytest.raises(StorageError, match="cannot be made"):
        run(target("http://127.0.0.1:1"), ALL, tmp_path / "old.yaml" / "run")


def test_a_timeout_is_a_recording_like_any_other(tmp_path: Path) -> None:
    def silent(peer: Peer) -> None:
        peer.send(CHUNKED)
        peer.wait_gone()

    with serving(silent) as url:
        session = run(target(url), chosen("text"), tmp_path / "run", options=Options(idle=0.3))
    assert session.exchanges[0].remark == "timeout: no byte for 0.3 s"
    assert not session.exchanges[0].answered


def test_the_folders_name_is_safe_in_every_file_system() -> None:
    from datetime import UTC, datetime

    now = datetime(2026, 11, 20, 9, 30, tzinfo=UTC)
    assert folder_name("api.example.com:8443/x?y", now) == "api.example.com-8443-x-y-20261120T093000Z"
    assert folder_name("../..", now) == "target-20261120T093000Z"


def test_several_sessions_share_the_work_and_each_has_its_folder_and_manifest(tmp_path: Path) -> None:
    with builtin_server(CASSETTES, speed=0) as server:
        sessions = [
            session(target(server.url, name), [scenarios(name)["text"]], tmp_path / name) for name in endpoints()
        ]
        run_all([Lane(sessions, concurrency=3)])
    for name, one in zip(endpoints(), sessions, strict=True):
        assert all(exchange.answered and not exchange.remark for exchange in one.exchanges)
        manifest = manifest_of(tmp_path / name)
        assert manifest["target"]["protocol"] == name
        assert [entry["cassette"] for entry in manifest["scenarios"]] == ["text.yaml"]
        tape = load(tmp_path / name / "text.yaml")[0]
        assert (tape.metadata["protocol"], tape.body) == (name, built_in(name)["text"].body), "each at its own path"


def test_sessions_of_a_target_that_cannot_be_reached_leave_nothing(tmp_path: Path) -> None:
    url, both = refused_url(), (CHAT, "cohere-chat")
    sessions = [session(target(url, name), [scenarios(name)["text"]], tmp_path / name) for name in both]
    run_all([Lane(sessions)])
    for one in sessions:
        assert "nothing listens" in str(one.refused)
        forget(one)
    assert list(tmp_path.iterdir()) == []


# The built-in recordings


def built_in(protocol: str) -> dict[str, Recording]:
    return {str(found.metadata["scenario"]): found for found in builtin_recordings(CASSETTES, [protocol])}


@pytest.mark.parametrize("protocol", sorted(endpoints()))
def test_the_built_in_server_has_a_recording_for_every_scenario_and_only_synthetic_ones(protocol: str) -> None:
    found = built_in(protocol)
    assert list(found) == sorted(scenarios(protocol), key=lambda name: (name != "text", name)), "text comes first"
    for name, recording in found.items():
        assert recording.metadata["synthetic"] is True
        assert recording.missing == frozenset()
        assert recording.end.at is not None
        assert recording.end.at < 400, "a run over them must stay a matter of seconds"
        wanted = target("http://x", protocol, model=endpoint(protocol).model).ask(scenarios(protocol)[name])
        assert (recording.request.path, recording.request.json) == (wanted.path, wanted.json)


@pytest.mark.parametrize("protocol", sorted(endpoints()))
def test_the_built_in_recordings_break_no_rule_of_any_level(protocol: str) -> None:
    for name, recording in built_in(protocol).items():
        judged = check(recording, dialect="strict")
        assert judged.protocol == protocol
        assert [(finding.rule, finding.message) for finding in judged.findings] == [], name
        assert judged.verdict is Verdict.PASS


@pytest.mark.parametrize("protocol", sorted(endpoints()))
def test_the_built_in_recordings_say_what_was_asked_for(protocol: str) -> None:
    speaking, found = catalogue.protocol(protocol), built_in(protocol)
    texts = {
        name: "".join(speaking.text_of(event) for event in Stream(recording, speaking).events)
        for name, recording in found.items()
        if recording.status == 200
    }
    assert "blue" in texts["text"]
    for name in {"unicode", "stop-sequence", "json-schema", "long"} & set(texts):
        wanted = {
            "unicode": last_prompt(found["unicode"].request).partition(": ")[2] if name == "unicode" else "",
            "stop-sequence": "one two three four ",
            "json-schema": '{"name":"Porto","country":"Portugal","population":232}',
            "long": "one, two, three",
        }[name]
        assert wanted in texts[name], name
    assert "five" not in texts.get("stop-sequence", "")


def test_a_gemini_model_that_nobody_recorded_is_answered_as_in_other_protocols(tmp_path: Path) -> None:
    with builtin_server(CASSETTES, ["gemini-generate"], speed=0) as server:
        asked = target(server.url, "gemini-generate", model="another")
        one = run(asked, [scenarios("gemini-generate")["text"]], tmp_path / "run")
    assert one.exchanges[0].answered


@pytest.mark.parametrize("protocol", [name for name in sorted(endpoints()) if "long" in scenarios(name)])
def test_built_in_reads_cut_events_and_characters_as_networks_do(protocol: str) -> None:
    found = built_in(protocol)
    body, cut = found["unicode"].body, 0
    inside = 0
    for read in found["unicode"].reads[:-1]:
        cut += read.size
        inside += body[cut] & 0xC0 == 0x80
    assert inside > 3, "cuts within a character"
    assert len(found["long"].body.splitlines()) > 600, "more than 300 events"


def test_the_generator_makes_what_is_committed(tmp_path: Path) -> None:
    import runpy

    script = CASSETTES / "make_builtin" / "__main__.py"
    runpy.run_path(str(script))["main"](tmp_path)
    made = {path.relative_to(tmp_path): path for path in tmp_path.rglob("*.yaml")}
    committed = {path.relative_to(CASSETTES): path for path in CASSETTES.glob("*/builtin/*.yaml")}
    assert set(made) == set(committed)
    differing = [path for path, file in made.items() if file.read_bytes() != committed[path].read_bytes()]
    assert not differing, "run `python cassettes/make_builtin`"


def test_the_readers_contract_shows_code_that_works(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import re

    monkeypatch.chdir(tmp_path)
    (tmp_path / "tools.yaml").write_bytes((CASSETTES / CHAT / "builtin" / "tools.yaml").read_bytes())
    examples = re.findall(r"```python\n(.+?)```", (CASSETTES / "README.md").read_text(encoding="utf-8"), re.DOTALL)
    assert len(examples) == 3
    for example in examples:
        exec(compile(example, "cassettes/README.md", "exec"), {})


def test_the_readers_contract_names_every_field_that_is_written() -> None:
    import re

    readme = (CASSETTES / "README.md").read_text(encoding="utf-8")
    schema = (catalogue.data_folder("schemas") / "cassette.json").read_text(encoding="utf-8")
    for field in ("reads", "end", "http_version", "headers_at", "content_encoding", "headers", "missing"):
        assert f"recording.{field}" in readme
        assert re.search(rf'"{field}":', schema), field


def test_a_package_without_cassettes_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no built-in recordings of openai-chat"):
        builtin_recordings(tmp_path, [CHAT])
