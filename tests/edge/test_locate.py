"""The place of every byte of a body in the file that holds it."""

from __future__ import annotations

import base64
import gzip
import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from conformance import catalogue, library
from conformance.cli.spots import located
from conformance.core.finding import Family, Finding, Level
from conformance.core.recording import Evidence, Recording, Request
from conformance.edge.cassette import read, text
from conformance.edge.load import load
from conformance.edge.locate import Locator, Place
from conformance.edge.scalar_map import scalar_map, yaml_spans

BODY = 'data: {"a": "é😀 \\"x\\""}\n\nevent: end\ndata: it\'s  two\n\n'
FOLDED = re.compile(r"[ \t]*\\?(?:$|[\r\x85\u2028\u2029])")
ESCAPE = re.compile(r"\\(?:x..|u[dD][89abAB]..\\u[dD][c-fC-F]..|u....|U........|.)")


def finding(offset: int | None, event: int | None = 0) -> Finding:
    return Finding("demo/fault", Level.ERROR, Family.SHAPE, "words", event=event, offset=offset)


def characters(body: bytes) -> list[str]:
    """For each byte the character that it is part of."""
    return [char for char in body.decode() for _ in char.encode()]


def shown(lines: list[str], place: Place, wanted: str) -> bool:
    """True where the file says this character at this place: as it is, as an escape, or by folding lines."""
    line = lines[place.line - 1]
    there = line[place.column - 1 :]
    if there.startswith(wanted) or (wanted == "\n" and there in ("", "\r")):
        return True
    if escape := ESCAPE.match(there):
        return bool(yaml.safe_load(f'"{escape[0]}"') == wanted if "\\ud" not in escape[0].lower() else
                    json.loads(f'"{escape[0]}"') == wanted)  # fmt: skip
    return wanted in " \n" and FOLDED.match(there) is not None


def agree(raw: bytes, recordings: list[Recording]) -> None:
    """Every byte of every body stands where the locator says."""
    locator, lines = Locator(raw, recordings), raw.decode().removeprefix("\ufeff").split("\n")
    for number, recording in enumerate(recordings):
        for offset, wanted in enumerate(characters(recording.body)):
            place = locator.place(number, offset)
            assert place is not None, "the file holds the body"
            assert shown(lines, place, wanted), (number, offset, place, wanted)


def tree(*bodies: str) -> dict[str, Any]:
    asked = {"method": "POST", "uri": "https://api.example.com/v1", "body": "{}", "headers": {}}
    status = {"code": 200, "message": "OK"}
    answers = [{"status": status, "headers": {}, "body": {"string": body}} for body in bodies]
    return {"version": 1, "interactions": [{"request": asked, "response": answer} for answer in answers]}


def dumped(width: int, style: str | None) -> Any:
    def dump(*bodies: str) -> bytes:
        found: str = yaml.safe_dump(tree(*bodies), width=width, default_style=style, allow_unicode=width > 80)
        return found.encode()

    return dump


def recorded(body: bytes) -> Recording:
    return Recording(Request(uri="x"), body=body, missing=frozenset({Evidence.READS, Evidence.TIMING}))


FORMS = {
    "plain yaml": dumped(80, None),
    "wide yaml": dumped(10_000, None),
    "single quotes": dumped(40, "'"),
    "double quotes": dumped(60, '"'),
    "json": lambda *bodies: json.dumps(tree(*bodies)).encode(),
    "indented json": lambda *bodies: json.dumps(tree(*bodies), indent=1, ensure_ascii=False).encode(),
    "our yaml": lambda *bodies: text([recorded(body.encode()) for body in bodies]),
    "our json": lambda *bodies: text([recorded(body.encode()) for body in bodies], "json"),
}
any_text = st.text(
    st.sampled_from("abcdeXYZ019:#'\"\\/ \t\n\n-|>{}[]&*!%@`,?é😀漢\u00a0\u2028\u2029\x85\x1b\r\ufeff\ufffd\x7f\xad"),
    min_size=1,
    max_size=60,
)


def form_of(name: str) -> str:
    return "json" if "json" in name else "yaml"


@pytest.mark.parametrize("name", FORMS)
def test_every_byte_stands_where_the_locator_says(name: str) -> None:
    @given(st.lists(any_text, min_size=1, max_size=3))
    @settings(max_examples=60)
    def law(bodies: list[str]) -> None:
        raw = FORMS[name](*bodies)
        recordings = read(raw, "x", form_of(name))
        agree(raw, recordings)

    law()


@pytest.mark.parametrize("name", FORMS)
def test_a_stream_is_found_event_by_event(name: str) -> None:
    raw = FORMS[name](BODY, "data: other\n\n", BODY)
    recordings = read(raw, "x", form_of(name))
    agree(raw, recordings)
    first, again = (Locator(raw, recordings).spot(number, finding(0)) for number in (0, 2))
    assert (again.line, again.column) > (first.line, first.column), "equal bodies have homes of their own"
    assert first.text.startswith("data: {")
    assert first.remark == ""


def test_windows_line_ends_in_a_cassette() -> None:
    raw = FORMS["our yaml"](BODY).replace(b"\n", b"\r\n")
    agree(raw, read(raw, "x"))


@pytest.mark.parametrize("head", ["", "\ufeff", "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n\r\n"])
def test_a_raw_stream_is_its_own_file(head: str, tmp_path: Path) -> None:
    file = tmp_path / "a.sse"
    file.write_bytes((head + BODY).encode())
    (recording,) = load(file)
    locator = Locator(file.read_bytes(), [recording])
    offset = recording.body.index(b"event: end")
    line = 3 + head.count("\n")
    assert locator.place(0, offset) == (line, 1)
    assert locator.spot(0, finding(offset)).text == "event: end\ndata: it's  two"
    assert locator.spot(0, finding(offset)).end_line == line + 1


def test_bytes_that_are_no_text_count_one_by_one(tmp_path: Path) -> None:
    file = tmp_path / "a.sse"
    file.write_bytes(b"data: \xff\xfe\xe2\x82|\n\n")
    (recording,) = load(file)
    locator = Locator(file.read_bytes(), [recording])
    assert [locator.place(0, offset) for offset in range(6, 11)] == [(1, 7), (1, 8), (1, 9), (1, 10), (1, 11)]


def test_a_body_in_base64_has_the_line_where_it_begins_and_says_so() -> None:
    body = b"data: \xff and enough of it to be seen\n\n"
    raw = text([recorded(body)])
    spot = Locator(raw, read(raw, "x")).spot(0, finding(7))
    assert b"!!binary" in raw.split(b"\n")[spot.line - 1]
    assert spot.column is None and "base64" in spot.remark
    assert Locator(raw, read(raw, "x")).place(0, 7) is None


def test_a_compressed_body_has_the_line_where_it_begins() -> None:
    content = tree("")
    answer = content["interactions"][0]["response"]
    answer["headers"] = {"content-encoding": ["gzip"]}
    answer["body"] = {"string": gzip.compress(BODY.encode(), mtime=0)}
    raw = yaml.safe_dump(content).encode()
    (recording,) = read(raw, "x")
    assert recording.body.decode() == BODY
    spot = Locator(raw, [recording]).spot(0, finding(0))
    assert raw.split(b"\n")[spot.line - 1].strip().startswith(b"string: !!binary")
    answer["body"] = {"base64_string": base64.b64encode(answer["body"]["string"]).decode()}
    as_json = json.dumps(content, indent=1)
    spot = Locator(as_json.encode(), read(as_json.encode(), "x", "json")).spot(0, finding(0))
    assert '"base64_string"' in as_json.split("\n")[spot.line - 1]


def test_a_folded_block_has_the_line_where_it_begins() -> None:
    raw = FORMS["our yaml"]("data: a\n\n").replace(b"|+\n        data: a\n\n", b">\n        data: a\n        b\n")
    (recording,) = read(raw, "x")
    assert recording.body == b"data: a b\n"
    spot = Locator(raw, [recording]).spot(0, finding(0))
    assert raw.split(b"\n")[spot.line - 1].endswith(b"string: >")
    assert (spot.column, "folds" in spot.remark) == (None, True)


def test_a_finding_of_the_whole_stream_has_the_line_of_its_body() -> None:
    raw = FORMS["our yaml"](BODY, BODY)
    locator = Locator(raw, read(raw, "x"))
    spots = [locator.spot(number, finding(None, None)) for number in (0, 1)]
    lines = raw.decode().split("\n")
    assert [lines[spot.line - 1].strip()[:8] for spot in spots] == ["data: {"[:8].ljust(7) + '"', 'data: {"']
    assert spots[0].line < spots[1].line
    assert {(spot.column, spot.text, spot.remark) for spot in spots} == {(None, "", "")}


def test_an_answer_without_a_body_has_the_line_of_its_entry() -> None:
    raw = FORMS["our yaml"]("data: a\n\n").replace(b"|+\n        data: a\n\n", b"''\n")
    spot = Locator(raw, read(raw, "x")).spot(0, finding(None, None))
    assert raw.decode().split("\n")[spot.line - 1].startswith("- request:")
    assert spot.remark == ""


def test_payloads_by_the_line_are_found_by_their_payload(tmp_path: Path) -> None:
    lines = [json.dumps({"id": f"c{n}", "object": "chat.completion.chunk", "choices": []}) for n in range(3)]
    file = tmp_path / "a.jsonl"
    file.write_text("\n".join(lines), encoding="utf-8")
    (recording,) = load(file)
    spot = Locator(file.read_bytes(), [recording]).spot(0, finding(recording.body.index(b'data: {"id": "c1"')))
    assert (spot.line, spot.column, spot.text) == (2, 1, lines[1])


def test_what_is_not_there_is_said() -> None:
    raw = FORMS["json"]("data: a\n\n")
    locator = Locator(raw, [recorded(b"data: something else\n\n")])
    spot = locator.spot(0, finding(0))
    assert (spot.line, spot.column) == (1, None)
    assert "does not hold the body" in spot.remark


def test_a_long_line_is_not_repeated_whole() -> None:
    raw = FORMS["json"](f"data: {'x' * 5000}\n\n")
    spot = Locator(raw, read(raw, "x", "json")).spot(0, finding(0))
    assert len(spot.text) == (spot.end_column or 0) - (spot.column or 0) == 600


def test_a_map_is_told_only_where_its_pieces_make_up_the_value() -> None:
    source = "a: |\n  x\n  y\nb: >\n  x\n  y\n"
    spans = {span.value: span for span in yaml_spans(source)}
    assert scalar_map(source, spans["x\ny\n"]) is not None
    assert scalar_map(source, spans["x y\n"]) is None
    assert scalar_map(source, spans["x\ny\n"]._replace(value="x\nz\n")) is None


def test_text_that_cannot_be_read_has_no_scalars() -> None:
    assert [span.value for span in yaml_spans("a: [b\n}")] == ["a", "b"]


def found_in(path: Path) -> tuple[int, int]:
    """How many findings of a file stand at their bytes, and how many only near them."""
    exact = near = 0
    raw, lines = path.read_bytes(), path.read_text(encoding="utf-8").split("\n")
    recordings = load(path)
    report = located(library.report([library.check(one, dialect="strict") for one in recordings]))
    locator = Locator(raw, recordings)
    for run in report.runs:
        for one in run.findings:
            assert one.spot is not None
            if one.spot.column is None or one.offset is None:
                near += 1
                continue
            exact += 1
            spot, body = one.spot, recordings[run.interaction].body
            assert locator.place(run.interaction, one.offset) == (spot.line, spot.column)
            begins = body[one.offset : one.offset + 5].decode("utf-8", "replace")
            assert one.offset == len(body) or lines[spot.line - 1][spot.column - 1 :].startswith(begins) or any(
                char in begins for char in "\n\r\"'\\") or not begins.isascii()  # fmt: skip
    return exact, near


def test_every_finding_in_our_own_cassettes_stands_at_its_event() -> None:
    files = sorted(catalogue.data_folder("cassettes").glob("*/l*/*.yaml"))
    told = [found_in(path) for path in files]
    assert sum(exact for exact, _ in told) > 5


@pytest.mark.corpus
def test_findings_in_the_corpus_stand_at_their_event(corpus: Path) -> None:
    files = sorted((corpus / "cassettes").rglob("*.yaml"))[::9]
    told = [found_in(path) for path in files]
    assert sum(exact for exact, _ in told) > 50
