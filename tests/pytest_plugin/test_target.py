"""Laws of --conformance-target: a test per scenario and rule, asked once, and no pass for what nobody could tell."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from conformance import catalogue, museum
from conformance.edge.builtin import builtin_recordings
from conformance.edge.replay import ReplayServer
from conformance.suite import scenarios
from tests.pytest_plugin.conftest import Inner

pytest_plugins = ["pytester"]
CHAT = ("--conformance-protocol", "openai-chat")
TOOLS = (*CHAT, "--conformance-scenario", "tools")
ID = "conformance::openai-chat::tools::openai-chat/{}"


def playing(*faults: str) -> ReplayServer:
    recordings, _ = museum.faulty(builtin_recordings(catalogue.data_folder("cassettes"), ["openai-chat"]), faults)
    return ReplayServer(recordings, speed=0)


@pytest.fixture(scope="module")
def good() -> Iterator[ReplayServer]:
    with playing() as server:
        yield server


def target(server: ReplayServer) -> tuple[str, str]:
    server.served.clear()
    return "--conformance-target", f"{server.url}/v1"


def test_every_scenario_and_rule_is_a_test_and_collecting_asks_nobody(inner: Inner, good: ReplayServer) -> None:
    result = inner(*target(good), *CHAT, "--collect-only", "-q")
    ids = [line for line in result.outlines if line.startswith("conformance::")]
    assert len(ids) == len(set(ids)) == len(catalogue.rules_of("openai-chat")) * len(scenarios("openai-chat"))
    assert ID.format("id-changes") in ids and "conformance::openai-chat::text::sse/unknown-field" in ids
    assert not good.served


def test_only_what_the_chosen_tests_need_is_asked(inner: Inner, good: ReplayServer) -> None:
    result = inner(*target(good), "-k", "text and done-missing and not unstreamed", "-v")
    result.assert_outcomes(
        passed=1, deselected=len(catalogue.rules_of("openai-chat")) * len(scenarios("openai-chat")) - 1
    )
    result.stdout.fnmatch_lines([f"Asking {good.url}/v1: 2 requests", "*::text::openai-chat/done-missing PASSED*"])
    asked = [served.request.headers.get("x-conformance-scenario") for served in good.served]
    assert asked == ["text", "text-unstreamed"], "and what it is compared with"


def test_a_finding_fails_with_rule_sentence_and_bytes(inner: Inner) -> None:
    with playing("tool-index-missing") as server:
        result = inner(*target(server), *TOOLS, "-v")
    counts = result.parseoutcomes()
    assert counts["failed"] == 2 and counts["passed"] > 40 and counts["skipped"] > 40
    result.stdout.fnmatch_lines([
        f"{ID.format('tool-call-index-missing')} FAILED*",
        "*_ tools: openai-chat/tool-call-index-missing _*",
        "  error    openai-chat/tool-call-index-missing *",
        "    “Identifies which function call the delta is for”",
        "    │ data: *",
        "  Next: conformance show *tools.yaml",
    ])  # fmt: skip
    assert "Traceback" not in result.stdout.str()


def test_what_could_not_be_told_is_skipped_with_the_reason(inner: Inner, good: ReplayServer) -> None:
    result = inner(*target(good), *TOOLS, "-rs")
    assert result.parseoutcomes().keys() == {"passed", "skipped"}
    result.stdout.fnmatch_lines(["SKIPPED *: not-applicable: the body has no content coding"])


def test_a_documented_deviation_is_expected_to_fail(pytester: pytest.Pytester, inner: Inner) -> None:
    lines = ['title = "Mine"', 'protocols = ["openai-chat"]', "[[deviation]]", 'rule = "openai-chat/done-missing"']
    told = "\n".join([*lines, 'because = "Mine never sends it."', 'see = "https://example.com/mine"'])
    (pytester.path / "mine.toml").write_text(told, encoding="utf-8")
    with playing("done-missing") as server:
        result = inner(*target(server), *TOOLS, "--conformance-dialect", "mine.toml", "-rx", "-k", "done-missing")
    assert result.parseoutcomes()["xfailed"] == 1
    result.stdout.fnmatch_lines([f"XFAIL {ID.format('done-missing')} - Mine never sends it."])


def test_a_target_that_is_not_there_is_an_error_once(inner: Inner) -> None:
    with playing() as server:
        word = target(server)  # and then it is gone
    result = inner(*word, *TOOLS)
    counts = result.parseoutcomes()
    assert counts["errors"] == 1 and counts.keys() == {"errors", "skipped"}
    result.stdout.fnmatch_lines(["no verdict on openai-chat: *connection refused*Start the server*"])
    assert "Traceback" not in result.stdout.str()


def test_a_target_that_never_streams_is_an_error(inner: Inner, good: ReplayServer) -> None:
    word, url = target(good)
    result = inner(word, f"{url}/nowhere", *TOOLS)
    assert result.parseoutcomes()["errors"] == 1
    result.stdout.fnmatch_lines(["no verdict on openai-chat: No scenario * was answered with a stream (404)*"])


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--conformance-target", "buildin"], "There is no target 'buildin'. Did you mean builtin?"),
        (["--conformance-target", "builtin", "--conformance-scenario", "tool"], "There is no scenario of "),
        (["--conformance-target", "builtin", "--conformance-output", "."], "--conformance-output: . is not empty."),
    ],
)
def test_wrong_names_are_errors_of_usage(
    pytester: pytest.Pytester, inner: Inner, arguments: list[str], said: str
) -> None:
    (pytester.path / "there").touch()
    result = inner(*arguments)
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    assert said in result.stderr.str() + result.stdout.str()


def test_the_answers_are_kept_as_a_run(pytester: pytest.Pytester, inner: Inner, good: ReplayServer) -> None:
    inner(*target(good), *TOOLS, "--conformance-output", "kept", "-k", "done-missing").assert_outcomes(
        passed=1, deselected=len(catalogue.rules_of("openai-chat")) - 1
    )
    assert {path.name for path in (pytester.path / "kept").iterdir()} == {
        "manifest.json", "tools.yaml", "tools-unstreamed.yaml",
    }  # fmt: skip


def test_workers_of_xdist_ask_once(pytester: pytest.Pytester, apart: Inner, good: ReplayServer) -> None:
    pytest.importorskip("xdist")
    pytester.makepyfile("def test_mine(conformance_server):\n    assert conformance_server('builtin', speed=0).url")
    result = apart(*target(good), *TOOLS, "-n", "2", "-v")
    counts = result.parseoutcomes()
    assert counts.keys() == {"passed", "skipped"}
    assert sum(counts.values()) == len(catalogue.rules_of("openai-chat")) + 1
    assert len(good.served) == 2, "tools and what it is compared with, once"
    assert {line[:5] for line in result.outlines if "PASSED" in line} == {"[gw0]", "[gw1]"}
