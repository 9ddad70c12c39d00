"""The GitHub Action: its scripts run by the shell that GitHub runs them with, and nothing of an input in a script.

A runner stands in for GitHub's: it fills the expressions of `env`, and keeps what steps write for each other.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import yaml

from conformance import catalogue, load, museum
from conformance.cli.options import forms
from conformance.edge.cassette import save

ROOT = catalogue.PACKAGE.parent
ACTION: dict[str, Any] = yaml.safe_load((ROOT / "action.yml").read_text(encoding="utf-8"))
STEPS: list[dict[str, Any]] = ACTION["runs"]["steps"]
SCRIPTS = [step for step in STEPS if "run" in step]
EXPRESSION = re.compile(r"\$\{\{\s*([\w.-]+)\s*\}\}")
BUILTIN = catalogue.data_folder("cassettes") / "openai-chat" / "builtin"
EVIL = '"; touch pwned; echo "$(touch pwned)`touch pwned`'

pytestmark = pytest.mark.skipif(shutil.which("bash") is None, reason="the action's scripts are for bash")


@dataclass
class Runner:
    """Runs the action in a folder. `python` stands for what setup-python installed."""

    folder: Path
    inputs: Mapping[str, str]
    outputs: dict[str, str] = field(default_factory=dict)
    told: str = ""

    def run(self) -> int:
        """The exit code of the first step that fails, else 0."""
        self.outputs["steps.python.outputs.python-path"] = str(fake_python(self.temp))
        for step in SCRIPTS:
            code = self._step(step)
            if code:
                return code
        return 0

    @property
    def temp(self) -> Path:
        return self.folder / "temp"

    @property
    def summary(self) -> str:
        path = self.temp / "summary"
        return path.read_text(encoding="utf-8") if path.exists() else ""

    def _step(self, step: dict[str, Any]) -> int:
        script, output = self.temp / "script.sh", self.temp / "output"
        script.write_text(step["run"], encoding="utf-8")
        output.write_text("", encoding="utf-8")
        own = {name: EXPRESSION.sub(self._value, value) for name, value in step["env"].items()}
        given = {"RUNNER_TEMP": self.temp, "GITHUB_OUTPUT": output, "GITHUB_STEP_SUMMARY": self.temp / "summary"}
        system = {name: os.environ[name] for name in ("PATH", "HOME", "SYSTEMROOT", "LANG") if name in os.environ}
        environment = {**system, **{name: str(path) for name, path in given.items()}, "GITHUB_ACTION_PATH": str(ROOT)}
        done = subprocess.run(
            ["bash", "--noprofile", "--norc", "-eo", "pipefail", str(script)],
            cwd=self.folder, env={**environment, "PYTHONPATH": str(ROOT), **own}, capture_output=True, text=True,
            timeout=120, check=False,
        )  # fmt: skip
        self.told += done.stdout + done.stderr
        for line in output.read_text(encoding="utf-8").splitlines():
            name, _, value = line.partition("=")
            self.outputs[f"steps.{step['id']}.outputs.{name}"] = value
        return done.returncode

    def _value(self, match: re.Match[str]) -> str:
        place, _, name = match[1].partition(".")
        if place == "inputs":
            return str(self.inputs.get(name, ACTION["inputs"][name]["default"]))
        return self.outputs[match[1]]


def fake_python(temp: Path) -> Path:
    """A Python whose environments hold a pip that only notes what it is asked, and the command of this checkout."""
    temp.mkdir(parents=True, exist_ok=True)
    python = temp / "python"
    command = f'#!/bin/sh\nexec {sys.executable} -m conformance "$@"\n'
    pip = '#!/bin/sh\necho "$@" > "$(dirname "$0")/../pip.txt"\n'
    lines = [
        "#!/bin/bash",
        'test "$1 $2" = "-m venv" && mkdir -p "$3/bin"',
        f"cat > $3/bin/conformance <<'END'\n{command}END",
        f"cat > $3/bin/python <<'END'\n{pip}END",
        "chmod +x $3/bin/*",
    ]
    python.write_text("\n".join(lines), encoding="utf-8")
    python.chmod(0o755)
    return python


@pytest.fixture
def recorded(tmp_path: Path) -> Path:
    """A folder with `good/tools.yaml` and `bad/tools.yaml`."""
    for name in ("good", "bad"):
        (tmp_path / name).mkdir()
    shutil.copy(BUILTIN / "tools.yaml", tmp_path / "good")
    recordings, _ = museum.faulty(load(BUILTIN / "tools.yaml"), ["tool-index-missing"])
    save(tmp_path / "bad" / "tools.yaml", recordings)
    return tmp_path


def ran(folder: Path, **inputs: str) -> tuple[Runner, int]:
    runner = Runner(folder, {name.replace("_", "-"): value for name, value in inputs.items()})
    return runner, runner.run()


def test_what_conforms_passes_and_the_report_stands_in_the_summary(recorded: Path) -> None:
    runner, code = ran(recorded, paths="good")
    assert code == 0, runner.told
    assert runner.outputs["steps.run.outputs.verdict"] == "conforms"
    assert "1 stream: 1 pass" in runner.told
    assert runner.summary.startswith("#")
    assert (recorded / "temp" / "conformance" / "pip.txt").read_text().split()[-1] == str(ROOT)


def test_findings_fail_the_last_step_after_all_reports_are_written(recorded: Path) -> None:
    reports = "sarif=found.sarif\njson=report.json\n\nmarkdown=report.md\n"
    runner, code = ran(recorded, paths="good/*.yaml\r\nbad\n", reports=reports)
    assert (code, runner.outputs["steps.run.outputs.verdict"]) == (1, "findings"), runner.told
    assert runner.outputs["steps.run.outputs.sarif"] == "found.sarif"
    assert json.loads((recorded / "found.sarif").read_bytes())["version"] == "2.1.0"
    assert len(json.loads((recorded / "report.json").read_bytes())["runs"]) == 2
    assert runner.summary == (recorded / "report.md").read_text(encoding="utf-8")
    assert re.search(r"^::error file=bad/tools\.yaml,line=\d+", runner.told, re.MULTILINE)


def test_every_report_can_be_asked_for(recorded: Path) -> None:
    wanted = [form.replace("_", "-") for form in forms() if form != "github"]
    runner, code = ran(recorded, paths="bad", reports="\n".join(f"{form}=out.{form}" for form in wanted))
    assert code == 1, runner.told
    assert all((recorded / f"out.{form}").stat().st_size for form in wanted)


def test_a_target_is_asked_and_its_answers_are_kept(recorded: Path) -> None:
    runner, code = ran(recorded, target="builtin", protocol="openai-chat", scenario="text\ntools", output="kept")
    assert code == 0, runner.told
    assert {path.stem for path in (recorded / "kept").glob("*.yaml")} == {"text", "tools"}
    assert "2 streams: 2 pass" in runner.told


def test_what_could_not_be_told_is_no_pass_and_no_finding(recorded: Path) -> None:
    runner, code = ran(recorded, paths="nowhere")
    assert (code, runner.outputs["steps.run.outputs.verdict"]) == (3, "no-verdict"), runner.told


@pytest.mark.parametrize(
    ("inputs", "said"),
    [
        ({}, "::error::Nothing to check: give paths or target."),
        ({"paths": "good", "target": "builtin"}, "::error::Give paths or target, not both."),
        ({"paths": "good", "reports": "pdf=x.pdf"}, "No such option"),
        ({"paths": "good", "fail_on": "fatal"}, "'fatal' is not one of"),
    ],
)
def test_wrong_inputs_are_named(recorded: Path, inputs: dict[str, str], said: str) -> None:
    runner, code = ran(recorded, **inputs)
    assert code == 2, runner.told
    assert said in runner.told


def test_levels_and_switches_reach_the_command(recorded: Path) -> None:
    runner, code = ran(recorded, paths="bad", fail_on="never", annotations="false", summary="false")
    assert (code, runner.summary) == (0, ""), runner.told
    assert "::error" not in runner.told


@pytest.mark.parametrize("name", sorted(set(ACTION["inputs"]) - {"python-version", "version"}))
def test_no_input_can_become_a_command(recorded: Path, name: str) -> None:
    paths = {} if name == "target" else {"paths": "good"}
    ran(recorded, **{**paths, name.replace("-", "_"): EVIL})
    assert not list(recorded.rglob("pwned"))


def test_no_expression_stands_in_a_script() -> None:
    for step in SCRIPTS:
        assert "${{" not in step["run"], step["name"]
        assert step["shell"] == "bash"
        assert all(EXPRESSION.fullmatch(value) for value in step["env"].values())


def test_every_input_is_used_and_explained_and_every_action_is_pinned_to_a_version() -> None:
    used = set(re.findall(r"inputs\.([\w-]+)", (ROOT / "action.yml").read_text(encoding="utf-8")))
    assert used == set(ACTION["inputs"])
    assert all(told["description"].endswith(".") and "default" in told for told in ACTION["inputs"].values())
    assert all(re.fullmatch(r"[\w-]+/[\w/-]+@v\d+", step["uses"]) for step in STEPS if "uses" in step)


def test_the_page_names_every_input() -> None:
    page = (ROOT / "docs" / "github-action.md").read_text(encoding="utf-8")
    assert set(re.findall(r"^\| `([\w-]+)` \|", page, re.MULTILINE)) == set(ACTION["inputs"]) | set(ACTION["outputs"])
