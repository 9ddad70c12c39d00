"""`--html` of the judging commands: the page stands on the recordings, however many processes judged them."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from conformance.cli import group
from tests.reports import GOOD, TWO_IDS, cassette

TIMED = {"reads": f"120.5:300 180.25:{len(TWO_IDS.encode()) - 300}", "end": {"kind": "eof", "at": 181.0}}


def written(tmp_path: Path, *arguments: str) -> str:
    page = tmp_path / "report.html"
    CliRunner().invoke(group, [*arguments, "--quiet", "--html", str(page)], catch_exceptions=False)
    return page.read_text(encoding="utf-8")


@pytest.fixture
def recordings(tmp_path: Path) -> Path:
    folder = tmp_path / "recordings"
    folder.mkdir()
    cassette(folder / "a.json", TWO_IDS, recording=TIMED)
    cassette(folder / "b.json", GOOD, GOOD)
    return folder


def test_check_shows_the_timeline_and_the_guilty_bytes(recordings: Path, tmp_path: Path) -> None:
    page = written(tmp_path, "check", str(recordings))
    assert "4 events in 181.0 ms; first byte after 120.5 ms." in page
    assert "<mark>&#34;id&#34;: &#34;chatcmpl-1&#34;</mark>" in page
    assert "Its bytes are not in this report" not in page
    assert "b.json #1" in page


def test_the_page_is_the_same_from_several_processes(recordings: Path, tmp_path: Path) -> None:
    alone = written(tmp_path, "check", str(recordings), "--jobs", "1")
    assert written(tmp_path, "check", str(recordings), "--jobs", "2") == alone


def test_run_writes_the_same_page_as_check_of_its_folder(tmp_path: Path) -> None:
    folder = tmp_path / "run"
    asked = ["--protocol", "openai-chat", "--scenario", "text", "--scenario", "tools", "--output", str(folder)]
    page = written(tmp_path, "run", *asked)
    assert page.count('class="tl"') >= 2
    assert "All 2 streams conform" in page
    assert written(tmp_path, "check", str(folder)) == page
