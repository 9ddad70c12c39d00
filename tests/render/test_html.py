"""The HTML report: complete in itself, loads nothing, says nothing by colour alone, and no peer breaks it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import conformance
from conformance import check
from conformance.core.example import Example
from conformance.core.finding import Failure, Level, Report, Run, Stale, Verdict
from conformance.core.recording import End, EndKind, Headers, Read, Recording, Request
from conformance.core.stream import Stream
from conformance.core.wire import Wire
from conformance.library import pictured, protocol_of, render, shows_pictures
from conformance.render import html_
from conformance.render._signs import MEANINGS, SIGNS
from conformance.render._wire import wire_html
from tests.reports import GOOD, TWO_IDS, finding, report, run

TEMPLATES = Path(conformance.__file__).parent / "render" / "templates"
VOID = {"meta", "input", "br", "link", "img", "hr"}
SSE = Headers([("content-type", "text/event-stream; charset=utf-8"), ("cache-control", "no-cache")])
EVIL = "</script><script>alert(1)</script>\"'><img src=x onerror=alert(1)>\u202e\x1b[31m\x00`"


class Page(HTMLParser):
    """Elements in their order; raises where the tags are not well nested."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.feed(text)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        assert len(dict(attrs)) == len(attrs), f"an attribute twice: {tag} {attrs}"
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.elements if name == tag]

    def ids(self) -> list[str]:
        return [str(attributes["id"]) for _, attributes in self.elements if "id" in attributes]


def judged(body: str | bytes, source: str = "a.yaml", request: Request | None = None, **metadata: object) -> Run:
    """A run with its picture, as the commands make it."""
    data = body.encode() if isinstance(body, str) else body
    pieces = [data[at : at + 300] for at in range(0, len(data), 300)]
    reads = [Read(100.0 + 20 * number, len(piece)) for number, piece in enumerate(pieces)]
    end = End(EndKind.EOF, 200.0 + 20 * len(pieces))
    asked = request or Request(
        uri="https://api.example.com/v1/chat/completions", body=b'{"model":"gpt-x","stream":true}'
    )
    recording = Recording(asked, 200, "OK", SSE, data, reads, end, source=source, metadata=metadata)
    protocol = protocol_of(recording, "openai-chat")
    return pictured(check(recording, "openai-chat"), Stream(recording, protocol))


def page(*runs: Run, **more: object) -> str:
    return render(report(*runs, **more), "html")  # type: ignore[arg-type]


WAIVED = finding("demo/known", Level.WARNING, "known", waived="the provider says so")
BLIND = run("x.yaml", verdict=Verdict.NOT_APPLICABLE, outcomes=run().outcomes[2:3])
FULL = report(
    judged(TWO_IDS, "c/a.yaml", scenario="text"),
    judged(GOOD, "c/b.yaml", provider="acme"),
    run("c/c.yaml", WAIVED, finding("demo/loose", Level.NOTE)),
    run("c/d.yaml", verdict=Verdict.INCONCLUSIVE, inconclusive="refused with status 400"),
    BLIND,
    failures=[Failure("e.yaml", "e.yaml: is no YAML.")],
    stale=[Stale("groq", "demo/x", "why", 12)],
)
EVERY = [FULL, report(), report(judged(TWO_IDS)), report(run()), report(BLIND), report(failures=[Failure("f", "no")])]


@pytest.mark.parametrize("given_report", EVERY)
def test_the_page_is_well_nested_its_ids_are_unique_and_its_links_lead_somewhere(given_report: Report) -> None:
    parsed = Page(render(given_report, "html"))
    ids = parsed.ids()
    assert len(ids) == len(set(ids))
    inner = [str(link["href"]) for link in parsed.all("a") if str(link["href"]).startswith("#")]
    assert inner
    assert {href[1:] for href in inner} <= set(ids)
    named = [str(one["aria-labelledby"]) for _, one in parsed.elements if "aria-labelledby" in one]
    assert set(named) <= set(ids)


@pytest.mark.parametrize("given_report", EVERY)
def test_nothing_is_loaded_from_anywhere(given_report: Report) -> None:
    text = render(given_report, "html")
    parsed = Page(text)
    assert not {tag for tag, _ in parsed.elements} & {
        "link",
        "img",
        "iframe",
        "object",
        "embed",
        "base",
        "image",
        "use",
    }
    assert not [one for _, one in parsed.elements if {"src", "srcset", "data", "background"} & set(one)]
    outward = [str(link["href"]) for link in parsed.all("a") if not str(link["href"]).startswith("#")]
    assert all(href.startswith("https://") for href in outward)
    assert "url(" not in text
    assert "@import" not in text
    policy = next(one["content"] for one in parsed.all("meta") if one.get("http-equiv") == "Content-Security-Policy")
    assert str(policy).startswith("default-src 'none';")


def test_the_policy_lets_the_pages_own_script_run_and_no_other() -> None:
    from base64 import b64encode
    from hashlib import sha256

    text = page(run())
    script = text.partition("<script>")[2].partition("</script>")[0]
    assert f"script-src 'sha256-{b64encode(sha256(script.encode()).digest()).decode()}'" in text
    assert text.count("<script") == 1


def test_the_same_report_is_the_same_page() -> None:
    assert render(FULL, "html") == render(FULL, "html")


def test_a_reader_without_script_sees_what_failed_and_why() -> None:
    text = page(judged(TWO_IDS))
    assert "The stream fails" in text
    assert "A unique identifier for the chat completion. Each chunk has the same ID." in text
    assert 'href="https://platform.openai.com/docs/api-reference/chat-streaming/streaming"' in text
    assert 'href="https://github.com/openai/openai-go/issues/322"' in text
    assert re.search(r"<mark>.*chatcmpl-1.*</mark>", text)
    assert 'id="run-1-finding-1"' in text
    assert "curl -N https://api.example.com/v1/chat/completions" in text
    assert 'aria-label="4 events in 240.0 ms; first byte after 100.0 ms.' in text


def test_what_could_not_be_told_is_no_pass() -> None:
    text = render(FULL, "html")
    assert "1 of 5 streams fail" in text
    assert re.search(r'data-verdict="inconclusive".*?refused with status 400', text, re.S)
    assert re.search(r'data-verdict="not-applicable".*?no tool was called', text, re.S)
    section = text[text.index('id="unjudged"') :]
    assert "is no YAML." in section
    assert "waives demo/x, but 12 runs kept it: why" in section
    assert "There is no verdict" in page(BLIND)
    assert "Nothing was checked" in page()
    assert "The stream conforms" not in page(run(), failures=[Failure("f", "no")])


def test_a_run_without_its_recording_says_so() -> None:
    text = page(run("a.yaml", finding(event=1, offset=40)))
    assert "The timeline is not in this report" in text
    assert "Its bytes are not in this report." in text
    assert "<figure><figcaption>" in text


def test_a_waived_finding_says_why_and_stands_behind_those_that_count() -> None:
    text = page(run("a.yaml", WAIVED, finding("demo/loose", Level.NOTE, "loose")))
    assert text.index("<code>demo/loose</code>") < text.index("<code>demo/known</code>")
    assert "Waived: the provider says so" in text


def test_scenarios_make_a_matrix_and_other_streams_one_of_families() -> None:
    runs = [judged(TWO_IDS, scenario="text", target="one"), judged(GOOD, "b.yaml", scenario="text", target="two")]
    text = page(*runs)
    assert '<th scope="col">one openai-chat</th><th scope="col">two openai-chat</th>' in text
    assert '<td class="error"><a href="#run-1"' in text
    assert '<td class="pass"><a href="#run-2"' in text
    families = page(judged(TWO_IDS, provider="acme"), judged(GOOD, "b.yaml", provider="acme"))
    assert (
        '<td class="error"><a href="#run-1" title="error: 1 of 2 streams" data-provider="acme" data-family="shape">'
        in families
    )
    kept = re.search(r'<td class="pass"><a [^>]*title="pass: 2 of 2 streams"[^>]*>', families)
    assert kept and "data-provider" in kept[0] and "data-family" not in kept[0]  # it would leave streams with findings
    assert '<td class="not-applicable">' in families
    assert 'id="matrix"' not in page(judged(GOOD))


def test_an_address_says_who_streams_there() -> None:
    told: dict[str, Any] = {"scenario": "text", "target": "127.0.0.1:8000", "provider": "acme"}
    text = page(judged(GOOD, **told), judged(GOOD, "b.yaml", scenario="text"))
    assert '<th scope="col">acme (127.0.0.1:8000) openai-chat</th><th scope="col">not named openai-chat</th>' in text


def test_a_cell_of_repeats_leads_to_all_of_them() -> None:
    told: dict[str, Any] = {"scenario": "text", "target": "one"}
    text = page(judged(TWO_IDS, **told), judged(GOOD, "b.yaml", **told), judged(GOOD, "c.yaml", scenario="tools"))
    cell = 'title="error: 1 of 2 streams" data-scenario="text" data-target="one" data-protocol="openai-chat">'
    assert cell in text
    assert text.count('data-provider="one" data-target="one" data-scenario="text"') == 2
    assert [one["name"] for one in Page(text).all("select")] == ["verdict", "target", "scenario"]


def test_the_filters_offer_what_there_is() -> None:
    parsed = Page(render(FULL, "html"))
    selects = [one["name"] for one in parsed.all("select")]
    assert selects == ["verdict", "level", "rule", "provider"]  # of families and protocols there is one
    assert all(run_["data-verdict"] for run_ in parsed.all("details") if run_.get("class") == "run")


def test_every_verdict_and_level_has_a_sign_of_its_own_and_a_meaning() -> None:
    assert {verdict.value for verdict in Verdict} == {verdict.value for verdict in MEANINGS}
    assert len(set(SIGNS.values())) == len(SIGNS) == len(Verdict) + len(Level)
    css = (TEMPLATES / "report.css").read_text(encoding="utf-8")
    assert all(f".{word}" in css for word in SIGNS)


def test_both_sides_of_a_gateway_are_shown_on_one_axis() -> None:
    client = Example(GOOD, path="/v1/chat/completions").paced(first=60.0)
    above = client.but(path="/up").paced(first=50.0)
    text = page(sided(client.but(upstream=(above.but(status=500, body="", reads=()), above), arrived=(2.0, 4.0))))
    assert "Upstream 1 of 2: POST /up, 500" in text
    assert "Upstream 2 of 2: POST /up, 200, asked after 4.0 ms" in text
    assert '<p class="side">Client</p>' in text
    assert 'class="tl-pass"' in text
    assert "The gateway added 6.0 ms to the first byte" in text
    assert "Side by side" not in text
    assert "Upstream: never asked" in page(sided(client.but(upstream=())))
    assert '<p class="side">' not in page(sided(client))


def test_events_that_came_otherwise_stand_side_by_side_with_the_difference_marked() -> None:
    client = Example(GOOD.replace("Hello", "Hullo"), path="/v1/chat/completions").paced()
    text = page(sided(client.but(upstream=(client.but(body=GOOD),))))
    assert "<summary>Side by side: 1 event changed</summary>" in text
    assert re.search(r"upstream, event 1</p><pre class=.wire.>[^\n]*H<mark>e</mark>llo", text)
    assert re.search(r"client, event 1</p><pre class=.wire.>[^\n]*H<mark>u</mark>llo", text)
    dropped = client.but(body=GOOD.partition("\n\n")[2])
    assert "client: none</p></div>" in page(sided(dropped.but(upstream=(client.but(body=GOOD),))))


def sided(example: Example) -> Run:
    recording = example.recording()
    protocol = protocol_of(recording, "openai-chat")
    return pictured(check(recording, "openai-chat"), Stream(recording, protocol))


def test_cancellations_stand_in_a_table_with_their_evidence() -> None:
    told = {"stage": "after-events", "how": "close", "observer": "upstream", "propagated_ms": 12.5}
    blind = {"stage": "before-head", "how": "reset", "unobserved": "nobody looks"}
    text = page(run("a.yaml", cancellation=told), run("b.yaml", verdict=Verdict.INCONCLUSIVE, cancellation=blind))
    table = text[text.index('<section id="left"') :].partition("</section>")[0]
    assert '<th scope="row">after-events</th><td>close</td><td class="number">1/1</td>' in table
    assert '<td class="number">unobserved</td>' in table
    assert "before-head: nobody looks." in table
    assert '<td class="inconclusive"><i aria-hidden="true">?</i> inconclusive</td>' in table
    assert "<li>propagated ms <b>12.5</b></li>" in text
    assert 'id="left"' not in page(run())


def test_the_head_says_whose_streams_these_are() -> None:
    text = page(judged(GOOD, provider="acme", recorded="2026-11-20T08:00:00Z"), judged(TWO_IDS, recorded="2026-11-21"))
    head = text.partition("</header>")[0]
    assert "<span>acme</span> · <span>openai-chat</span> · <span>recorded 2026-11-20 to 2026-11-21</span>" in head


def test_what_does_not_fail_is_not_called_broken() -> None:
    assert "What is broken" in page(judged(TWO_IDS), run())
    noted = page(run("a.yaml", finding("demo/loose", Level.NOTE), verdict=Verdict.PASS), run())
    assert "What was found" in noted
    assert "What is broken" not in noted


# Hostile peers


def hostile() -> Run:
    evil = EVIL.encode()
    body = GOOD.encode().replace(b"Hello", b"</script><script>alert(1)</script>") + b"evil: " + evil + b"\xff\xfe\r"
    asked = Request(uri="https://api.example.com/" + EVIL, body=b"{}")
    return judged(body, f"{EVIL}.yaml", asked, provider=EVIL, scenario=EVIL, target=EVIL, recorded=EVIL)


@pytest.mark.parametrize("scenarios", [True, False])
def test_a_hostile_stream_breaks_neither_the_page_nor_the_terminal(scenarios: bool) -> None:
    evil = finding("demo/evil", message=EVIL, event=0, offset=0, pointer=f"/{EVIL}", waived=EVIL)
    named = {"metadata": {"scenario": EVIL}} if scenarios else {}
    text = page(hostile(), run(EVIL, evil, **named, model=EVIL, reproduce=EVIL, traits={EVIL: EVIL}, inconclusive=EVIL))
    parsed = Page(text)
    assert len(parsed.all("script")) == 1
    assert not parsed.all("img")
    assert not [name for _, attributes in parsed.elements for name in attributes if name.startswith("on")]
    assert not set(text) & set("\u202e\x1b\x00")
    assert "\\u202e" in text


@given(st.binary(max_size=200))
def test_bytes_of_any_kind_are_shown_and_steer_nothing(data: bytes) -> None:
    text = str(wire_html(Wire(0, data[:50], data[50:], b"")))
    Page(text)
    assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]", text)
    text.encode("utf-8")


def test_what_is_invisible_is_named() -> None:
    shown = str(wire_html(Wire(7, b"a\r\nb\rc\n", b"\0\t\xff\xc3\xa4\xe2\x80\xae", b"<", more=True)))
    assert shown == (
        '<span class="om">…</span>a<i>CR LF</i>\nb<i>CR</i>\nc<i>LF</i>\n'
        '<mark><i>NUL</i><i>TAB</i><i class="bad">\\xff</i>ä<i>\\u202e</i></mark>&lt;<span class="om">…</span>'
    )


def test_what_was_left_out_of_the_middle_is_counted() -> None:
    assert '<mark>ab<span class="om"> … 1,204 bytes … </span>yz</mark>' in str(
        wire_html(Wire(0, b"", b"abyz", b"", omitted=1204, kept=2))
    )


# Size


def test_a_long_stream_makes_no_long_page() -> None:
    text = GOOD.partition("\n\n")[0] + "\n\n"
    short, long = (len(page(judged(text * count + "data: [DONE]\n\n"))) for count in (300, 3_000))
    assert long < short + 20_000


def test_many_streams_make_a_page_that_can_be_opened() -> None:
    one = judged(TWO_IDS)
    alone, many = len(page(one)), len(page(*[one] * 60))
    assert (many - alone) / 59 < 15_000


def test_of_very_many_streams_those_that_tell_most_are_shown_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(html_, "WHOLE", 3)
    runs = [run(f"{name}.yaml", reproduce=f"curl {name}") for name in "abcd"]
    runs += [run("blind.yaml", verdict=Verdict.INCONCLUSIVE, reproduce="curl blind")]
    runs += [run("known.yaml", WAIVED, reproduce="curl known"), run("bad.yaml", finding(), reproduce="curl bad")]
    text = page(*runs)
    assert re.findall(r"curl \w+", text) == ["curl bad", "curl blind", "curl known"]
    assert len(re.findall('class="run"', text)) == 7
    assert "The first 3 show their rules" in text
    assert "The first 3 show" not in page(*runs[:3])


# Looks


def palette(dark: bool) -> dict[str, str]:
    """Custom property -> colour, of the light or the dark theme."""
    found: dict[str, str] = {}
    for name in ("palette.css", "timeline.css"):
        light, _, night = (TEMPLATES / name).read_text(encoding="utf-8").partition("@media (prefers-color-scheme:dark)")
        for text in (light, night.partition("}}")[0]) if dark else (light,):
            found |= dict(re.findall(r"(--[\w-]+):(#[0-9a-f]{6})\b", text))
    return found


def luminance(colour: str) -> float:
    """WCAG 2.2, relative luminance."""
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    high, low = sorted((luminance(one), luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def pairs() -> Iterator[tuple[str, str, float]]:
    """(text or line, ground, least contrast): WCAG 2.2, 1.4.3 for text, 1.4.11 for what is no text."""
    for text in ("ink", "soft", "link", "pass", "fail", "warn", "note", "waive", "faint"):
        yield text, "paper", 4.5
    for text in ("ink", "soft", "pass", "fail"):
        yield text, "head", 4.5
    for level in ("fail", "warn", "note", "waive"):
        yield level, f"{level}-bg", 4.5
        yield "ink", f"{level}-bg", 4.5
        yield "soft", f"{level}-bg", 4.5
    yield "ink", "over", 4.5
    yield "soft", "hatch", 4.5
    yield "ink", "gap", 4.5
    for line in ("tl-text", "tl-data", "tl-idle", "link"):
        yield line, "paper", 3.0


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_contrast_is_enough_to_read(dark: bool) -> None:
    colours = palette(dark)
    poor = {
        (one, other): round(found, 2)
        for one, other, least in pairs()
        if (found := contrast(colours[f"--{one}"], colours[f"--{other}"])) < least
    }
    assert poor == {}


def test_only_the_palette_names_colours() -> None:
    css = (TEMPLATES / "report.css").read_text(encoding="utf-8")
    assert re.findall(r"#[0-9a-f]{3,8}\b|rgb|hsl", css.replace("--paper:#fff", "")) == []


def test_forms_say_whether_they_show_pictures() -> None:
    assert shows_pictures(["json", "html"])
    assert not shows_pictures(["json", "markdown"])
