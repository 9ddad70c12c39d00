"""Laws of `conformance cancel`: what it recorded is judged the same later; what nobody saw is no pass."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema
import pytest
from click.testing import CliRunner, Result

from conformance.catalogue import data_folder
from conformance.cli import group
from conformance.core import cancellation
from conformance.edge.cancel_plan import STAGES, USUAL
from conformance.suite import endpoints, scenarios, stages
from tests.edge.leaving import Engine, engine
from tests.edge.loopback import refused_url
from tests.edge.test_observers import page, slots

FEW = ("--stage", "after-events", "--stage", "before-head", "--how", "close", "--repeats", "2")


def run(*arguments: str) -> Result:
    return CliRunner().invoke(group, list(arguments), prog_name="conformance", catch_exceptions=False)


def report(path: Path) -> dict[str, object]:
    data: dict[str, object] = json.loads(path.read_text(encoding="utf-8"))
    schema = json.loads((data_folder("schemas") / "report.json").read_text(encoding="utf-8"))
    jsonschema.Draft202012Validator(schema).validate(data)
    return data


def test_every_protocol_that_can_be_asked_has_its_stages_and_their_scenarios() -> None:
    assert tuple(STAGES) == cancellation.STAGES
    assert [*USUAL, "unstreamed"] == list(STAGES)
    for protocol in endpoints():
        own = stages(protocol)
        assert list(own) == list(STAGES), protocol
        assert all("absent" in one or one["scenario"] in scenarios(protocol) for one in own.values()), protocol


def test_the_built_in_server_is_left_at_every_stage_and_sees_it(tmp_path: Path) -> None:
    folder, first, again = tmp_path / "run", tmp_path / "first.json", tmp_path / "again.json"
    done = run("cancel", "--repeats", "1", "--how", "close", "-o", str(folder), "--json", str(first))
    assert done.exit_code == 0, done.output
    assert "Observed by upstream." in done.output
    rows = report(first)["cancellations"]
    assert isinstance(rows, list)
    assert [row["stage"] for row in rows] == list(USUAL)
    assert {(row["left"], row["seen"], row["unobserved"]) for row in rows} == {(1, 1, 0)}, rows
    checked = run("check", str(folder), "--json", str(again))
    assert (checked.exit_code, again.read_bytes()) == (0, first.read_bytes())


def test_every_cassette_fits_its_schema_and_the_manifest_too(tmp_path: Path) -> None:
    yaml = pytest.importorskip("yaml")
    folder = tmp_path / "run"
    assert run("cancel", *FEW, "-o", str(folder)).exit_code == 0
    schema = json.loads((data_folder("schemas") / "cassette.json").read_text(encoding="utf-8"))
    files = sorted(folder.glob("*.yaml"))
    assert len(files) == 4
    for file in files:
        tree = yaml.safe_load(file.read_text(encoding="utf-8"))
        jsonschema.Draft202012Validator(schema).validate(tree)
        end = tree["interactions"][0]["response"]["recording"]["end"]
        assert (end["kind"], end["how"], end["observer"], end["within_ms"]) == (
            "cancelled",
            "close",
            "upstream",
            2000.0,
        )
        assert {"closed_ms", "propagated_ms", "resolution_ms", "baseline_ms", "next_ms", "next_status"} <= set(end)
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    assert manifest["command"] == "cancel"


def test_what_nobody_observed_is_inconclusive_and_no_verdict(tmp_path: Path) -> None:
    with engine(Engine(length=40)) as url:
        done = run("cancel", f"{url}/v1", *FEW[:2], *FEW[4:], "-o", str(tmp_path / "run"))
    assert done.exit_code == 3, done.output
    assert "nobody looks on (--observe)" in done.output
    assert "unobserved" in done.output and "inconclusive" in done.output
    assert "2 streams: 2 inconclusive" in done.output


def test_an_engine_that_stops_is_a_pass_and_one_that_goes_on_a_finding(tmp_path: Path) -> None:
    asked = ("--stage", "after-events", "--how", "reset", "--repeats", "1")
    with engine(Engine(length=40), slots) as url:
        done = run("cancel", f"{url}/v1", *asked, "--observe", "llama-cpp-slots", "-o", str(tmp_path / "good"))
    assert done.exit_code == 0, done.output
    asked = (*asked, "--wait", "0.2", "--observe", "prometheus:vllm")
    with engine(Engine(stops_after=None, length=60), page("vllm")) as url:
        done = run("cancel", f"{url}/v1", *asked, "-o", str(tmp_path / "bad"))
    assert done.exit_code == 1, done.output
    assert "cancel/not-propagated" in done.output


@pytest.mark.parametrize(("stops_after", "length", "seen"), [(0.0, 100, True), (None, 20, False)])
def test_gauges_that_do_not_say_why_work_ended_are_believed_if_it_ended_long_before_its_own_end(
    stops_after: float | None, length: int, seen: bool, tmp_path: Path
) -> None:
    asked = ("--stage", "after-events", "--how", "close", "--repeats", "1", "--observe", "prometheus:llama-cpp")
    with engine(Engine(stops_after, length), page("llama-cpp")) as url:
        done = run("cancel", f"{url}/v1", *asked, "-o", str(tmp_path / "run"))
    assert (done.exit_code, "do not say whether by itself" in done.output) == ((0, False) if seen else (3, True))


def test_what_comes_late_is_late_by_the_limit_that_was_given(tmp_path: Path) -> None:
    asked = ("--stage", "after-events", "--how", "close", "--repeats", "1", "--observe", "prometheus:vllm")
    with engine(Engine(stops_after=0.6, length=30), page("vllm")) as url:
        done = run(
            "cancel", f"{url}/v1", *asked, "--within", "100", "--fail-on", "warning", "-o", str(tmp_path / "run")
        )
    assert done.exit_code == 1, done.output
    assert "cancel/propagated-late" in done.output


@pytest.mark.parametrize(
    ("length", "timeout", "tried", "why"),
    [(900, "0.3", 1, "not reached within 0.3 s"), (5, "5", 2, "no reasoning came")],
)
def test_a_stage_that_never_comes_is_given_up(length: int, timeout: str, tried: int, why: str, tmp_path: Path) -> None:
    asked = ("--stage", "in-reasoning", "--how", "close", "--repeats", "4", "--timeout", timeout)
    with engine(Engine(length=length)) as url:
        done = run("cancel", f"{url}/v1", *asked, "-o", str(tmp_path / "run"))
    assert len(list((tmp_path / "run").glob("*.yaml"))) == tried
    assert f"not tried again: {why}" in done.output


def test_a_stage_that_a_protocol_lacks_is_told(tmp_path: Path) -> None:
    done = run("cancel", "--protocol", "gemini-generate", "--stage", "after-finish", "-o", str(tmp_path / "gemini"))
    assert "after-finish of gemini-generate: skipped: usage comes in every event" in done.output
    assert done.exit_code == 3


def test_the_number_of_requests_is_bounded(tmp_path: Path) -> None:
    own = Engine(length=40)
    with engine(own) as url:
        done = run("cancel", f"{url}/v1", *FEW, "--max-requests", "6", "-o", str(tmp_path / "run"))
    assert own.requests <= 6
    assert done.exit_code == 3
    assert "the limit of 6 requests is reached" in done.output


def test_targets_declare_their_observers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with engine(Engine(length=40), slots) as url:
        text = f'[targets.tiny]\nurl = "{url}/v1"\nobservers = [{{ kind = "llama-cpp-slots", interval_ms = 5 }}]\n'
        (tmp_path / "targets.toml").write_text(text, encoding="utf-8")
        done = run("cancel", "tiny", "--stage", "after-events", "--how", "close", "--repeats", "1", "-o", "out")
    assert "observed by llama-cpp-slots" in done.output
    assert done.exit_code == 0, done.output


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--stage", "after-event"], "Did you mean after-events"),
        (["--observe", "llama-cpp-slots"], "is observed by itself"),
        (["--http2"], "speaks HTTP/1.1 alone"),
        (["http://127.0.0.1:9/v1", "--observe", "grafana"], "There is no observer 'grafana'"),
        (["http://127.0.0.1:9/v1", "--observe", "llama-cpp-slots:x"], "takes nothing behind a colon"),
        (["http://127.0.0.1:9/v1", "--observe", "prometheus"], "Name an engine"),
    ],
)
def test_wrong_words_are_refused_before_anything_is_sent(arguments: list[str], said: str, tmp_path: Path) -> None:
    done = run("cancel", *arguments, "-o", str(tmp_path / "run"))
    assert (done.exit_code, said in done.stderr) == (2, True), done.stderr
    assert not (tmp_path / "run").exists()


def test_a_target_that_is_not_there_is_an_error_and_leaves_nothing_behind(tmp_path: Path) -> None:
    done = run("cancel", f"{refused_url()}/v1", "-o", str(tmp_path / "run"))
    assert done.exit_code == 3
    assert "nothing listens" in done.stderr
    assert not (tmp_path / "run").exists()


def test_an_answer_that_comes_whole_and_late_is_waited_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("conformance.edge.cancel.SHORT", 0.05)
    with engine(Engine(length=2, gap=0.001, holds=0.3)) as url:
        done = run("cancel", f"{url}/v1", *FEW[:2], *FEW[4:], "-o", str(tmp_path / "run"))
    assert "2 streams: 2 inconclusive" in done.output, done.output
    assert len(list((tmp_path / "run").glob("*.yaml"))) == 2
