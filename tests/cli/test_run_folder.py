"""The folder of a run: judged again as at first, gone on with after an end of any kind, told when it was changed."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from click.testing import CliRunner, Result

from conformance import catalogue
from conformance.cli import group
from tests.edge.loopback import CHUNKED, Peer, serving
from tests.reports import GOOD, TWO_IDS

MANIFEST_SCHEMA = json.loads((catalogue.data_folder("schemas") / "manifest.json").read_text())


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))


def invoke(*arguments: str | Path) -> Result:
    return CliRunner().invoke(group, list(map(str, arguments)))


def chosen(*names: str) -> list[str]:
    return [word for name in names for word in ("--scenario", name)]


def told(result: Result) -> str:
    return " ".join(result.output.split())


def manifest(path: str = "out/manifest.json") -> dict[str, Any]:
    found = json.loads(Path(path).read_text())
    jsonschema.validate(found, MANIFEST_SCHEMA)
    return found  # type: ignore[no-any-return]


def send(peer: Peer, body: str) -> None:
    peer.send(CHUNKED)
    peer.chunks(*[block.encode() + b"\n\n" for block in body.split("\n\n")[:-1]])
    peer.end()


def refuse(peer: Peer, status: bytes = b"400 Bad Request") -> None:
    body = b'{"error": {"message": "no", "type": "t", "param": null, "code": null}}'
    head = b"content-type: application/json\r\ncontent-length: %d\r\n\r\n" % len(body)
    peer.send(b"HTTP/1.1 %b\r\n%b%b" % (status, head, body))


def whimsical(peer: Peer) -> None:
    """Text for every question, a refusal for tools, a fault in `long`, silence for `usage`."""
    scenario = peer.request.lower().partition(b"x-conformance-scenario: ")[2].split(b"\r\n")[0]
    if scenario == b"usage":
        return
    if scenario == b"parallel-tools":
        refuse(peer)
    elif scenario == b"text-unstreamed":
        body = json.dumps(
            {
                "id": "gen-1",
                "object": "chat.completion",
                "created": 1,
                "model": "m",
                "choices": [
                    {"index": 0, "message": {"role": "assistant", "content": "Hi"}, "finish_reason": "tool_calls"}
                ],
            }
        ).encode()
        peer.send(b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: %d\r\n\r\n" % len(body), body)
    else:
        send(peer, TWO_IDS if scenario == b"long" else GOOD)


# Judged again


def test_check_gives_the_same_report_byte_for_byte() -> None:
    """With findings, inconclusive answers, comparisons, answers that never came, and scenarios that were not asked."""
    names = chosen("text", "text-unstreamed", "tools", "parallel-tools", "long", "usage", "http2", "bad-key")
    with serving(whimsical) as url:
        first = invoke("run", url, *names, "-o", "out", "--json", "run.json", "--markdown", "run.md")
    again = invoke("check", "out", "--json", "check.json", "--markdown", "check.md")
    assert first.exit_code == again.exit_code == 1, first.output
    assert Path("run.json").read_bytes() == Path("check.json").read_bytes()
    assert Path("run.md").read_bytes() == Path("check.md").read_bytes()
    report = json.loads(Path("run.json").read_text())
    runs = {Path(one["source"]).stem: one for one in report["runs"]}
    assert {name: one["verdict"] for name, one in runs.items()} == {
        "text": "pass", "text-unstreamed": "pass", "tools": "inconclusive", "parallel-tools": "inconclusive",
        "long": "fail", "bad-key": "inconclusive",
    }  # fmt: skip
    assert "no tool call in the stream" in runs["tools"]["inconclusive"]
    assert runs["parallel-tools"]["inconclusive"] == "refused with status 400; it needs tools, parallel-tools"
    found = {one["rule"] for one in runs["text"]["findings"]}
    assert {"parity/finish-reason-differs", "parity/id-form-differs"} <= found
    (failure,) = report["summary"]["failures"]
    assert failure["source"].endswith("usage.yaml")


def test_several_targets_and_protocols_are_judged_again_alike() -> None:
    with serving(whimsical) as url:
        first = invoke("run", url, "builtin", *chosen("text", "tools"), "-o", "out", "--json", "run.json")
    again = invoke("check", "out", "--json", "check.json")
    assert (first.exit_code, again.exit_code) == (0, 0), first.output
    assert Path("run.json").read_bytes() == Path("check.json").read_bytes()
    assert len(list(Path("out").rglob("manifest.json"))) == 7


def test_a_single_file_of_a_run_is_judged_as_in_the_run_and_the_rest_is_not_missed() -> None:
    with serving(whimsical) as url:
        invoke("run", url, *chosen("text", "tools", "usage"), "-o", "out")
    result = invoke("check", "out/tools.yaml", "--json", "-")
    report = json.loads(result.stdout)
    assert [one["verdict"] for one in report["runs"]] == ["inconclusive"]
    assert report["summary"]["failures"] == []
    assert result.exit_code == 3


def test_a_cassette_that_was_changed_or_is_gone_is_told() -> None:
    assert invoke("run", "--protocol", "openai-chat", *chosen("text", "tools", "usage"), "-o", "out").exit_code == 0
    with Path("out/text.yaml").open("a") as file:
        file.write("# touched\n")
    Path("out/tools.yaml").unlink()
    result = invoke("check", "out")
    assert result.exit_code == 3
    assert "its SHA-256 differs" in told(result)
    assert "is missing, though the manifest names it" in told(result)


@pytest.mark.parametrize(
    ("text", "words"), [("{", "is not JSON"), ('{"manifest": 1}', "is a required property"), ("[1]", "")]
)
def test_a_manifest_that_is_none_is_told_and_the_cassettes_are_judged(text: str, words: str) -> None:
    assert invoke("run", "--protocol", "openai-chat", *chosen("text"), "-o", "out").exit_code == 0
    Path("out/manifest.json").write_text(text)
    result = invoke("check", "out")
    assert "1 stream: 1 pass" in result.output
    assert (result.exit_code, words in told(result)) == (3 if words else 0, True)


# Gone on with


def test_a_run_is_gone_on_with_where_it_ended() -> None:
    asked: list[bytes] = []

    def script(peer: Peer) -> None:
        asked.append(peer.request.lower().partition(b"x-conformance-scenario: ")[2].split(b"\r\n")[0])
        send(peer, GOOD)

    with serving(script) as url:
        names = chosen("text", "refusal", "unicode")
        first = invoke("run", url, *names, "--max-requests", "2", "-o", "out")
        assert first.exit_code == 3, first.output
        assert "1 of 3 requests have no whole answer: the limit of 2 requests is reached." in told(first)
        assert "conformance run --resume out" in told(first)
        kept = Path("out/text.yaml").read_bytes()
        second = invoke("run", "--resume", "out")
    assert second.exit_code == 0, second.output
    assert asked == [b"text", b"refusal", b"unicode"]
    assert Path("out/text.yaml").read_bytes() == kept
    found = manifest()
    assert len(found["resumed"]) == 1
    assert found["started"] < found["resumed"][0] < found["ended"]
    assert "3 streams: 3 pass" in second.output


def test_what_was_changed_cut_off_or_never_answered_is_asked_again() -> None:
    asked: list[bytes] = []

    def script(peer: Peer) -> None:
        asked.append(peer.request.lower().partition(b"x-conformance-scenario: ")[2].split(b"\r\n")[0])
        if len(asked) != 2:
            send(peer, GOOD)

    with serving(script) as url:
        names = chosen("text", "unicode", "refusal", "image")
        assert invoke("run", url, *names, "-o", "out").exit_code == 3
        with Path("out/text.yaml").open("a") as file:
            file.write("# touched\n")
        data = manifest()
        data["scenarios"][2]["interrupted"] = True
        Path("out/manifest.json").write_text(json.dumps(data))
        result = invoke("run", url, "--resume", "out")
    assert result.exit_code == 0, result.output
    assert asked[:4] == [b"text", b"image", b"refusal", b"unicode"]
    assert asked[4:] == [b"text", b"image", b"refusal"]


def test_only_the_same_run_is_gone_on_with() -> None:
    assert invoke("run", "--protocol", "openai-chat", *chosen("text"), "-o", "out").exit_code == 0
    result = invoke("run", "--resume", "out", "--model", "another")
    assert (result.exit_code, "was asked of the model gpt-4o-mini, not of another" in told(result)) == (2, True)
    result = invoke("run", "openai-of-mine", "--resume", "out")
    assert result.exit_code == 2
    result = invoke("run", "http://127.0.0.1:9", "--resume", "out")
    assert (result.exit_code, "out holds no run of http://127.0.0.1:9" in told(result)) == (2, True)
    Path("empty").mkdir()
    for folder in ("empty", "nowhere"):
        result = invoke("run", "--resume", folder)
        assert (result.exit_code, "no run that could be resumed" in told(result)) == (3, True)
    result = invoke("run", *chosen("text"), "-o", "out")
    assert (result.exit_code, "--resume" in result.output) == (2, True)


def test_a_whole_run_that_is_gone_on_with_asks_nothing_and_says_the_same() -> None:
    assert invoke("run", *chosen("text", "tools"), "-o", "out", "--json", "run.json").exit_code == 0
    shutil.copytree("out", "before")
    result = invoke("run", "--resume", "out", "--json", "again.json")
    assert result.exit_code == 0, result.output
    assert "0 requests" in result.output
    assert Path("run.json").read_bytes() == Path("again.json").read_bytes()
    tapes = [path.relative_to("before") for path in Path("before").rglob("*.yaml")]
    assert all(Path("out", path).read_bytes() == Path("before", path).read_bytes() for path in tapes)


# Limits, repeats, retries


def test_no_more_tokens_are_spent_than_a_target_allows() -> None:
    spent = GOOD.replace("data: [DONE]", 'data: {"id":"chatcmpl-1","object":"chat.completion.chunk","created":1,'
                         '"model":"m","choices":[],"usage":{"total_tokens":600}}\n\ndata: [DONE]')  # fmt: skip

    with serving(lambda peer: send(peer, spent)) as url:
        result = invoke("run", url, *chosen("text", "usage", "unicode", "long"), "--max-tokens", "1000", "-o", "out")
    assert [bool(entry["answer"]) for entry in manifest()["scenarios"]] == [True, True, False, False]
    assert "2 of 4 requests have no whole answer: 1,200 of 1,000 tokens are spent." in told(result)
    assert [entry["answer"]["tokens"] for entry in manifest()["scenarios"][:2]] == [600, 600]


def test_what_depends_on_the_model_is_repeated_and_told_as_n_of_n() -> None:
    answers: list[int] = []

    def script(peer: Peer) -> None:
        answers.append(1)
        send(peer, GOOD if len(answers) != 3 else TWO_IDS)

    with serving(script) as url:
        result = invoke("run", url, *chosen("text", "tools"), "--repeats", "3", "-o", "out", "--json", "run.json")
    assert len(answers) == 4, "text does not depend on the model, and is asked once"
    row = next(line for line in result.output.splitlines() if line.startswith("tools"))
    assert row.split()[:2] == ["tools", "x3"]
    assert "inconclusive 2/3, fail 1/3" in row
    report = json.loads(Path("run.json").read_text())
    assert sorted(Path(one["source"]).name for one in report["runs"] if one["scenario"] == "tools") == [
        "tools.1.yaml", "tools.2.yaml", "tools.3.yaml",
    ]  # fmt: skip


def test_a_request_is_sent_again_only_where_nothing_came_and_that_is_told() -> None:
    asked: list[bytes] = []

    def script(peer: Peer) -> None:
        asked.append(peer.request.lower().partition(b"x-conformance-scenario: ")[2].split(b"\r\n")[0])
        if asked.count(asked[-1]) == 1 and asked[-1] == b"text":
            return
        if asked[-1] == b"usage":
            peer.send(CHUNKED)
            peer.chunks(b": hello\n\n")  # and no more
            return
        if asked[-1] == b"unicode":
            refuse(peer, b"503 Service Unavailable")
            return
        send(peer, GOOD)

    with serving(script) as url:
        result = invoke("run", url, *chosen("text", "usage", "unicode"), "--retries", "2", "-o", "out")
    assert asked == [b"text", b"text", b"unicode", b"usage"]
    assert "asked 2 times" in result.output
    retries = {entry["scenario"]: entry["retries"] for entry in manifest()["scenarios"]}
    assert [len(retries[name]) for name in ("text", "unicode", "usage")] == [1, 0, 0]
    assert "without sending a response" in retries["text"][0]
