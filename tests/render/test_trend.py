"""A trend as text, JSON, SVG and HTML."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from xml.etree import ElementTree

import pytest

from conformance import library
from conformance.core.finding import Verdict
from conformance.core.trend import Trend, trend
from conformance.render._sparkline import sparkline
from conformance.render._text import ansi, width
from conformance.render.trend import html_, json_, svg, text
from tests.core.test_trend import sample
from tests.reports import report, run

SVG = "{http://www.w3.org/2000/svg}"


def content(runs: int = 4, scenario: str = "tools") -> Trend:
    samples = [sample(n, "text", latency={"ttfb": 10.0 * n, "total": 200}) for n in range(1, runs + 1)]
    samples += [sample(n, scenario, Verdict.FAIL if n == 3 else Verdict.PASS, outcomes={
        "openai-chat/id-changes": "f" if n == 3 else "p"}) for n in range(1, runs + 1) if n != 2]  # fmt: skip
    return trend("gw", samples)


def test_the_terminal_shows_scenarios_figures_and_changes() -> None:
    assert text.render(content(), 100) == (
        "gw: 4 runs, 2026-11-01 09:00 to 2026-11-04 09:00 UTC\n"
        "\n"
        "openai-chat  4 runs\n"
        "  text        ✓✓✓✓  pass\n"
        "  tools       ✓·✕✓  pass  (2 flips)\n"
        "  first byte  ▁▃▆█  40.0 ms, median 25.0, 10.0 to 40.0\n"
        "  total       ▄▄▄▄  200.0 ms, median 200.0, 200.0 to 200.0\n"
        "  changes       ▲▲\n"
        "\n"
        "  changes from run to run\n"
        "  2026-11-03 09:00  verdict  pass → fail  tools\n"
        "                    rule openai-chat/id-changes  pass → fail  tools\n"
        "  2026-11-04 09:00  verdict  fail → pass  tools\n"
        "                    rule openai-chat/id-changes  fail → pass  tools\n"
    )


@pytest.mark.parametrize("columns", [60, 80, 160])
def test_no_line_is_wider_than_the_terminal_and_the_newest_runs_are_shown(columns: int) -> None:
    long = trend("gw", [sample(n, "s" * 50, at=f"2026-11-{n:03d}T09:00", latency={"ttfb": n}) for n in range(1, 300)])
    shown = text.render(long, columns, ansi)
    assert max(width(line) for line in shown.split("\n")) <= columns
    assert "299 runs, the newest" in shown


def test_few_changes_are_listed_unless_all_are_asked_for() -> None:
    samples = [sample(n, at=f"2026-11-{n:03d}T09:00", traits={"a.b": str(n)}) for n in range(1, 42)]
    many = trend("gw", samples)
    assert "20 older ones are not shown (--all lists them)" in text.render(many)
    assert text.render(many, every=True).count(" → ") == 40


def test_the_same_change_in_several_scenarios_is_told_once() -> None:
    samples = [sample(n, name, model=f"m{n}") for n in (1, 2) for name in ("a", "b", "c", "d")]
    for shown in (text.render(trend("gw", samples)), html_.render(trend("gw", samples))):
        assert shown.count("4 scenarios") == 1


def test_colours_change_no_words() -> None:
    assert re.sub(r"\x1b\[[0-9;]*m", "", text.render(content(), 100, ansi)) == text.render(content(), 100)


def test_the_summary_is_one_line() -> None:
    assert text.summary(content()) == "gw: 4 runs, 2026-11-01 09:00 to 2026-11-04 09:00 UTC. 4 changes."


def test_a_sparkline_spans_from_the_lowest_to_the_highest() -> None:
    assert sparkline([1, None, 8, 4.5]) == "▁ █▅"
    assert sparkline([3, 3]) == "▄▄"
    assert sparkline([None, None]) == "  "
    assert sparkline([]) == ""


def test_json_has_everything() -> None:
    told = json.loads(json_.render(content()))
    (course,) = told["courses"]
    assert (told["trend"], told["target"], course["protocol"]) == (1, "gw", "openai-chat")
    assert course["lines"][1]["verdicts"] == ["pass", None, "fail", "pass"]
    assert course["points"][0]["figures"]["ttfb"] == 10.0
    assert course["changes"][0]["after"] == "fail"


def test_the_picture_has_a_cell_a_sign_and_words_for_each_verdict() -> None:
    root = ElementTree.fromstring(svg.render(content()))
    cells = [one for one in root.iter(f"{SVG}g") if str(one.get("class")).startswith("v-")]
    assert len(cells) == 7
    titles = [str(cell.findtext(f"{SVG}title")) for cell in cells]
    assert "tools, 2026-11-03 09:00: fail" in titles
    (failed,) = [cell for cell in cells if cell.get("class") == "v-fail"]
    assert failed.findtext(f"{SVG}text") == "✕"
    assert len(list(root.iter(f"{SVG}polyline"))) == 2
    assert len([one for one in root.iter(f"{SVG}path") if one.get("class") == "changed"]) == 2


def test_a_line_is_broken_where_no_run_tells_the_figure() -> None:
    known = {1: 5.0, 2: 6.0, 4: 7.0, 5: 9.0}
    gaps = trend("gw", [sample(n, latency={"ttfb": known.get(n)}) for n in range(1, 6)])
    root = ElementTree.fromstring(svg.render(gaps))
    assert [len(str(one.get("points")).split()) for one in root.iter(f"{SVG}polyline")] == [2, 2]


def test_everything_of_the_picture_stands_inside_it() -> None:
    for count in (1, 4, 30, 28):
        root = ElementTree.fromstring(svg.render(content(count)))
        wide = float(root.get("width", "0"))
        for box in root.iter(f"{SVG}rect"):
            if box.get("x"):
                left = float(box.get("x", "0"))
                assert left >= 0 and left + float(box.get("width", "0")) <= wide


def test_the_page_needs_nothing_else_and_tells_the_newest_change_first() -> None:
    page = html_.render(content())
    assert "<script" not in page
    assert not re.search(r"(?:src|href)=", page)
    assert page.index("<td>2026-11-04 09:00</td>") < page.index("<td>2026-11-03 09:00</td>")
    assert page.count('class="worse"') == 2
    assert "Nothing changed." in html_.render(trend("gw", [sample(1)]))


def test_the_html_report_shows_targets_with_a_past() -> None:
    bare = library.render(report(run()), "html")
    assert '<svg class="trend"' not in bare and "#trend" not in bare
    whole = replace(report(run()), trends=[content(), trend("new", [sample(1)])])
    page = library.render(whole, "html")
    assert page.count('<svg class="trend"') == 1
    assert "<h3>gw, openai-chat</h3>" in page and 'href="#trend"' in page


def test_nothing_a_peer_sent_is_markup_or_control() -> None:
    hostile = "</svg><script>x</script>\x1b[31m\u202e\"'"
    samples = [
        sample(n, hostile, model=f"{hostile}{n}", protocol=hostile, traits={hostile: hostile * n}) for n in (1, 2)
    ]
    odd = trend(hostile, samples)
    for form in ("html", "svg", "text"):
        shown = library.render_trend(odd, form)
        assert "<script" not in shown or form == "text"
        assert "\x1b" not in shown and "\u202e" not in shown
    ElementTree.fromstring(svg.render(odd))
