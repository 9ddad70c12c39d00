"""A rule broken for these tests.

Its page is this docstring. Laws of rules: the id comes from the place of the file, the title from its first line.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from conformance.core.finding import Family, Level
from conformance.core.recording import Evidence
from conformance.core.rule import Cite, Fault, On, _id_of, rule
from conformance.core.stream import Stream
from conformance.core.trait import trait

CITE = Cite("https://example.com", "a sentence")


@rule(level=Level.ERROR, family=Family.ORDER, cite=CITE)
def plain(stream: Stream[None]) -> Iterator[Fault]:
    yield Fault("always")


@rule(level=Level.NOTE, family=Family.LATENCY, cite=(CITE, CITE), statements=("C01",), since="2027.01",
      on=On.RESPONSE, needs=(Evidence.TIMING, Evidence.READS), complete=True, when=lambda stream: "never")  # fmt: skip
def particular(stream: Stream[None]) -> Iterator[Fault]:
    yield Fault("always")


@pytest.mark.parametrize(
    ("module", "rule_id"),
    [
        ("conformance.protocols.openai_chat.rules.id_changes", "openai-chat/id-changes"),
        ("conformance.rules.sse.unknown_field", "sse/unknown-field"),
        ("conformance.protocols.anthropic_messages.rules.stop", "anthropic-messages/stop"),
    ],
)
def test_the_id_is_the_place_of_the_file(module: str, rule_id: str) -> None:
    assert _id_of(module) == rule_id


def test_the_page_is_the_docstring_and_its_first_line_the_title() -> None:
    assert plain.title == "A rule broken for these tests"
    assert plain.page.startswith("A rule broken for these tests.\n\nIts page")
    assert plain.name == "test-rule" and plain.id.endswith("/test-rule")


def test_what_is_not_said_has_its_default() -> None:
    assert (plain.on, plain.needs, plain.complete, plain.when, plain.statements, plain.breaks, plain.since) == (
        On.EVENTS, frozenset(), False, None, (), (), "2026.11")  # fmt: skip
    assert plain.cite == (CITE,)


def test_what_is_said_is_kept() -> None:
    assert particular.needs == {Evidence.TIMING, Evidence.READS}
    assert (particular.on, particular.complete, particular.level, particular.since) == (
        On.RESPONSE, True, Level.NOTE, "2027.01")  # fmt: skip
    assert particular.cite == (CITE, CITE) and particular.statements == ("C01",)


@trait("framing.line-end", statements=("S04",), needs=(Evidence.FRAMING,))
def line_end(stream: Stream[None]) -> str:
    """How lines end."""
    return "lf"


def test_a_trait_is_its_function_with_a_name() -> None:
    assert (line_end.name, line_end.doc, line_end.statements) == ("framing.line-end", "How lines end.", ("S04",))
    assert line_end.needs == {Evidence.FRAMING} and line_end.module == __name__
