"""How events were delivered: buffers are found, models and networks of any speed are not taken for buffers."""

from __future__ import annotations

import random
from collections.abc import Iterator
from itertools import accumulate

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conformance.core.example import Example
from conformance.core.recording import End
from conformance.rules.timing.delivery import ENOUGH
from conformance.rules.timing.samples import token
from tests.rules.outcome import FAIL, NOT_APPLICABLE, NOT_RECORDED, broken, message, traits, verdict

ONE, SOME, HELD = "timing/one-burst", "timing/bursts", "timing/compression-holds-events"


def delivered(arrivals: list[tuple[float, int]], **fields: object) -> Example:
    """A stream whose reads bring so many events each: (milliseconds, number of events)."""
    numbers = accumulate((count for _, count in arrivals), initial=0)
    texts = [
        "".join(token(first + n) for n in range(count)) for first, (_, count) in zip(numbers, arrivals, strict=False)
    ]
    reads = tuple((at, len(text)) for (at, _), text in zip(arrivals, texts, strict=True))
    return Example("".join(texts), reads=reads, end=End(at=arrivals[-1][0] + 1), headers_at=30.0).but(**fields)


def written(times: list[float]) -> list[tuple[float, int]]:
    """One read for each event."""
    return [(at, 1) for at in times]


def buffered(times: list[float], size: int) -> list[tuple[float, int]]:
    """Events that something on the way hands on when it has `size` of them, and the rest at the end."""
    return [(group[-1], len(group)) for group in (times[n : n + size] for n in range(0, len(times), size))]


def steady(count: int, gap: float, first: float) -> list[float]:
    return [first + gap * n for n in range(count)]


MODELS = {
    "slow": steady(60, 80.0, 900.0),
    "usual": steady(400, 15.0, 400.0),
    "fast": steady(2000, 1.0, 300.0),
    "fast after a long wait": steady(60, 1.0, 30_000.0),
    "thinks, then writes fast": steady(500, 0.6, 60_000.0),
    "stalls between sentences": [at + 2500 * (n // 40) for n, at in enumerate(steady(400, 12.0, 500.0))],
    "a fast model that stalls": [at + 3000 * (n // 100) for n, at in enumerate(steady(600, 1.5, 500.0))],
    "uses tools between": [at + 8000 * (n // 12) for n, at in enumerate(steady(60, 30.0, 500.0))],
}  # fmt: skip


@pytest.mark.parametrize("name", MODELS)
def test_a_model_of_any_pace_is_no_buffer(name: str) -> None:
    example = delivered(written(MODELS[name]))
    assert broken(example) <= {"timing/silent-for-15-seconds"}
    assert traits(example)["timing.delivery"] == "incremental"


@pytest.mark.parametrize("name", MODELS)
def test_a_network_that_gathers_a_few_events_is_no_buffer(name: str) -> None:
    """Packets that come together, and a reader that is slow for a moment."""
    for size in (2, 3, 5):
        assert verdict(SOME, delivered(buffered(MODELS[name], size))) is not FAIL
        assert verdict(ONE, delivered(buffered(MODELS[name], size))) is not FAIL


@pytest.mark.parametrize("name", ["slow", "usual"])
@pytest.mark.parametrize("size", [16, 65, 5000])
def test_a_buffer_is_found(name: str, size: int) -> None:
    times = steady(len(MODELS[name]) * 2, 40.0, 900.0)
    example = delivered(buffered(times, size))
    groups = -(-len(times) // size)
    expected = "one-burst" if groups == 1 else "bursts" if groups >= 3 else "incremental"
    assert traits(example)["timing.delivery"] == expected
    assert broken(example) - {"timing/silent-for-15-seconds"} == (
        {f"timing/{expected}"} if expected != "incremental" else set()
    )


def test_a_buffer_whose_content_comes_in_several_reads_is_found() -> None:
    """16 KiB are a dozen packets, which the reader may see one by one."""
    arrivals = [(800.0 * (group + 1) + 0.2 * part, 6) for group in range(5) for part in range(11)]
    assert "in 5 bursts of up to 66" in message(SOME, delivered(arrivals))


@given(
    st.integers(ENOUGH, 300),
    st.floats(1.0, 200.0),
    st.floats(0.0, 60_000.0),
    st.floats(0.0, 1.5),
    st.integers(0, 2**32),
)
def test_random_paces_of_models_are_no_buffers(count: int, gap: float, first: float, spread: float, seed: int) -> None:
    dice = random.Random(seed)
    times = list(accumulate((gap * dice.lognormvariate(0, spread) for _ in range(count - 1)), initial=first))
    example = delivered(written(times))
    assert verdict(ONE, example) is not FAIL and verdict(SOME, example) is not FAIL


def test_a_prompt_answer_in_one_piece_is_no_buffer() -> None:
    """A cache, or a local model, that answers within a second."""
    assert broken(delivered([(400.0, 200)])) == set()


@pytest.mark.parametrize("count", [1, 5, ENOUGH - 1])
def test_few_events_tell_nothing(count: int) -> None:
    example = delivered([(9000.0, count)])
    assert verdict(ONE, example) is verdict(SOME, example) is NOT_APPLICABLE
    assert "timing.delivery" not in traits(example)


def test_times_must_be_recorded() -> None:
    for rule in (ONE, SOME, HELD):
        assert verdict(rule, delivered([(9000.0, 60)]).but(reads=())) is NOT_RECORDED


def codings() -> Iterator[dict[str, object]]:
    yield {"content_encoding": "gzip"}
    yield {"headers": (("content-type", "text/event-stream"), ("Content-Encoding", "br"))}


@pytest.mark.parametrize("coding", list(codings()))
def test_a_coding_that_holds_events_is_named_as_the_cause(coding: dict[str, object]) -> None:
    times = steady(300, 40.0, 900.0)
    for size in (65, 5000):
        example = delivered(buffered(times, size), **coding)
        assert broken(example) == {HELD}
        assert verdict(ONE, example) is verdict(SOME, example) is NOT_APPLICABLE
    assert broken(delivered(written(times), **coding)) == set()
    assert verdict(HELD, delivered(written(times))) is NOT_APPLICABLE
