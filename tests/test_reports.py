"""The committed reports are what the tool makes of the committed cassettes, by the commands of their page."""

from __future__ import annotations

import importlib.util
import re
import shlex
from pathlib import Path

import pytest
from click.testing import CliRunner

from conformance.cli import group

ROOT = Path(__file__).parent.parent
PAGE = (ROOT / "reports" / "README.md").read_text(encoding="utf-8").replace("\\\n", "")
COMMANDS = re.findall(r"^conformance (check .+)$", PAGE, re.MULTILINE)
TABLES = re.findall(r"^conformance (table .+)$", PAGE, re.MULTILINE)


def written(words: list[str]) -> list[Path]:
    """The files that a command line writes."""
    return [Path(word) for word in words if word.startswith("reports/")]


def rebuild(command: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Runs a command of the page, and compares what it writes with what is committed."""
    monkeypatch.chdir(ROOT)
    words = shlex.split(command)
    into = {str(path): str(tmp_path / path.name) for path in written(words)}
    assert into, "the command writes no report"
    result = CliRunner().invoke(group, [into.get(word, word) for word in words])
    assert result.exit_code in (0, 1), result.output
    for committed, made in into.items():
        assert Path(made).read_bytes() == (ROOT / committed).read_bytes(), committed


@pytest.mark.parametrize("command", COMMANDS)
def test_a_report_is_rebuilt_byte_for_byte(command: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rebuild(command, tmp_path, monkeypatch)


@pytest.mark.corpus
@pytest.mark.parametrize("command", TABLES)
@pytest.mark.usefixtures("corpus")
def test_a_table_of_the_corpus_is_rebuilt_byte_for_byte(
    command: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rebuild(command, tmp_path, monkeypatch)


def test_every_report_is_named_on_the_page() -> None:
    named = {path.name for command in [*COMMANDS, *TABLES] for path in written(shlex.split(command))}
    by_hand = {"README.md", "corpus.md", "seeds.md"}
    assert {path.name for path in (ROOT / "reports").iterdir()} == named | by_hand


@pytest.mark.corpus
def test_the_table_of_the_corpus_is_what_the_rules_find_today() -> None:
    corpus = ROOT.parent / "shared" / "corpus" / "cassettes"
    if not corpus.is_dir():
        pytest.skip("the recordings of other people (../shared/corpus) are not here")
    spec = importlib.util.spec_from_file_location("corpus", ROOT / "benchmarks" / "corpus.py")
    assert spec is not None and spec.loader is not None
    script = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(script)
    assert script.tables(corpus) in (ROOT / "reports" / "corpus.md").read_text()
