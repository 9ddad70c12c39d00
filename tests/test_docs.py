"""Pages that are made from the code are what the code makes now, and every command that they name can be typed."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import click
import pytest

from conformance import catalogue, docs
from conformance.cli import commands, group
from tests.docs_code import calls, parsed

ROOT = catalogue.PACKAGE.parent
MAKE = "run `python -m conformance.docs`"
PAGES = docs.pages()
WRITTEN = [ROOT / name for name in ("README.md", "CHANGELOG.md", "benchmarks/README.md", "cassettes/README.md")]
FENCE = re.compile(r"^```(\w*)\n(.*?)^```", re.MULTILINE | re.DOTALL)
SETUP = "python3 -m venv .venv && .venv/bin/pip install -q "
MAIN_JOB = SETUP + ". && .venv/bin/conformance run"
ALL_TESTS = SETUP + "-e '.[test]' && .venv/bin/pytest"


class Typed(NamedTuple):
    """A line of shell that a page tells its reader to type."""

    page: str
    line: str


def shell_lines(path: Path) -> Iterator[str]:
    """The lines of a page's shell blocks, continued ones joined."""
    for language, block in FENCE.findall(path.read_text(encoding="utf-8")):
        if language in ("sh", "bash", "console"):
            for line in block.replace("\\\n", " ").split("\n"):
                yield line.removeprefix("$ ").strip()


def typed() -> Iterator[Typed]:
    """Every line of shell in the written pages and in the commands' own help that calls `conformance`."""
    for path in WRITTEN:
        yield from (Typed(path.name, line) for line in shell_lines(path) if any(calls(line)))
    for name in commands():
        command = group.get_command(click.Context(group), name)
        lines = (
            line.strip() for line in (command.help or "" if command else "").split("\n") if line.startswith("    ")
        )
        yield from (Typed(f"{name} --help", line) for line in lines if any(calls(line)))


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
    parsed(call.line)


def test_the_readme_names_every_command() -> None:
    named = {words[0] for line in shell_lines(ROOT / "README.md") for words in calls(line) if words}
    assert set(commands()) <= named


def test_the_readme_holds_the_two_commands_and_ci_runs_the_second() -> None:
    lines = list(shell_lines(ROOT / "README.md"))
    assert lines.count(MAIN_JOB) == 1
    assert lines.count(ALL_TESTS) == 1
    assert ALL_TESTS in (ROOT / ".ci" / "run").read_text(encoding="utf-8").split("\n")


LINK = re.compile(r'\]\((?!https?://)([^)\s]+)\)|src(?:set)?="(?!https?://)([^"]+)"')


def links(page: Path) -> Iterator[str]:
    """What a page links to beside it, and what of it is not there: files, headings, pictures."""
    for match in LINK.finditer(FENCE.sub("", page.read_text(encoding="utf-8"))):
        name, _, anchor = (match[1] or match[2]).partition("#")
        there = page.parent / name if name else page
        if not there.exists() or (anchor and there.suffix == ".md" and anchor not in anchors(there)):
            yield f"{page.relative_to(ROOT)} links to {match[1] or match[2]}"


def anchors(page: Path) -> set[str]:
    """The names by which GitHub finds the headings of a page."""
    headings = re.findall(r"^#+ (.+)$", FENCE.sub("", page.read_text(encoding="utf-8")), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def test_links_between_pages_lead_somewhere() -> None:
    written = [*WRITTEN, *(ROOT / "docs").glob("*.md"), ROOT / "reports" / "README.md"]
    pages = {*written, *(ROOT / name for name in PAGES if (ROOT / name).exists())}
    assert [wrong for page in sorted(pages) for wrong in links(page)] == []


def test_the_examples_of_a_page_are_judged_with_their_own_rule() -> None:
    entry = catalogue.rule("openai-chat/id-changes")
    (good,) = docs.shown(entry, entry.good)
    (bad,) = docs.shown(entry, entry.bad)
    assert good.findings == []
    assert [finding.rule for finding in bad.findings] == ["openai-chat/id-changes"]
