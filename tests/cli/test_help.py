"""What the command line says of itself, and that saying it costs nothing."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

import conformance
from conformance.cli import commands, group
from conformance.cli.options import forms
from conformance.errors import ConformanceError, InputError, UsageError

HEAVY = (
    "asyncio", "concurrent.futures", "httpx", "jsonschema", "jsonschema_rs", "multiprocessing", "orjson", "tabulate",
    "vcr", "yaml",
)  # fmt: skip
FOLDER = Path(conformance.__file__).parent / "cli"


def python(*arguments: str, **more: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, **more}
    return subprocess.run(
        [sys.executable, *arguments], capture_output=True, text=True, env=environment, timeout=60, check=False
    )


def loaded(*arguments: str) -> set[str]:
    """The modules that a command imports."""
    told = python("-X", "importtime", "-m", "conformance", *arguments).stderr
    return {line.rpartition("|")[2].strip() for line in told.splitlines() if line.startswith("import time:")}


def test_help_lists_every_command_with_the_first_line_of_its_file() -> None:
    text = CliRunner().invoke(group, ["--help"], terminal_width=120).output
    assert {"check", "show", "rules", "record", "replay", "run"} <= set(commands())
    for name, line in commands().items():
        assert re.search(rf"^  {name} +{re.escape(line)}$", text, re.MULTILINE), name
        assert 20 <= len(line) <= 80, name


@pytest.mark.parametrize("arguments", [["--help"], ["--version"], [], ["no-such-command"], ["check", "--help"]])
def test_help_loads_nothing_heavy(arguments: list[str]) -> None:
    names = loaded(*arguments)
    assert "click" in names
    assert not {name for name in HEAVY if name in names}


def test_importing_the_package_loads_nothing() -> None:
    told = python("-c", "import sys, conformance; print(*sys.modules)")
    assert [name for name in told.stdout.split() if name.startswith("conformance.")] == []


@pytest.mark.parametrize("name", sorted(commands()))
def test_every_command_explains_itself(name: str) -> None:
    result = CliRunner().invoke(group, [name, "--help"], terminal_width=100, prog_name="conformance")
    assert result.exit_code == 0
    assert result.output.startswith(f"Usage: conformance {name} ")
    assert commands()[name] in result.output
    assert f"conformance {name}" in result.output, "the help shows an example"
    command = group.get_command(click.Context(group), name)
    assert command is not None
    for option in command.params:
        if isinstance(option, click.Option):
            assert option.help, f"{name} {option.opts} has no help"


def test_a_command_is_a_file_and_a_file_with_a_command_is_one() -> None:
    for path in sorted(FOLDER.glob("*.py")):
        has_command = re.search(r"^def command\b", path.read_text(encoding="utf-8"), re.MULTILINE) is not None
        assert (path.stem.rstrip("_").replace("_", "-") in commands()) == has_command, path.name


def test_every_renderer_but_the_table_is_an_option_of_every_judging_command() -> None:
    assert {"json", "markdown"} <= set(forms())
    assert "table" not in forms()
    text = CliRunner().invoke(group, ["check", "--help"], terminal_width=100).output
    for form in forms():
        assert f"--{form} FILE" in text


def test_an_unknown_command_is_answered_with_the_nearest() -> None:
    result = CliRunner().invoke(group, ["chekc"])
    assert result.exit_code == 2
    assert "There is no command 'chekc'. Did you mean check?" in result.stderr
    assert "There are: cancel, check" in CliRunner().invoke(group, ["xyzzy"]).stderr


def test_the_version_is_the_packages() -> None:
    assert CliRunner().invoke(group, ["--version"]).output == f"conformance, version {conformance.__version__}\n"
    told = python("-m", "conformance", "--version")
    assert (told.returncode, told.stdout, told.stderr) == (0, f"conformance, version {conformance.__version__}\n", "")


class Failing:
    """A command that ends as it is told to."""

    def __init__(self, error: BaseException) -> None:
        self.error = error

    def __call__(self) -> None:
        raise self.error


@pytest.mark.parametrize(
    ("error", "code", "said"),
    [
        (UsageError("There is no x.", "Did you mean y?"), 2, "conformance: There is no x. Did you mean y?\n"),
        (InputError("a.yaml", "is no YAML.", "Check it."), 3, "conformance: a.yaml: is no YAML. Check it.\n"),
        (ConformanceError("a\x1b[2J"), 3, "conformance: a\\x1b[2J\n"),
        (KeyboardInterrupt(), 130, "conformance: interrupted.\n"),
        (BrokenPipeError(), 141, ""),
    ],
)
def test_errors_end_with_their_own_exit_code_and_one_line(
    error: BaseException, code: int, said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    failing = click.Command("check", callback=Failing(error))
    monkeypatch.setattr(type(group), "get_command", lambda self, ctx, name: failing)
    result = CliRunner().invoke(group, ["check"])
    assert (result.exit_code, result.stderr, result.stdout) == (code, said, "")


def test_a_fault_of_our_own_is_no_finding(monkeypatch: pytest.MonkeyPatch) -> None:
    failing = click.Command("check", callback=Failing(ZeroDivisionError("oh")))
    monkeypatch.setattr(type(group), "get_command", lambda self, ctx, name: failing)
    result = CliRunner().invoke(group, ["check"])
    assert (result.exit_code, result.stdout) == (3, "")
    assert "ZeroDivisionError: oh" in result.stderr
    assert result.stderr.endswith("Please report the lines above.\n")


@pytest.mark.skipif(os.name == "nt", reason="a shell's pipe")
def test_a_closed_pipe_is_no_error_message() -> None:
    script = f"{sys.executable} -m conformance rules --json | head -c 1"
    told = subprocess.run(["sh", "-c", script], capture_output=True, text=True, timeout=60, check=False)
    assert (told.stdout, told.stderr) == ("[", "")


def test_colours_are_for_terminals_and_respect_no_color(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NO_COLOR", raising=False)
    assert "\x1b[" not in CliRunner().invoke(group, ["rules"]).output
    assert "\x1b[" in CliRunner().invoke(group, ["rules"], color=True).output
    monkeypatch.setenv("NO_COLOR", "1")
    assert "\x1b[" not in CliRunner().invoke(group, ["rules"], color=True).output
