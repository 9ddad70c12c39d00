"""Laws of collecting: cassettes and scenarios become tests when that is asked for, and never else."""

from __future__ import annotations

from collections.abc import Callable
from fnmatch import fnmatchcase
from pathlib import Path

import pytest

from conformance import catalogue, load, museum
from conformance.core.recording import Evidence, Recording, Request
from conformance.edge.cassette import save
from conformance.suite import scenarios
from tests.pytest_plugin.conftest import Inner

pytest_plugins = ["pytester"]
Builtin = Callable[..., Path]
SUFFIX = "cassette.yaml"
NOTHING = frozenset(Evidence)
WAIVING = """\
title = "Mine"
protocols = ["openai-chat"]

[[deviation]]
rule = "openai-chat/done-missing"
because = "Mine never sends it."
see = "https://example.com/mine"
"""


def broken(path: Path, fault: str) -> None:
    """Plays a known bug into a cassette."""
    recordings, _ = museum.faulty(load(path), [fault])
    save(path, recordings)


def test_a_marked_test_runs_once_per_cassette(pytester: pytest.Pytester, inner: Inner, builtin: Builtin) -> None:
    for name in ("text", "tools", "usage"):
        builtin(name, f"unit/recorded/{name}.yaml")
    builtin("long", "more/long.yaml")
    pytester.makepyfile(
        **{
            "unit/test_it": """
        import pytest

        @pytest.mark.conformance_cassettes("recorded/t*.yaml", "more")
        def test_conforms(cassette, assert_conforms):
            assert_conforms(cassette, protocol="openai-chat")

        def test_unmarked(request):
            assert "cassette" not in request.fixturenames
        """
        }
    )
    result = inner("-v")
    result.assert_outcomes(passed=4)
    for name in ("unit/recorded/text.yaml", "unit/recorded/tools.yaml", "more/long.yaml"):
        result.stdout.fnmatch_lines([f"unit/test_it.py::test_conforms[[]{name}[]] PASSED*"])


def test_a_marked_test_runs_once_per_scenario(pytester: pytest.Pytester, inner: Inner) -> None:
    pytester.makepyfile(
        """
        import pytest

        @pytest.mark.conformance_scenarios("openai-chat", "tools*")
        @pytest.mark.conformance_scenarios("gemini-generate", "text")
        def test_it(scenario):
            assert scenario.body

        @pytest.mark.conformance_scenarios("anthropic-messages")
        def test_all(scenario):
            assert scenario.protocol == "anthropic-messages"
        """
    )
    result = inner("-v")
    tools = [name for name in scenarios("openai-chat") if name.startswith("tools")]
    result.assert_outcomes(passed=len(tools) + 1 + len(scenarios("anthropic-messages")))
    result.stdout.fnmatch_lines(["*::test_it[[]openai-chat-tools[]] PASSED*", "*::test_all[[]text[]] PASSED*"])


@pytest.mark.parametrize(
    ("argument", "mark", "said"),
    [
        ("cassette", "cassettes()", "*The marker conformance_cassettes names nothing.*"),
        ("cassette", "cassettes('none.yaml')", "*none.yaml: There is no such file.*"),
        ("scenario", "scenarios('openai-chat', 'tool')", "*There is no scenario of openai-chat 'tool'.*tools*"),
        ("scenario", "scenarios('openai')", "*There is no protocol that can be asked 'openai'.*"),
    ],
)
def test_a_marker_that_names_nothing_is_an_error(
    pytester: pytest.Pytester, inner: Inner, argument: str, mark: str, said: str
) -> None:
    pytester.makepyfile(f"import pytest\n@pytest.mark.conformance_{mark}\ndef test_it({argument}): pass")
    result = inner()
    assert result.ret != 0
    assert any(fnmatchcase(line, said) for line in [*result.outlines, *result.errlines])


def test_cassettes_are_tests_when_that_is_asked_for(pytester: pytest.Pytester, inner: Inner, builtin: Builtin) -> None:
    builtin("text", f"good.{SUFFIX}")
    broken(builtin("tools", f"bad.{SUFFIX}"), "tool-index-missing")
    (pytester.path / f"none.{SUFFIX}").write_text("interactions: [", encoding="utf-8")
    builtin("text", "other.yaml")
    inner().assert_outcomes()
    result = inner("--conformance-cassettes", "-v", "--continue-on-collection-errors")
    result.assert_outcomes(passed=1, failed=1, errors=1)
    result.stdout.fnmatch_lines([
        f"bad.{SUFFIX}::POST /v1/chat/completions FAILED*",
        f"good.{SUFFIX}::POST /v1/chat/completions PASSED*",
        f"*none.{SUFFIX}: *",
        "  error    openai-chat/tool-call-index-missing *",
        "    “Identifies which function call the delta is for”",
        "    │ data: *",
    ])  # fmt: skip
    assert "Traceback" not in result.stdout.str()


def test_the_ini_option_names_other_files(pytester: pytest.Pytester, inner: Inner, builtin: Builtin) -> None:
    builtin("text", "recorded/text.yaml")
    builtin("text", "else/text.yaml")
    pytester.makeini("[pytest]\nconformance_cassettes = recorded/*.yaml")
    result = inner("-v")
    result.assert_outcomes(passed=1)
    result.stdout.fnmatch_lines(["recorded/text.yaml::*PASSED*"])


def test_what_is_waived_is_expected_to_fail_and_what_could_not_be_judged_is_skipped(
    pytester: pytest.Pytester, inner: Inner, builtin: Builtin
) -> None:
    broken(builtin("text", f"waived.{SUFFIX}"), "done-missing")
    save(pytester.path / f"unjudged.{SUFFIX}", [Recording(Request("GET", "http://127.0.0.1/"), 204, missing=NOTHING)])
    (pytester.path / "mine.toml").write_text(WAIVING, encoding="utf-8")
    result = inner("--conformance-cassettes", "--conformance-dialect", "mine.toml", "-rxs")
    result.assert_outcomes(xfailed=1, skipped=1)
    result.stdout.fnmatch_lines(["XFAIL *openai-chat/done-missing: Mine never sends it.*"])
    result.stdout.fnmatch_lines(["SKIPPED *: not judged: the response is no event stream"])


def test_findings_below_the_level_stand_in_the_report(
    pytester: pytest.Pytester, inner: Inner, builtin: Builtin
) -> None:
    cassette = catalogue.data_folder("cassettes") / "openai-chat" / "litellm" / "text.yaml"
    (pytester.path / f"warned.{SUFFIX}").write_bytes(cassette.read_bytes())
    result = inner("--conformance-cassettes", "-rP")
    result.assert_outcomes(passed=1)
    result.stdout.fnmatch_lines(["*conformance*", "  warning  openai-chat/*"])
    inner("--conformance-cassettes", "--conformance-fail-on", "warning").assert_outcomes(failed=1)
