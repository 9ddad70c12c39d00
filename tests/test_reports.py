"""The committed reports are what the tool makes of the committed recordings, by the commands of their page."""

from __future__ import annotations

import importlib.util
import re
import shlex
import tarfile
from pathlib import Path

import pytest
from click.testing import CliRunner

from conformance.cli import group

ROOT = Path(__file__).parent.parent
PAGE = (ROOT / "reports" / "README.md").read_text(encoding="utf-8").replace("\\\n", "")
TABLES = re.findall(r"^conformance (table .+)$", PAGE, re.MULTILINE)
[OURS] = [command for command in TABLES if "reports/servers/recordings" in command]
[THEIRS] = [command for command in TABLES if "../shared/corpus" in command]


def written(words: list[str]) -> list[Path]:
    """The files that a command line writes."""
    return [Path(word) for word in words if word.startswith("reports/") and Path(word).suffix]


def rebuild(command: str, into: Path) -> None:
    """Runs a command of the page, and compares what it writes with what is committed."""
    words = shlex.split(command)
    made = {str(path): str(into / path.name) for path in written(words)}
    assert made, "the command writes no report"
    result = CliRunner().invoke(group, [made.get(word, word) for word in words])
    assert result.exit_code == 0, result.output
    for committed, path in made.items():
        assert Path(path).read_bytes() == (ROOT / committed).read_bytes(), committed


def test_the_table_of_servers_is_rebuilt_byte_for_byte(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with tarfile.open(ROOT / "reports" / "servers" / "recordings.tar.xz") as recordings:
        recordings.extractall(tmp_path / "reports" / "servers", filter="data")
    monkeypatch.chdir(tmp_path)
    rebuild(OURS, tmp_path)


@pytest.mark.corpus
@pytest.mark.usefixtures("corpus")
def test_the_table_of_the_corpus_is_rebuilt_byte_for_byte(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    rebuild(THEIRS, tmp_path)


def test_every_report_is_named_on_the_page() -> None:
    named = {path.name for command in TABLES for path in written(shlex.split(command))}
    by_hand = {"README.md", "corpus.md", "seeds.md", "servers"}
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
