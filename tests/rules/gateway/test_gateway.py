"""The rules about gateways: each situation is told by the rules that are for it, and by no other.

`told` are the rules of this folder that find something where the upstream's side and the client's are played.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any

import pytest

from conformance import catalogue, library, museum
from conformance.core import mutate
from conformance.core.dialect import Dialect, Promise
from conformance.core.fault import UnfitError, apply
from conformance.core.finding import Family, Level, Run, Verdict
from conformance.core.recording import End, EndKind, Headers, Recording
from conformance.core.sandwich import GATEWAY, SANDWICH, SITUATIONS, marker
from conformance.core.stream import Stream
from conformance.rules.gateway.conditions import ONE_SIDE
from conformance.rules.gateway.samples import BROKEN, FAILED, REFUSED, SAME, TEXT
from conformance.rules.gateway.samples import through as example_through
from tests.rules.outcome import run_of
from tests.sides import FULL, builtin, merged, rewritten, through, timed

CHAT = "openai-chat"
RULES = {name for name in catalogue.rules() if name.startswith("gateway/")}
TRAITS = [trait for trait in catalogue.shared_traits() if trait.name.startswith("gateway.")]


def judged(above: Recording | list[Recording], below: Recording, protocol: str | None = None, **asked: Any) -> Run:
    return library.check(through(above, below, **asked), protocol)


def told(run: Run, least: Level = Level.NOTE) -> set[str]:
    """The rules of this folder that found something, without the folder's name."""
    return {one.rule.partition("/")[2] for one in run.findings if one.rule in RULES and one.level >= least}


def facts(run: Run) -> dict[str, object]:
    return {name.removeprefix("gateway."): value for name, value in run.traits.items() if name.startswith("gateway.")}


TIMES = {"events-held-back"}
"""What two recordings that were made at different times may be said to be."""


# One side, or nothing done


def test_rules_and_traits_say_nothing_of_one_side() -> None:
    run = run_of(TEXT)
    found = [one for one in run.outcomes if one.rule in RULES and one.verdict is not Verdict.NOT_RECORDED]
    assert {one.verdict for one in found} == {Verdict.NOT_APPLICABLE} and {one.reason for one in found} == {ONE_SIDE}
    assert len(found) > 30
    assert facts(run) == {} and not any(name.startswith("gateway") for name in run.latency)


def test_all_rules_are_of_one_family() -> None:
    assert {catalogue.rule(name).rule.family for name in RULES} == {Family.TRANSPARENCY}


@pytest.mark.parametrize("protocol", FULL)
@pytest.mark.parametrize("scenario", ["text", "tools", "parallel-tools", "reasoning", "unicode", "length", "long"])
def test_a_gateway_that_changes_nothing_is_told_nothing(protocol: str, scenario: str) -> None:
    recording = builtin(protocol, scenario)
    run = judged(recording, recording)
    assert told(run) == set()
    assert facts(run)["bytes"] == "identical" and facts(run)["requests"] == 1 and facts(run)["protocol"] == "same"


@pytest.mark.parametrize("protocol", FULL)
@pytest.mark.parametrize("fault", sorted(museum.faults()))
def test_a_fault_that_is_handed_on_as_it_is_is_the_upstreams(fault: str, protocol: str) -> None:
    """Every fault of the museum: what the upstream did is not the gateway's doing."""
    named = museum.faults()[fault]
    try:
        spot = named.spot(protocol)
        played = apply(named, builtin(protocol, spot.scenario), protocol=protocol)
    except (UnfitError, StopIteration):
        pytest.skip("not a fault of this protocol")
    run = judged(played, played, protocol, fault=fault)
    assert told(run, Level.WARNING) - {"end-not-forwarded"} == set()


# What is lost


DONE = re.compile(rb"data: \[DONE\]\n\n")
CHANGES: dict[str, tuple[str, Callable[[bytes], bytes], set[str]]] = {
    "model": ("text", lambda body: body.replace(b'"model":"', b'"model":"px/'), {"identity-rewritten"}),
    "CRLF": ("text", lambda body: body.replace(b"\n", b"\r\n"), set()),
    "blanks": ("text", lambda body: body.replace(b'":', b'": '), set()),
    "nulls dropped": ("text", lambda body: body.replace(b',"logprobs":null', b""), {"member-dropped"}),
    "nulls added": ("text", lambda body: body.replace(b'"delta":', b'"x":null,"delta":'), {"member-added"}),
    "created is text": ("text", lambda body: re.sub(rb'"created":(\d+)', rb'"created":"\1"', body), {"value-retyped"}),
    "reasoning renamed": (
        "reasoning",
        lambda body: body.replace(b'"reasoning_content"', b'"reasoning"'),
        {"member-renamed"},
    ),
    "reasoning dropped": (
        "reasoning",
        lambda body: re.sub(rb'"reasoning_content":"[^"]*"', b'"reasoning_content":""', body),
        {"reasoning-lost"},
    ),
    "[DONE] dropped": ("text", lambda body: DONE.sub(b"", body), {"lost-on-the-way"}),
    "usage dropped": (
        "usage",
        lambda body: re.sub(rb"data: [^\n]*prompt_tokens[^\n]*\n\n", b"", body),
        {"lost-on-the-way"},
    ),
    "usage counted anew": (
        "usage",
        lambda body: re.sub(rb'"prompt_tokens":\d+', b'"prompt_tokens":1', body),
        {"usage-changed"},
    ),
    "call renamed": ("tools", lambda body: body.replace(b"get_weather", b"weather"), {"tool-call-changed"}),
    "finish changed": ("text", lambda body: body.replace(b'"stop"', b'"length"'), {"finish-changed"}),
    "event names added": (
        "text",
        lambda body: body.replace(b"data: {", b"event: chunk\ndata: {"),
        {"event-name-changed"},
    ),
}


@pytest.mark.parametrize("name", CHANGES)
def test_each_change_is_told_by_its_own_rule(name: str) -> None:
    scenario, change, expected = CHANGES[name]
    recording = builtin(CHAT, scenario)
    assert told(judged(recording, rewritten(recording, change))) == expected


@pytest.mark.parametrize("size", [2, 7])
def test_merging_chunks_is_no_fault(size: int) -> None:
    recording = builtin(CHAT, "long")
    run = judged(recording, merged(recording, size))
    assert told(run, Level.WARNING) <= TIMES and facts(run)["bytes"] == "equivalent"


def test_a_lost_comment_is_noted() -> None:
    kept = rewritten(builtin(CHAT), lambda body: body.replace(b"data: ", b": ping\n\ndata: ", 2))
    run = judged(kept, builtin(CHAT))
    assert told(run) == {"comments-dropped"} and facts(run)["comments"] == "dropped"


@pytest.mark.parametrize("protocol", ["openai-chat", "anthropic-messages", "gemini-generate"])
def test_lost_text_is_an_error(protocol: str) -> None:
    """Responses say the whole text again at their end, so that a lost delta loses nothing there."""
    recording = builtin(protocol)
    stream = Stream(recording, catalogue.protocol(protocol))
    short = mutate.drop(recording, max(event.index for event in stream.events if stream.protocol.text_of(event)))
    assert short is not None
    assert "text-changed" in told(judged(recording, short), Level.ERROR)


def test_a_promise_to_forward_bytes_makes_a_note_an_error() -> None:
    promising = Dialect(
        "proud", promises=(Promise("dialect/forwarded-changed", "its page says so", "https://x.example"),)
    )
    recording = builtin(CHAT)
    changed = rewritten(recording, lambda body: body.replace(b'"model":"', b'"model":"px/'))
    for below, expected in ((recording, Verdict.PASS), (changed, Verdict.FAIL)):
        run = library.check(through(recording, below), CHAT, promising)
        verdicts = {one.rule: one.verdict for one in run.outcomes}
        assert verdicts["dialect/forwarded-changed"] is expected


# How it ends


def cut_off(protocol: str, kind: EndKind = EndKind.TRUNCATED) -> Recording:
    recording = builtin(protocol, "long")
    short = mutate.cut_off(recording, len(recording.body) // 2, kind)
    assert short is not None
    return short


def as_events(recording: Recording, **changes: Any) -> Recording:
    """The whole events of a recording that broke off, with another end."""
    size = mutate.events_of(recording)[-1].end
    kept = rewritten(recording, lambda body: body[:size])
    return replace(kept, **{"end": End(), **changes})


@pytest.mark.parametrize("protocol", FULL)
@pytest.mark.parametrize("kind", [EndKind.TRUNCATED, EndKind.RESET])
def test_a_laundered_truncation_is_an_error_in_every_protocol(protocol: str, kind: EndKind) -> None:
    above = cut_off(protocol, kind)
    run = judged(above, as_events(above))
    assert told(run, Level.WARNING) == {"truncation-laundered"}
    assert facts(run)["framing"] == "truncated to clean" and facts(run)["failure"] == "silent"


@pytest.mark.parametrize("protocol", FULL)
def test_a_truncation_that_is_handed_on_is_none(protocol: str) -> None:
    above = cut_off(protocol)
    run = judged(above, above)
    assert told(run) == set() and facts(run)["failure"] == "broken" and facts(run)["framing"] == "truncated"


def test_a_truncation_that_is_told_as_an_error_is_none() -> None:
    run = run_of(example_through(FAILED, BROKEN))
    assert told(run, Level.WARNING) == set() and facts(run)["failure"] == "error"


def test_a_truncation_with_an_invented_end_says_so() -> None:
    found = run_of(example_through(TEXT, BROKEN)).findings
    (finding,) = [one for one in found if one.rule == "gateway/truncation-laundered"]
    assert "reads stop and [DONE]" in finding.message


def test_a_break_behind_the_end_is_harmless() -> None:
    recording = builtin(CHAT)
    run = judged(replace(recording, end=End(EndKind.TRUNCATED)), recording)
    assert told(run) == set()


def test_a_client_that_waits_in_vain_is_told_of() -> None:
    above = cut_off(CHAT)
    run = judged(above, replace(as_events(above), end=End(EndKind.TIMEOUT, at=40_000.0)))
    assert told(run, Level.WARNING) == {"end-not-forwarded"} and facts(run)["failure"] == "hang"


def test_tokens_lost_before_a_break_are_missing_text() -> None:
    above = cut_off(CHAT)
    first = mutate.events_of(above)[0].end
    run = judged(above, replace(rewritten(above, lambda body: body[:first]), end=above.end))
    assert told(run, Level.WARNING) == {"text-changed"}


def test_a_reset_overtakes_what_was_written_right_before_it() -> None:
    above = timed(builtin(CHAT), [20.0 * n for n in range(1, 29)])
    events = mutate.events_of(above)
    reset = replace(rewritten(above, lambda body: body[: events[14].end]), end=End(EndKind.RESET, 301.0))
    for kept, expected in ((15, set()), (13, set()), (11, {"text-changed"})):
        below = replace(
            rewritten(above, lambda body, kept=kept: body[: events[kept - 1].end]), end=End(EndKind.RESET, 305.0)
        )
        assert told(judged(reset, below, CHAT), Level.WARNING) - TIMES == expected, kept


# Failures


def test_a_refusal_that_is_handed_on_is_kept() -> None:
    run = run_of(example_through(REFUSED))
    kept = {name: facts(run)[name] for name in ("status", "retry-after", "error", "failure", "bytes")}
    assert told(run) == set()
    assert kept == {"status": "kept", "retry-after": "kept", "error": "kept", "failure": "error", "bytes": "identical"}


def test_a_refusal_that_becomes_an_error_in_a_stream_is_a_changed_status() -> None:
    """As any-llm and llama-stack do: 200, an event with another error, three requests."""
    streamed = FAILED.swap("Overloaded, try later", "500: Internal server error")
    run = run_of(example_through(streamed, REFUSED, REFUSED, REFUSED))
    assert told(run, Level.WARNING) == {"status-changed", "error-changed", "hidden-retries"}
    assert facts(run)["requests"] == 3 and facts(run)["status"] == "429 to 200"


def test_a_refusal_that_becomes_an_empty_stream_is_silent() -> None:
    run = run_of(example_through(TEXT.but(body=""), REFUSED))
    assert told(run, Level.WARNING) == {"error-lost"} and facts(run)["failure"] == "silent"


def test_an_error_in_the_stream_that_becomes_a_finish_is_lost() -> None:
    """As Portkey does from Anthropic: `finish_reason: api_error` and [DONE]."""
    run = run_of(example_through(TEXT.swap('"stop"', '"api_error"'), FAILED))
    assert "error-lost" in told(run, Level.ERROR) and facts(run)["error"] == "dropped"


def test_an_answer_that_becomes_an_error_page_is_invented() -> None:
    page = TEXT.but(body="<html>Bad gateway</html>", status=502, headers=(("content-type", "text/html"),))
    assert told(run_of(example_through(page, TEXT)), Level.WARNING) == {"error-invented"}


def test_a_gateway_may_complain_of_what_is_no_stream() -> None:
    broken = TEXT.swap('{"content":"Hello"}', '{"content":"Hel')
    assert "error-invented" not in told(run_of(example_through(FAILED, broken)))


def complained(recording: Recording) -> Recording:
    """The first event, and an error of the gateway's own."""
    error = b'data: {"error":{"message":"cannot read","type":"server_error","code":null}}\n\n'
    first = mutate.events_of(recording)[0].end
    return rewritten(recording, lambda body: body[:first] + error)


def left_at_the_third(recording: Recording) -> Recording:
    """As it is where the gateway hung up meanwhile."""
    third = mutate.events_of(recording)[2].end
    return replace(rewritten(recording, lambda body: body[:third]), end=End(EndKind.CANCELLED, by=GATEWAY))


def test_a_gateway_that_hangs_up_and_complains_invents_an_error() -> None:
    """As a reader does that does not know comments: that it did not wait for the end is no excuse."""
    run = judged(left_at_the_third(builtin(CHAT)), complained(builtin(CHAT)))
    assert told(run, Level.WARNING) == {"error-invented", "text-changed"}


def test_a_gateway_may_complain_of_what_is_no_utf8() -> None:
    above = rewritten(builtin(CHAT), lambda body: body.replace(b"Air", b"Air\xff", 1))
    assert told(judged(left_at_the_third(above), complained(above)), Level.WARNING) == set()


# Requests


def test_a_request_that_was_never_forwarded_is_reported_as_that() -> None:
    run = library.check(through([], builtin(CHAT)))
    assert told(run) == {"not-forwarded"} and facts(run)["requests"] == 0


@pytest.mark.parametrize(
    ("status", "expected"), [(400, set()), (404, set()), (429, {"not-forwarded"}), (200, {"not-forwarded"})]
)
def test_a_gateway_may_refuse_a_request_by_itself(status: int, expected: set[str]) -> None:
    body = TEXT if status == 200 else REFUSED.but(status=status)
    assert told(library.check(through([], body.recording()))) == expected


def test_text_that_came_before_a_failure_has_arrived() -> None:
    """As LiteLLM ends Responses: `response.failed`, with no output in it."""
    events = mutate.events_of(builtin("openai-responses"))
    above = rewritten(builtin("openai-responses"), lambda body: body[: events[-1].start])
    failed = (
        b'event: response.failed\ndata: {"type":"response.failed","sequence_number":40,"response":{"id":"resp_1",'
        b'"object":"response","created_at":1,"status":"failed","error":{"code":"server_error","message":"no end"},'
        b'"output":[]}}\n\n'
    )
    below = rewritten(above, lambda body: body + failed)
    assert told(judged(above, below), Level.WARNING) == set()


def test_a_member_under_its_other_name_is_asked_all_the_same() -> None:
    """As SGLang's router does: `max_tokens` goes on as `max_completion_tokens`."""
    for asked, passed, expected in ((9, 9, set()), (9, 8, {"request-changed", "request-extended"})):
        above = TEXT.asking(max_completion_tokens=passed).recording()
        assert told(judged(above, TEXT.asking(max_tokens=asked).recording(), CHAT)) == expected


def test_another_protocol_upstream_is_reported_as_that() -> None:
    run = judged(builtin("anthropic-messages"), builtin(CHAT), CHAT)
    assert told(run) == {"translated"}
    assert facts(run)["protocol"] == "anthropic-messages"


@pytest.mark.parametrize("above", FULL)
@pytest.mark.parametrize("below", FULL)
@pytest.mark.parametrize("scenario", ["text", "tools"])
def test_a_faithful_translation_breaks_no_rule_but_that_of_its_tokens(above: str, below: str, scenario: str) -> None:
    if above != below:
        run = judged(builtin(above, scenario), builtin(below, scenario), below)
        assert told(run, Level.WARNING) <= {"usage-changed", *TIMES}, (
            "the recordings count tokens as each provider does"
        )


def test_a_good_answer_asked_for_again_is_paid_twice() -> None:
    recording = builtin(CHAT)
    assert told(judged([recording, recording], recording), Level.WARNING) == {"forwarded-twice"}


def test_usage_that_the_upstream_was_not_asked_for_is_the_gateways_omission() -> None:
    plain = TEXT.but(request={name: value for name, value in TEXT.request.items() if name != "stream_options"})
    body = re.sub(r'data: [^\n]*"prompt_tokens"[^\n]*\n\n', "", str(TEXT.body))
    run = run_of(example_through(TEXT.but(body=body), plain.but(body=body)))
    assert told(run) == {"request-changed", "lost-on-the-way"} and facts(run)["usage"] == "not asked"


# Aborts and load


@pytest.mark.parametrize("situation", SITUATIONS)
@pytest.mark.parametrize(("seen", "word"), [(5.0, "at-once"), (2900.0, "late"), (None, "never")])
def test_an_abort_is_told_by_its_situation(situation: str, seen: float | None, word: str) -> None:
    recording = builtin(CHAT)
    left = replace(recording, body=b"", reads=(), end=End(EndKind.CANCELLED, at=100.0, by="client"))
    end = End(EndKind.CANCELLED, at=98.0 + seen, by="gateway") if seen is not None else recording.end
    run = judged(replace(recording, end=end), left, CHAT, situation=situation, stage="mid-text")
    assert facts(run)[f"abort.{situation}"] == word
    assert told(run) == set(), "what becomes of a cancellation is judged by the rules about cancellation"


def test_a_word_of_another_stream_is_proof() -> None:
    recording = builtin(CHAT)
    words = (marker(3).encode(), f"{marker(3)} {marker(4)}".encode())
    mine, both = (
        rewritten(recording, partial(re.sub, rb'"content":"[^"]+"', b'"content":"%s"' % one)) for one in words
    )
    assert told(judged(mine, mine, marker=marker(3), load=50)) == set()
    run = judged(mine, both, marker=marker(3), load=50)
    assert told(run, Level.ERROR) == {"streams-mixed", "text-changed"} and facts(run)["load"] == "mixed"


# Times


def at_once(count: int = 28) -> tuple[Recording, Recording]:
    """A stream that was written over half a second, and arrived in one burst at its end."""
    recording = builtin(CHAT)
    written = [20.0 * n for n in range(1, count + 1)]
    return timed(recording, written), timed(recording, [written[-1] + 5 + n / 1000 for n in range(count)], head=300.0)


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        ({}, {"events-held-back", "head-held-back"}),
        ({"busy_ms": 12.0}, {"events-held-back", "head-held-back"}),
        ({"busy_ms": 300.0}, set()),
        ({"load": 50}, set()),
    ],
)
def test_what_is_late_is_not_the_gateways_doing_on_a_busy_machine(asked: dict[str, Any], expected: set[str]) -> None:
    run = judged(*at_once(), CHAT, **asked)
    assert told(run) == expected
    assert facts(run).get("delivery", "at-the-end") == "at-the-end"


def test_events_behind_one_that_takes_its_time_are_not_held_back() -> None:
    above, below = at_once()
    large = partial(rewritten, change=lambda body: body.replace(b"Air", b"Air" * 100_000, 1))
    assert told(judged(large(above), large(below), CHAT)) == {"head-held-back"}


def test_one_pause_collects_nothing_and_heaps_do() -> None:
    written = [20.0 * n for n in range(1, 29)]
    above = timed(builtin(CHAT), written)
    pause = [at + 5 if at < 100 or at > 500 else 500 + at / 1000 for at in written]
    assert told(judged(above, timed(builtin(CHAT), pause), CHAT)) == set()
    heaps = [written[min(27, n - n % 4 + 3)] + 5 + n / 1000 for n in range(28)]
    assert told(judged(above, timed(builtin(CHAT), heaps), CHAT)) == {"events-held-back"}


# Heads


def test_lost_fields_of_the_head_are_noted_once_and_those_of_a_connection_never() -> None:
    recording = builtin(CHAT)
    more = Headers([*recording.headers, ("x-groq", "1"), ("connection", "keep-alive"), ("via", "1.1 x")])
    assert told(judged(replace(recording, headers=more), recording)) == {"header-dropped"}


def test_the_upstreams_address_is_nobodys_business() -> None:
    recording = builtin(CHAT)
    asked = replace(recording.request, headers=Headers([("host", "127.0.0.1:8123")]))
    leaking = replace(recording, headers=Headers([*recording.headers, ("x-api-base", "http://127.0.0.1:8123/v1")]))
    assert told(judged(replace(recording, request=asked), leaking)) == {"upstream-revealed"}


# Reports


def test_a_report_names_the_case_and_does_not_hold_the_recordings() -> None:
    run = run_of(SAME)
    text = library.render(library.report([run]), "json")
    assert "example, 1 upstream request" in text and len(text) < 400_000
    assert str(run.metadata[SANDWICH]) == "example, 1 upstream request"


@pytest.mark.parametrize("trait", TRAITS, ids=lambda trait: str(trait.name))
def test_every_trait_has_words_for_its_values(trait: Any) -> None:
    assert trait.doc and trait.eventless
