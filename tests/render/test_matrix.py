"""Tables for people and machines: what is seen on how much evidence, in every form, and nothing unescaped."""

from __future__ import annotations

import csv
import io
import json
import re
from base64 import b64encode
from dataclasses import replace
from hashlib import sha256
from html.parser import HTMLParser
from typing import Any

import jsonschema
import pytest

from conformance.catalogue import data_folder
from conformance.core.behaviour import Behaviour, of_figure
from conformance.core.finding import Failure, Family, Level, Outcome, Run, Verdict
from conformance.core.matrix import Exhibit, Matrix, Seen, State, exhibited
from conformance.core.matrix_build import matrix
from conformance.library import render_table
from conformance.render.matrix import text
from conformance.render.matrix._words import LEGEND, ranges
from tests.reports import TOOL, finding, run

SCHEMA = json.loads((data_folder("schemas") / "table.json").read_text(encoding="utf-8"))
FORMS = ("text", "markdown", "csv", "json", "html")
EVIL = "<script>alert(1)</script>|*x*"
ROWS = (
    Behaviour("trait", "usage.placement", Family.USAGE, "Where usage stands", needs=frozenset({"framing"})),
    Behaviour("rule", "demo/fault", Family.SHAPE, "A fault", Level.ERROR, "https://example.com/#fault"),
    Behaviour("rule", "demo/kept", Family.ORDER, "Another", Level.WARNING, "https://example.com/#kept"),
    Behaviour("rule", "demo/unseen", Family.ERRORS, "A third", Level.NOTE, "https://example.com/#unseen"),
)


def judged(source: str, provider: str, verdict: Verdict, value: object = None, **more: Any) -> Run:
    found = (finding(event=2, offset=40, pointer="/id"),) if verdict is Verdict.FAIL else ()
    found = (finding(waived="its documents say so"),) if verdict is Verdict.WAIVED else found
    outcomes = (
        Outcome("demo/fault", verdict, found),
        Outcome("demo/kept", Verdict.PASS),
        Outcome("demo/unseen", Verdict.NOT_APPLICABLE, (), "no error in the stream"),
    )
    traits = {} if value is None else {"usage.placement": value}
    told = {"metadata": {"provider": provider, "recorded": "2026-01-02"}, **more}
    return replace(run(source), verdict=Verdict.PASS, outcomes=outcomes, traits=traits, **told)


def found(protocol: str, row: Behaviour, seen: Seen, at: Exhibit, one: Run) -> Exhibit:
    return replace(at, quote='data: {"id":"…"}') if at.offset is not None else at


def made(*runs: Run, **more: Any) -> Matrix:
    return replace(matrix(runs, lambda protocol: ROWS), tool=TOOL, ruleset="2026.11", **more)


FULL = exhibited(
    made(
        judged("c/a1.yaml", "acme", Verdict.PASS, "own-chunk"),
        judged("c/a2.yaml", "acme", Verdict.FAIL, "finish-chunk"),
        judged("c/a3.yaml", "acme", Verdict.PASS, "own-chunk"),
        judged("c/b1.yaml", EVIL, Verdict.WAIVED, EVIL),
        judged("c/s1.yaml", "acme", Verdict.NOT_RECORDED, metadata={"provider": "acme", "synthetic": True}),
        judged("c/t1.yaml", "quiet", Verdict.NOT_APPLICABLE, missing=("framing",), inconclusive="no tool was called"),
        failures=(Failure("c/x.yaml", "c/x.yaml: is no YAML."),),
        title="A title",
        notes=("A note",),
    ),
    found,
)


def test_a_figure_is_a_median_with_its_unit_on_the_page() -> None:
    rows = (of_figure("ttfb"), of_figure("events_per_read_mean"))
    figures = [{"ttfb": at, "events_per_read_mean": 2.5} for at in (5.0, 20.0, 900.0)]
    runs = [judged(f"{n}.yaml", "acme", Verdict.PASS, latency=one) for n, one in enumerate(figures)]
    text = render_table(replace(matrix(runs, lambda protocol: rows), tool=TOOL, ruleset="2026.11"), "html")
    assert re.search(r">ttfb</a> <span class=\"lv \">ms</span></th>\s*<td class=V><a [^>]*>20.0 <i>n\u00a03</i>", text)
    assert re.search(r">events_per_read_mean</a></th>", text)
    assert "<dt class=V>20.0 ms median, n\u00a03</dt>" in text


def test_the_pages_policy_lets_its_own_script_run_and_nothing_else() -> None:
    page = render_table(FULL, "html")
    script = page.partition("<script>")[2].partition("</script>")[0]
    assert f"script-src 'sha256-{b64encode(sha256(script.encode()).digest()).decode()}'" in page
    assert "default-src 'none'" in page


def test_every_form_says_how_many_streams_stand_behind_a_cell() -> None:
    for form in FORMS[:2]:
        told = render_table(FULL, form)
        assert "fail 1/3" in told and "own-chunk 2/3" in told and "waived 1/1" in told, form
    assert re.sub("<[^>]+>", "", render_table(FULL, "html")).count("own-chunk 2/3") == 2  # the cell and its drawer


@pytest.mark.parametrize("form", FORMS)
def test_the_same_table_is_the_same_text(form: str) -> None:
    assert render_table(FULL, form) == render_table(FULL, form)
    assert render_table(FULL, form).endswith("\n")


@pytest.mark.parametrize("form", FORMS)
def test_nothing_to_compare_is_no_error(form: str) -> None:
    assert isinstance(render_table(made(), form), str)


# JSON and CSV


@pytest.mark.parametrize("table", [FULL, made()], ids=["full", "empty"])
def test_the_json_form_fits_the_published_schema_in_its_order(table: Matrix) -> None:
    jsonschema.Draft202012Validator.check_schema(SCHEMA)
    data = json.loads(render_table(table, "json"))
    jsonschema.Draft202012Validator(SCHEMA).validate(data)
    assert list(data) == list(SCHEMA["properties"])


def test_the_schema_knows_every_state_and_family() -> None:
    defs = SCHEMA["$defs"]
    assert defs["state"]["enum"] == [state.value for state in State]
    assert defs["row"]["properties"]["family"]["enum"] == [family.value for family in Family]


def test_a_cell_of_the_json_form_leads_to_stream_event_and_bytes() -> None:
    (table,) = json.loads(render_table(FULL, "json"))["tables"]
    rows = {row["name"]: row["cells"] for row in table["rows"]}
    cell = rows["demo/fault"]["acme"]
    assert (cell["state"], cell["text"], cell["of"]) == ("fail", "fail 1/3", 3)
    (place,) = cell["seen"][0]["places"]
    assert place["stream"] == 2 and place["event"] == 2 and place["offset"] == 40
    assert place["quote"] == 'data: {"id":"…"}'
    assert table["columns"][0]["streams"][place["stream"] - 1]["source"] == "c/a2.yaml"
    assert rows["demo/unseen"] == {}  # nothing shows anything of it
    assert rows["demo/kept"]["quiet"]["state"] == "inconclusive"
    assert rows["demo/fault"]["acme (synthetic)"]["state"] == "not-recorded"


def test_csv_holds_a_line_for_everything_that_was_seen_and_no_formula() -> None:
    lines = list(csv.DictReader(io.StringIO(render_table(FULL, "csv"))))
    (line,) = [one for one in lines if one["behaviour"] == "demo/fault" and one["state"] == "fail"]
    assert (line["column"], line["count"], line["of"], line["event"]) == ("acme", "1", "3", "2")
    tamed = made(judged("c/a.yaml", "=1+1", Verdict.PASS))
    assert {one["column"] for one in csv.DictReader(io.StringIO(render_table(tamed, "csv")))} == {"'=1+1"}


# Text and Markdown


def test_what_all_keep_is_counted_in_the_terminal_and_listed_on_demand() -> None:
    assert "demo/kept" not in text.render(FULL) and "1 more rule is kept by all" in text.render(FULL)
    assert "demo/kept" in text.render(FULL, every=True)


@pytest.mark.parametrize("columns", [40, 60, 100, 160])
def test_the_terminal_is_never_wider_than_it_is_unless_one_column_is(columns: int) -> None:
    plainer = made(*(judged(f"{n}.yaml", f"provider-{n}", Verdict.FAIL, "own-chunk") for n in range(6)))
    told = text.render(plainer, columns)
    assert max(map(len, told.splitlines())) <= max(columns, 48)
    assert all(f"provider-{n}" in told for n in range(6))


def test_markdown_escapes_what_comes_from_a_peer() -> None:
    told = render_table(FULL, "markdown")
    assert "<script>" not in told and "\\<script\\>alert(1)\\</script\\>\\|\\*x\\*" in told


def test_markdown_says_what_no_stream_says_anything_of_and_why() -> None:
    told = render_table(made(judged("a.yaml", "p", Verdict.PASS, missing=("framing",))), "markdown")
    silent = told[told.index("of which no stream says anything") :]
    assert "It does not occur in these streams: `demo/unseen`" in silent
    assert "The recordings do not hold the evidence: `usage.placement`" in silent


@pytest.mark.parametrize(("rooms", "told"), [(("mute",), "`mute/*` (6)"), (("mute", "demo"), "`mute/*` (6)")])
def test_markdown_names_a_room_of_which_nothing_tells_once(rooms: tuple[str, ...], told: str) -> None:
    silent = [
        Behaviour("rule", f"{room}/{number}", Family.ERRORS, "A fault", Level.NOTE, "https://example.com/")
        for room in rooms
        for number in range(6)
    ]
    runs = [judged("c/a1.yaml", "acme", Verdict.PASS)]
    text = render_table(replace(matrix(runs, lambda protocol: (*ROWS, *silent)), tool=TOOL), "markdown")
    assert told in text
    assert "`mute/3`" not in text
    assert ("`demo/3`" in text) == ("demo" in rooms), "of `demo` a rule tells"


@pytest.mark.parametrize("form", ["text", "markdown", "html"])
def test_a_partial_run_and_an_unread_file_are_marked_where_the_table_is_read(form: str) -> None:
    runs = [judged("c/a.yaml", "acme", Verdict.FAIL)]
    partial = matrix(runs, lambda protocol: ROWS, partial={"c/a.yaml": "the run was interrupted"})
    told = render_table(replace(partial, failures=(Failure("c/x.yaml", "is no YAML."),)), form)
    assert re.search("partial", told, re.IGNORECASE) and "the run was interrupted" in told
    assert "c/x.yaml" in told and "is no YAML." in told


# HTML


class Page(HTMLParser):
    """Ids, links and resources of a page; a tag that is not closed is a failure."""

    VOID = frozenset({"meta", "input", "option", "br"})

    def __init__(self, told: str) -> None:
        super().__init__()
        self.ids: list[str] = []
        self.links: list[str] = []
        self.resources: list[str] = []
        self.open: list[str] = []
        self.feed(told)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        told = dict(attrs)
        self.ids += [told["id"] or ""] if "id" in told else []
        self.links += [told["href"] or ""] if tag == "a" else []
        self.resources += [tag] if "src" in told or tag in ("link", "img", "iframe") else []
        self.open += [] if tag in self.VOID else [tag]

    def handle_endtag(self, tag: str) -> None:
        if tag not in self.VOID:
            assert self.open.pop() == tag, self.getpos()


PAGE = render_table(FULL, "html")


def test_the_page_is_whole_and_needs_nothing_else() -> None:
    page = Page(PAGE)
    assert page.open == [] and page.resources == []
    assert len(page.ids) == len(set(page.ids))
    assert not re.search(r"url\(|@import|fetch\(|XMLHttp", PAGE)


def test_every_cell_of_the_page_leads_to_a_drawer_that_is_there() -> None:
    page = Page(PAGE)
    local = {link[1:] for link in page.links if link.startswith("#") and link != "#_"}
    assert local <= set(page.ids)
    assert {link for link in page.links if not link.startswith("#")} <= {row.url for row in ROWS}
    table = PAGE[PAGE.index('<table class="t"') : PAGE.index("</main>")]
    assert len(re.findall("<td class=[A-Z]>", table)) == len(re.findall("<td class=[A-Z]><a href=#", table)) == 4 * 4


def test_a_drawer_names_recording_event_and_bytes() -> None:
    drawer = next(one for one in PAGE.split("<aside ") if "demo/fault</a></h3>" in one and "fail 1/3" in one)
    told = re.sub("<[^>]+>", " ", drawer)
    assert "a2.yaml" in told and "stream 2, event 2, byte 40" in told and "what is wrong" in told
    assert "data: {&#34;id&#34;:&#34;…&#34;}" in told


def test_the_page_escapes_what_comes_from_a_peer() -> None:
    assert "<script>alert" not in PAGE and "&lt;script&gt;alert(1)" in PAGE


def test_states_look_different_and_the_legend_has_each() -> None:
    assert set(LEGEND) == set(State)
    legend = PAGE[PAGE.index('<ul class="legend">') : PAGE.index("</ul>")]
    assert len(set(re.findall('<b class="([A-Z])">', legend))) == len(State)


def test_numbers_of_streams_are_told_as_ranges() -> None:
    assert ranges([1, 2, 3, 7, 9, 10]) == "1–3, 7, 9–10"
    assert ranges([4], "-") == "4" and ranges([]) == ""
