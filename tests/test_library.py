"""Laws of the library: load, check, report, render; what is not given is detected, and a wrong name is our user's."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

import conformance
from conformance import catalogue, check, library, load, render, report
from conformance.core.dialect import STRICT, Deviation, Dialect
from conformance.core.finding import Failure, Finding, Outcome, Run, Verdict
from conformance.core.protocol import UNKNOWN
from conformance.core.recording import Recording, Request
from conformance.errors import InputError, UsageError
from conformance.library import STALE_AFTER
from conformance.protocols.openai_chat.samples import TEXT, WITH_USAGE

CHAT = TEXT.recording()
BROKEN = TEXT.swap('"id":"chatcmpl-1"', '"id":"chatcmpl-2"', 1).recording()
RULE = "openai-chat/id-changes"


def outcome(run: Run, rule: str) -> Outcome:
    return next(outcome for outcome in run.outcomes if outcome.rule == rule)


# load


def test_a_raw_stream_is_loaded_as_one_recording(tmp_path: Path) -> None:
    path = tmp_path / "stream.sse"
    path.write_bytes(CHAT.body)
    (found,) = load(path)
    assert (found.body, found.source) == (CHAT.body, str(path))
    assert check(found).protocol == "openai-chat"


def test_what_cannot_be_loaded_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError) as caught:
        load(tmp_path / "nothing.yaml")
    assert "nothing.yaml" in str(caught.value) and caught.value.hint


# check


def test_a_good_stream_passes() -> None:
    run = check(CHAT)
    assert (run.protocol, run.dialect, run.verdict, run.findings) == ("openai-chat", "strict", Verdict.PASS, [])
    assert (run.events, run.bytes, run.model) == (5, len(CHAT.body), "gpt-x")
    assert run.reproduce is not None and run.reproduce.startswith("curl -N https://example.com/v1/chat/completions")


def test_a_fault_is_found_at_its_place() -> None:
    run = check(BROKEN)
    assert run.verdict is Verdict.FAIL
    (finding,) = outcome(run, RULE).findings
    assert (finding.event, finding.pointer) == (1, "/id")
    assert finding.offset == BROKEN.body.index(b"\n\n") + 2


def test_the_rules_are_those_of_the_protocol() -> None:
    assert [one.rule for one in check(CHAT).outcomes] == [rule.id for rule in catalogue.rules_of("openai-chat")]
    unknown = check(CHAT, protocol="unknown")
    assert [one.rule for one in unknown.outcomes] == [rule.id for rule in catalogue.shared_rules()]


def test_a_stream_that_nobody_recognises_is_judged_by_what_holds_for_all() -> None:
    run = check(Recording(body=b"data: hello\n\n"))
    assert run.protocol == "unknown"
    assert all(one.rule.partition("/")[0] not in catalogue.protocols() for one in run.outcomes)


@pytest.mark.parametrize(
    ("changes", "kind"),
    [({"protocol": "openai"}, "protocol"), ({"dialect": "opnai"}, "dialect"), ({"ruleset": "latest"}, "ruleset"),
     ({"ruleset": "2026.1"}, "ruleset"), ({"ruleset": "26.11"}, "ruleset"), ({"ruleset": ""}, "ruleset")],
)  # fmt: skip
def test_a_name_that_does_not_exist_is_the_callers_error(changes: dict[str, str], kind: str) -> None:
    with pytest.raises(UsageError, match=kind) as caught:
        check(CHAT, **changes)
    assert caught.value.hint


def test_rules_newer_than_the_ruleset_judge_and_do_not_count() -> None:
    counted, frozen = check(BROKEN, ruleset=catalogue.RULESET), check(BROKEN, ruleset="2020.01")
    assert counted == check(BROKEN)
    with pytest.raises(UsageError, match=r"Ruleset 2030.01 is newer than this version.*pip install --upgrade"):
        check(BROKEN, ruleset="2030.01")
    assert counted.verdict is Verdict.FAIL and counted.worst() is not None
    assert {one.verdict for one in frozen.outcomes} == {Verdict.NEW}
    assert [one.rule for one in frozen.findings] == [one.rule for one in counted.findings]
    assert {one.newer for one in frozen.findings} == {"2026.11"} and {one.excuse for one in frozen.findings} == {"new"}
    assert (frozen.verdict, frozen.worst()) == (Verdict.NOT_APPLICABLE, None)
    assert report([frozen]).exit_code() == 3, "where no rule counts there is no verdict"


# Dialects

ORCHARD = Dialect(
    "orchard", protocols=("openai-chat",), hosts=("*.orchard.com",), deviations=(Deviation(RULE, "one per apple", "-"),)
)


@pytest.fixture
def orchard(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(catalogue, "dialects", lambda: {"orchard": ORCHARD})


def at(host: str, recording: Recording = BROKEN, **metadata: object) -> Recording:
    return replace(recording, request=Request(uri=f"https://{host}/v1/chat/completions"), metadata=metadata)


@pytest.mark.usefixtures("orchard")
def test_a_dialect_is_known_by_its_host_or_by_the_metadata() -> None:
    assert check(at("api.orchard.com")).dialect == "orchard"
    assert check(at("api.other.com", dialect="orchard")).dialect == "orchard"
    assert check(at("api.other.com")).dialect == "strict"
    assert check(at("api.orchard.com"), dialect="auto").dialect == "orchard"


@pytest.mark.usefixtures("orchard")
def test_what_a_dialect_documents_is_waived_and_strict_waives_nothing() -> None:
    waived = check(at("api.orchard.com"))
    assert outcome(waived, RULE).verdict is Verdict.WAIVED
    assert [finding.waived for finding in outcome(waived, RULE).findings] == ["one per apple"]
    assert outcome(check(at("api.orchard.com"), dialect="strict"), RULE).verdict is Verdict.FAIL
    assert outcome(check(BROKEN, dialect="orchard"), RULE).verdict is Verdict.WAIVED
    assert outcome(check(BROKEN, dialect=ORCHARD), RULE).verdict is Verdict.WAIVED


def test_a_dialect_may_be_a_file(tmp_path: Path) -> None:
    path = tmp_path / "own.toml"
    path.write_text(f'title = "x"\n[[deviation]]\nrule = "{RULE}"\nbecause = "b"\nsee = "https://example.com"\n')
    run = check(BROKEN, dialect=str(path))
    assert (run.dialect, outcome(run, RULE).verdict) == ("own", Verdict.WAIVED)


# report


@pytest.mark.usefixtures("orchard")
def test_a_deviation_that_occurs_nowhere_is_stale() -> None:
    kept = [check(at("api.orchard.com", CHAT)), check(at("eu.orchard.com", WITH_USAGE.recording()))]
    assert report(kept).stale == (), "two streams are no evidence that a habit is gone"
    kept *= STALE_AFTER // 2
    (stale,) = report(kept).stale
    assert (stale.dialect, stale.rule, stale.because, stale.runs) == ("orchard", RULE, "one per apple", STALE_AFTER)
    assert report([*kept, check(at("api.orchard.com"))]).stale == ()


@pytest.mark.usefixtures("orchard")
def test_a_deviation_is_not_stale_where_its_rule_never_applied() -> None:
    assert report([check(Recording(body=b"", request=at("api.orchard.com").request), "openai-chat")]).stale == ()
    assert report([check(CHAT)]).stale == ()
    assert report([]).stale == ()


def test_a_report_knows_its_tool_and_its_ruleset() -> None:
    made = report([check(CHAT)], [Failure("x", "unreadable")], "2026.10")
    assert made.tool == {"name": "llm-stream-conformance", "version": conformance.__version__}
    assert (made.ruleset, len(made.runs), made.failures) == ("2026.10", 1, (Failure("x", "unreadable"),))
    assert report(iter([check(CHAT)])).ruleset == catalogue.RULESET


# render


@pytest.mark.parametrize("form", ["json", "markdown", "table"])
def test_a_report_has_many_forms(form: str) -> None:
    text = render(report([check(BROKEN)]), form)
    assert RULE in text
    assert form != "json" or json.loads(text)["summary"]["findings"]["error"] >= 1


def test_an_unknown_form_gives_the_known_ones() -> None:
    with pytest.raises(UsageError) as caught:
        render(report([]), "pdf")
    assert "json" in caught.value.hint and "markdown" in caught.value.hint and "_" not in caught.value.hint


# The package


def test_the_function_render_is_not_hidden_by_the_room_of_its_name() -> None:
    code = (
        "import conformance; from conformance import report; from conformance.render.json_ import render as room;"
        "made = report([]); texts = {conformance.render(made, 'json') for _ in range(2)};"
        "from conformance import render; from conformance.render import json_;"
        "print(texts == {render(made, 'json')} == {room(made)} == {json_.render(made)})"
    )
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert result.stdout.strip() == "True"


def test_the_public_names_are_there_and_no_others() -> None:
    assert set(conformance.__all__) == {"__version__", "check", "load", "render", "report"}
    assert conformance.check is library.check
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        conformance.nothing  # noqa: B018


def test_importing_the_package_imports_nothing_else() -> None:
    code = "import sys; before = set(sys.modules); import conformance; print(*sorted(set(sys.modules) - before))"
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    foreign = [name for name in result.stdout.split() if name.partition(".")[0] not in sys.stdlib_module_names]
    assert foreign == ["conformance"]


def test_checking_loads_no_client_and_no_wording(tmp_path: Path) -> None:
    """A stream without a fault is judged without httpx, jsonschema, yaml, asyncio."""
    path = tmp_path / "stream.sse"
    path.write_bytes(CHAT.body)
    code = (
        "import sys; from conformance import check, load; run = check(load(sys.argv[1])[0]);"
        "heavy = ('httpx', 'jsonschema', 'yaml', 'asyncio', 'vcr', 'tabulate');"
        "print(run.verdict, *(name for name in heavy if name in sys.modules))"
    )
    result = subprocess.run([sys.executable, "-c", code, str(path)], capture_output=True, text=True, check=True)
    assert result.stdout.split() == ["pass"]


def test_findings_are_plain_values() -> None:
    (finding,) = outcome(check(BROKEN), RULE).findings
    assert isinstance(finding, Finding) and finding == replace(finding)
    assert library.protocol_of(Recording()).name == UNKNOWN.name
    assert library.dialect_of(CHAT, catalogue.protocol("openai-chat"), STRICT) is STRICT
