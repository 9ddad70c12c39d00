"""Targets that misbehave, and several of them: each ends in a finding or in "no verdict" with the reason."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from h2.connection import H2Connection

from conformance.cli import group
from tests.edge.loopback import CHUNKED, Peer, certificate, http2, refused_url, serving
from tests.reports import GOOD, chunk

TEXT = ("--scenario", "text")


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))


def run(*arguments: str | Path, **more: Any) -> Result:
    return CliRunner().invoke(group, ["run", *map(str, arguments)], **more)


def told(result: Result) -> str:
    """What was printed, as one line."""
    return " ".join(result.output.split())


def declare(**targets: dict[str, Any]) -> None:
    """Writes targets.toml."""
    lines = [f"[targets.{name}]\n{as_toml(one)}" for name, one in targets.items()]
    Path("targets.toml").write_text("\n".join(lines) + "\n")


def as_toml(table: dict[str, Any], between: str = "\n") -> str:
    """Members as TOML; a table within is written inline."""

    def value(one: Any) -> str:
        return f"{{ {as_toml(one, ', ')} }}" if isinstance(one, dict) else json.dumps(one)

    return between.join(f"{key} = {value(one)}" for key, one in table.items())


def good(peer: Peer) -> None:
    peer.send(CHUNKED)
    peer.chunks(*[block.encode() + b"\n\n" for block in GOOD.split("\n\n")[:-1]])
    peer.end()


def answering(head: bytes, body: bytes = b"") -> Any:
    return lambda peer: peer.send(b"HTTP/1.1 %b\r\ncontent-length: %d\r\n\r\n%b" % (head, len(body), body))


def silent(peer: Peer) -> None:
    peer.wait_gone(5)


def endless(peer: Peer) -> None:
    """As much as the client takes."""
    peer.send(CHUNKED)
    piece = chunk({"content": "x" * 4000}).encode() * 16
    for _ in range(10 * 2**30 // len(piece)):
        peer.chunks(piece)


HTML = b"<!doctype html><title>Welcome</title>" * 20
LOGIN = b"302 Found\r\nlocation: https://login.example/?next=/v1"


@pytest.mark.parametrize(
    ("script", "options", "code", "words"),
    [
        (answering(b"200 OK\r\ncontent-type: text/html", HTML), (), 1, "but the answer is text/html"),
        (answering(LOGIN), (), 3, "(302): there is no verdict. It redirects, as a login page does: check the URL."),
        (lambda peer: None, (), 3, "without sending a response"),
        (silent, ("--idle", "0.3"), 3, "no response: no byte for 0.3 s"),
        (answering(b"403 Forbidden", b"{}"), (), 3, "(403): there is no verdict. Name the variable that holds its key"),
        (answering(b"204 No Content"), (), 1, "No scenario of openai-chat was answered with a stream (204)"),
    ],
    ids=["html", "login", "closes", "silent", "forbidden", "nothing"],
)
def test_what_is_no_stream_is_a_finding_or_no_verdict_with_the_reason(
    script: Any, options: tuple[str, ...], code: int, words: str
) -> None:
    with serving(script) as url:
        result = run(url, *TEXT, *options, "-o", "out")
    assert (result.exit_code, words in told(result)) == (code, True), result.output


def test_an_answer_without_end_is_read_to_a_bound_and_no_further() -> None:
    with serving(endless) as url:
        declare(flood={"url": url, "limits": {"bytes": 200_000}})
        result = run("flood", *TEXT, "-o", "out")
    assert result.exit_code == 3, result.output
    assert "not read to its end: the answer is longer than the limit of 200,000 bytes" in told(result)
    (answer,) = [entry["answer"] for entry in json.loads(Path("out/manifest.json").read_text())["scenarios"]]
    assert 200_000 <= answer["bytes"] < 1_000_000
    assert answer["end"] == "cancelled"


def test_a_bad_certificate_ends_with_3_and_the_next_step(tmp_path: Path) -> None:
    pem = certificate(tmp_path)
    with serving(good, tls=pem) as url:
        result = run(url, *TEXT, "-o", "out")
        assert (result.exit_code, "its certificate is not trusted" in told(result)) == (3, True), result.output
        assert "--ca-file" in told(result)
        assert run(url, *TEXT, "--ca-file", pem, "-o", "again").exit_code == 0


def test_http2_is_asked_for_where_tls_is_spoken(tmp_path: Path) -> None:
    def answer(peer: Peer, connection: H2Connection, stream: int) -> None:
        connection.send_headers(stream, [(":status", "200"), ("content-type", "text/event-stream")])
        connection.send_data(stream, GOOD.encode(), end_stream=True)
        peer.send(connection.data_to_send())

    pem = certificate(tmp_path)
    with serving(http2(answer), tls=pem, take=False) as url:
        result = run(url, "--scenario", "http2", "--ca-file", pem, "-o", "out")
    assert result.exit_code == 0, result.output
    (entry,) = json.loads(Path("out/manifest.json").read_text())["scenarios"]
    assert entry["answer"]["http_version"] == "HTTP/2"


def test_two_targets_of_one_host_have_folders_of_their_own() -> None:
    with serving(good) as url:
        result = run(f"{url}/a/v1", f"{url}/b/v1", *TEXT, "-o", "out")
        assert result.exit_code == 0, result.output
        again = run("--resume", "out", "--json", "-")
    assert again.exit_code == 0, again.output
    paths = {json.loads(path.read_text())["target"]["url"] for path in Path("out").glob("*/manifest.json")}
    assert paths == {f"{url}/{name}/v1/chat/completions" for name in "ab"}


def test_what_ends_one_target_ends_no_other() -> None:
    """All at once: refused, silent, closing, HTML, an endless one, and one that is well."""
    with (
        serving(good) as well,
        serving(silent) as mute,
        serving(lambda peer: None) as closing,
        serving(answering(b"200 OK\r\ncontent-type: text/html", HTML)) as page,
        serving(endless) as flood,
    ):
        limits = {"idle": 0.4, "bytes": 100_000}
        urls = {"a-refused": refused_url(), "b-mute": mute, "c-closing": closing, "d-page": page, "e-flood": flood}
        declare(**{name: {"url": url, "limits": limits} for name, url in {**urls, "f-well": well}.items()})
        started = time.monotonic()
        result = run(*urls, "f-well", *TEXT, "--scenario", "long", "-o", "out", "--json", "report.json")
        assert time.monotonic() - started < 60
    assert result.exit_code == 1, result.output
    report = json.loads(Path("report.json").read_text())
    verdicts = {Path(one["source"]).parent.name: one["verdict"] for one in report["runs"]}
    assert verdicts["f-well"] == "pass"
    assert verdicts["d-page"] == "fail"
    assert verdicts["e-flood"] == "inconclusive"
    failures = {Path(one["source"]).name: one["message"] for one in report["summary"]["failures"]}
    assert "nothing listens" in failures["a-refused"]
    assert "no byte for 0.4 s" in failures["b-mute"]
    assert "without sending a response" in failures["c-closing"]
    manifests = {path.parent.name: json.loads(path.read_text()) for path in Path("out").glob("*/manifest.json")}
    assert set(manifests) == {*urls, "f-well"}
    assert [entry["answer"] for entry in manifests["a-refused"]["scenarios"]] == [None, None]


def test_several_targets_are_asked_side_by_side() -> None:
    """Each waits for the other: one after the other they would wait for ever."""
    waiting: list[int] = []

    def meeting(peer: Peer) -> None:
        waiting.append(1)
        ends = time.monotonic() + 20
        while len(waiting) < 2 and time.monotonic() < ends:
            time.sleep(0.01)
        (good if len(waiting) > 1 else silent)(peer)

    with serving(meeting) as one, serving(meeting) as other:
        result = run(one, other, *TEXT, "-o", "out")
    assert result.exit_code == 0, result.output
    assert "Asking 2 targets: 2 requests in 1 protocol" in result.output
    assert len(list(Path("out").glob("*/text.yaml"))) == 2


def test_a_missing_key_is_said_before_anything_is_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[Peer] = []

    def script(peer: Peer) -> None:
        asked.append(peer)
        good(peer)

    monkeypatch.delenv("NO_SUCH_KEY", raising=False)
    monkeypatch.setenv("MY_TEAM_KEY", "k")
    with serving(script) as url:
        declare(
            one={"url": url},
            two={"url": url, "key_env": "NO_SUCH_KEY"},
            three={"url": url + "/${NO_SUCH_PATH}"},
            four={"url": url, "key_env": "MY_TEEM_KEY"},
        )
        for names, words in (
            (("one", "two"), "its key is missing: NO_SUCH_KEY is not set. Set it: export NO_SUCH_KEY=..."),
            (("one", "three"), "its variable NO_SUCH_PATH is not set"),
            (("one", "four"), "Did you mean MY_TEAM_KEY?"),
        ):
            result = run(*names, *TEXT)
            assert (result.exit_code, words in told(result)) == (3, True), result.output
        result = run("one", "two", *TEXT, "--key-env", "MY_TEAM_KEY")
        assert (result.exit_code, "the key of one target" in told(result)) == (2, True)
    assert asked == []
    assert not Path("runs").exists()


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("min",), "Did you mean mine"),
        (("opnai",), "Did you mean openai"),
        (("mine", "--scenario", "tool"), "Did you mean tools"),
        (("mine", "--protocol", "openai-chats"), "Did you mean openai-chat"),
        (("mine", "--dialect", "openrooter"), "Did you mean openrouter"),
        (("skipping",), "There is no scenario of openai-chat 'reasonning'. Did you mean reasoning"),
        (("lost",), "There is no dialect 'openrooter'. Did you mean openrouter"),
        (("mute",), "There is no protocol that can be asked 'openai-chatt'. Did you mean openai-chat"),
    ],
)
def test_an_unknown_name_is_answered_with_the_nearest(arguments: tuple[str, ...], words: str) -> None:
    declare(
        mine={"url": "http://127.0.0.1:9"},
        lost={"url": "http://127.0.0.1:9", "dialect": "openrooter"},
        mute={"url": "http://127.0.0.1:9", "protocols": ["openai-chatt"]},
    )
    with Path("targets.toml").open("a") as file:
        file.write('[targets.skipping]\nurl = "http://127.0.0.1:9"\nskip = { reasonning = "why" }\n')
    result = run(*arguments)
    assert (result.exit_code, words in told(result)) == (2, True), result.output


def test_a_target_says_what_is_sent_to_it(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[bytes] = []

    def script(peer: Peer) -> None:
        asked.append(peer.request)
        good(peer)

    monkeypatch.setenv("TEAM", "blue")
    monkeypatch.setenv("THE_KEY", "sk-of-mine-0123456789")
    with serving(script) as url:
        declare(mine={"url": url + "/api/v1", "models": ["m-1", "m-2"], "key_env": "THE_KEY", "version": "2.1"})
        with Path("targets.toml").open("a") as file:
            file.write('headers = { X-Team = "${TEAM}" }\nskip = { usage = "it tells none" }\n')
        result = run("mine", *TEXT, "--scenario", "usage", "-o", "out")
    assert result.exit_code == 0, result.output
    assert len(asked) == 1
    head = asked[0].lower()
    assert head.startswith(b"post /api/v1/chat/completions ")
    assert b"x-team: blue" in head and b"bearer sk-of-mine-0123456789" in head
    assert b'"model":"m-1"' in asked[0]
    assert "skipped" in result.output and "it tells none" in result.output
    manifest, cassette = Path("out/manifest.json").read_text(), Path("out/text.yaml").read_text()
    assert "sk-of-mine" not in manifest + cassette
    asked_of = json.loads(manifest)["target"]
    assert (asked_of["name"], asked_of["version"]) == ("mine", "2.1")
    assert "target_version: '2.1'" in cassette
