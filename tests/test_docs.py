"""Pages that are made from the code are what the code makes now, and every command that they name can be typed."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import click
import pytest

from conformance import catalogue, docs
from conformance.cli import commands, group

ROOT = catalogue.PACKAGE.parent
MAKE = "run `python -m conformance.docs`"
PAGES = docs.pages()
WRITTEN = [ROOT / name for name in ("README.md", "CHANGELOG.md", "benchmarks/README.md", "cassettes/README.md")]
FENCE = re.compile(r"^```(\w*)\n(.*?)^```", re.MULTILINE | re.DOTALL)
SETUP = "python3 -m venv .venv && .venv/bin/pip install -q "
MAIN_JOB = SETUP + ". && .venv/bin/conformance run"
ALL_TESTS = SETUP + "-e '.[test]' && .venv/bin/pytest"


class Typed(NamedTuple):
    """A command line that a page tells its reader to type."""

    page: str
    line: str


def shell_lines(path: Path) -> Iterator[str]:
    """The lines of a page's shell blocks, continued ones joined, without comments."""
    for language, block in FENCE.findall(path.read_text(encoding="utf-8")):
        if language in ("sh", "bash", "console"):
            for line in block.replace("\\\n", " ").split("\n"):
                yield line.removeprefix("$ ").strip()


def typed() -> Iterator[Typed]:
    """Every call of `conformance` in the shell blocks of the written pages and in the commands' own help."""
    for path in WRITTEN:
        if path.exists():
            for line in shell_lines(path):
                yield from (Typed(path.name, call) for call in calls(line))
    for name in commands():
        command = group.get_command(click.Context(group), name)
        help_text = (command.help or "") if command else ""
        for line in help_text.split("\n"):
            if line.startswith("    "):
                yield from (Typed(f"{name} --help", call) for call in calls(line.strip()))


def calls(line: str) -> Iterator[str]:
    """The calls of `conformance` in one line of shell."""
    for part in re.split(r"\|\||&&|[|;]", line):
        words = part.split("#")[0].strip().removesuffix("&").strip()
        name, _, rest = words.partition(" ")
        if name in ("conformance", ".venv/bin/conformance"):
            yield rest


@pytest.mark.parametrize("name", sorted(PAGES))
def test_a_generated_page_is_what_the_code_makes_now(name: str) -> None:
    path = ROOT / name
    assert path.exists(), MAKE
    assert path.read_bytes() == PAGES[name].encode("utf-8"), MAKE


def test_no_page_stands_for_a_rule_that_is_gone() -> None:
    there = {path.relative_to(ROOT).as_posix() for path in (ROOT / "docs" / "rules").rglob("*.md")}
    assert there - set(PAGES) == set(), MAKE


def test_writing_twice_changes_nothing(tmp_path: Path) -> None:
    assert set(docs.write(tmp_path)) == set(PAGES)
    stale = tmp_path / "docs" / "rules" / "gone.md"
    stale.write_text("x", encoding="utf-8")
    assert docs.write(tmp_path) == ["docs/rules/gone.md"]
    assert not stale.exists()


@pytest.mark.parametrize("call", sorted(set(typed())), ids=lambda call: call.line[:60])
def test_every_command_line_that_is_shown_can_be_typed(call: Typed) -> None:
    words = shlex.split(call.line)
    if words[0].startswith("-"):
        assert words[0] in ("--help", "--version")
        return
    command = group.get_command(click.Context(group), words[0])
    assert command is not None, f"{call.page} names a command that does not exist"
    try:
        command.make_context(words[0], words[1:])
    except click.exceptions.Exit as over:  # --help
        assert over.exit_code == 0


def test_the_readme_names_every_command() -> None:
    named = {call.line.split()[0] for call in typed() if call.page == "README.md" and call.line}
    assert set(commands()) <= named


def test_the_readme_holds_the_two_commands_and_ci_runs_the_second() -> None:
    lines = list(shell_lines(ROOT / "README.md"))
    assert lines.count(MAIN_JOB) == 1
    assert lines.count(ALL_TESTS) == 1
    assert ALL_TESTS in (ROOT / ".ci" / "run").read_text(encoding="utf-8").split("\n")


def test_links_between_pages_lead_somewhere() -> None:
    pages = [path for path in [*WRITTEN, *(ROOT / name for name in PAGES)] if path.exists()]
    links = [
        (path, target)
        for path in pages
        for target in re.findall(r"\]\((?!https?://|#)([^)#]+)", FENCE.sub("", path.read_text(encoding="utf-8")))
    ]
    wrong = [f"{path.relative_to(ROOT)} links to {to}" for path, to in links if not (path.parent / to).exists()]
    assert wrong == []


def test_the_examples_of_a_page_are_judged_with_their_own_rule() -> None:
    entry = catalogue.rule("openai-chat/id-changes")
    (good,) = docs.shown(entry, entry.good)
    (bad,) = docs.shown(entry, entry.bad)
    assert good.findings == []
    assert [finding.rule for finding in bad.findings] == ["openai-chat/id-changes"]
