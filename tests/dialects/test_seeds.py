"""The report of the printed samples is what the rules say of their bytes, and the bytes are those of the pages."""

from __future__ import annotations

import runpy
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SEEDS = ROOT / ".." / "shared" / "seeds"
SCRIPT = runpy.run_path(str(ROOT / "cassettes" / "seeds" / "__main__.py"))
SAMPLES = {sample.file: sample for sample in SCRIPT["SAMPLES"]}
PAGES = {"anyrouter": "000", "openrouter": "001", "arouter": "002", "infron": "003", "yuhuan": "004"}


def read(name: str, reading: str) -> tuple[int, str, set[str]]:
    """Events, text and broken rules of a sample in one reading."""
    run, text = SCRIPT["_read"](SAMPLES[name], reading)
    return run.events, text, {finding.rule for finding in run.findings if finding.waived is None}


def test_the_report_is_what_the_samples_are_today(tmp_path: Path) -> None:
    SCRIPT["main"](tmp_path / "seeds.md")
    made = (tmp_path / "seeds.md").read_bytes()
    assert made == (ROOT / "reports" / "seeds.md").read_bytes(), "run `python cassettes/seeds`"


def test_every_file_is_a_sample() -> None:
    assert {path.stem for path in (ROOT / "cassettes" / "seeds").glob("*.sse")} == set(SAMPLES)


@pytest.mark.corpus
@pytest.mark.parametrize("name", SAMPLES)
def test_a_sample_is_printed_so(name: str) -> None:
    if not SEEDS.is_dir():
        pytest.skip("the pages of the gateways (../shared/seeds) are not here")
    (page,) = SEEDS.glob(f"{PAGES[SAMPLES[name].gateway]}_*.txt")
    assert SAMPLES[name].printed in page.read_bytes()


@pytest.mark.parametrize("name", ["anyrouter-event-shape", "arouter-under-the-hood"])
def test_lines_that_are_not_separated_are_one_event_that_nobody_can_parse(name: str) -> None:
    events, text, broken = read(name, "as printed")
    assert (events, text) == (1, "")
    assert "sse/events-not-separated" in broken
    events, text, broken = read(name, "with a blank line behind each line")
    assert events == 4 and text.startswith("“Hello")
    assert "openai-chat/chunk-field-missing" in broken and "sse/events-not-separated" not in broken


def test_a_comment_with_its_colon_is_nothing_to_a_reader() -> None:
    events, text, broken = read("openrouter-comment", "before an answer")
    assert events > 30 and text and not broken


def test_a_comment_without_its_colon_is_a_field_that_nobody_knows() -> None:
    events, text, broken = read("infron-comment", "before an answer")
    assert events > 30 and text
    assert broken == {"sse/unknown-field", "dialect/promise-broken"}


def test_a_stream_without_a_finish_reason_looks_cut_off() -> None:
    assert "openai-chat/finish-missing" in read("yuhuan-sse-format", "as printed")[2]


def test_usage_without_a_chunk_around_it_lacks_the_choices() -> None:
    assert read("yuhuan-include-usage", "as printed")[2] == {"http/not-streamed"}
    assert "openai-chat/choices-missing" in read("yuhuan-include-usage", "as the data of the last event")[2]


def test_a_brace_too_many_is_not_json() -> None:
    for reading in ("as printed", "with a blank line behind each line"):
        assert "sse/payload-not-json" in read("yuhuan-tool-calls", reading)[2]
    events, _, broken = read("yuhuan-tool-calls", "and without the brace too many")
    assert events == 4 and not broken & {"sse/payload-not-json", "openai-chat/tool-arguments-not-json"}
