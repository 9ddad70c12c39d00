"""Which streams of two sides belong together.

Law: the surest key first; what it leaves over is tried by the next one. A key that would mix two targets or models of
one side joins nothing. What stays alone is handed back, never dropped.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence

from .diff import By, Group, Sample
from .finding import Run
from .identity import ANY, scenario_of, target_of

Key = Callable[[Sample], tuple[str, ...] | None]
"""The words by which a stream is found again; None where this key says nothing of it."""


def _protocol(sample: Sample) -> str:
    return sample.run.protocol or "unknown"


def _scenario(*words: Callable[[Sample], str]) -> Key:
    def key(sample: Sample) -> tuple[str, ...] | None:
        scenario = scenario_of(sample.run)
        return None if scenario is None else (*(word(sample) for word in words), scenario)

    return key


def _target(sample: Sample) -> str:
    return target_of(sample.run)


def _model(sample: Sample) -> str:
    return sample.model


def _file(sample: Sample) -> tuple[str, ...]:
    return _protocol(sample), sample.name


def _provider(sample: Sample) -> tuple[str, ...] | None:
    named = target_of(sample.run)
    return None if named == ANY or scenario_of(sample.run) is not None else (_protocol(sample), named)


def _nothing(sample: Sample) -> Hashable:
    return None


KEYS: Sequence[tuple[By, Key, Callable[[Sample], Hashable]]] = (
    (By.SCENARIO, _scenario(_protocol, _target, _model), _nothing),
    (By.MODEL, _scenario(_protocol, _target), _model),
    (By.TARGET, _scenario(_protocol), _target),
    (By.FILE, _file, _nothing),
    (By.PROVIDER, _provider, _nothing),
)
"""By what -> the key, and what the streams of one side must share to be joined by it."""


def sampled(runs: Iterable[tuple[Run, str]]) -> list[Sample]:
    """The runs of one side, with their names, as samples.

    An error names no model, but the one that was asked for, which may be an alias of what streams name.
    """
    named = list(runs)
    streamed: dict[tuple[str | None, ...], set[str]] = {}
    for run, _ in named:
        if run.events and run.model:
            streamed.setdefault(_asked(run), set()).add(run.model)
            streamed.setdefault(_asked(run)[:2], set()).add(run.model)
    return [Sample(run, name, _model_of(run, streamed)) for run, name in named]


def _asked(run: Run) -> tuple[str | None, ...]:
    return run.protocol, target_of(run), scenario_of(run)


def _model_of(run: Run, streamed: Mapping[tuple[str | None, ...], set[str]]) -> str:
    """The model that it names, else the one that streams of the same request, or of the same target, name."""
    if not run.events:
        for asked in (_asked(run), _asked(run)[:2]):
            if len(streamed.get(asked, ())) == 1:
                return next(iter(streamed[asked]))
    return run.model or "unknown"


def match(old: Iterable[Sample], new: Iterable[Sample]) -> tuple[list[Group], list[Sample], list[Sample]]:
    """The groups, in the order of NEW, and what is left of OLD and of NEW."""
    groups: list[Group] = []
    left_old, left_new = list(old), list(new)
    for by, key, alike in KEYS:
        found = _groups(by, key, alike, left_old, left_new)
        groups += found
        taken = {id(sample) for group in found for sample in (*group.old, *group.new)}
        left_old = [sample for sample in left_old if id(sample) not in taken]
        left_new = [sample for sample in left_new if id(sample) not in taken]
    return groups, left_old, left_new


def _groups(
    by: By, key: Key, alike: Callable[[Sample], Hashable], old: Sequence[Sample], new: Sequence[Sample]
) -> list[Group]:
    olds, news = _buckets(old, key), _buckets(new, key)
    return [
        Group(label, by, tuple(olds[words]), tuple(members))
        for words, members in news.items()
        if words in olds
        and len({alike(sample) for sample in members}) == 1
        and len({alike(sample) for sample in olds[words]}) == 1
        and not (_scenarios(members) and _scenarios(olds[words]) and by is By.FILE)  # they name different ones
        and (label := _label(by, words, members[0]))
    ]


def _scenarios(samples: Iterable[Sample]) -> bool:
    return any(scenario_of(sample.run) is not None for sample in samples)


def _buckets(samples: Iterable[Sample], key: Key) -> dict[tuple[str, ...], list[Sample]]:
    found: dict[tuple[str, ...], list[Sample]] = {}
    for sample in samples:
        words = key(sample)
        if words is not None:
            found.setdefault(words, []).append(sample)
    return found


def _label(by: By, words: tuple[str, ...], sample: Sample) -> str:
    """`openai-chat, builtin, gpt-4o-mini: tools`: whose stream, and which."""
    if by in (By.FILE, By.PROVIDER):
        return ": ".join(word for word in words if word)
    return f"{who(sample)}: {words[-1]}"


def who(sample: Sample) -> str:
    """`openai-chat, builtin, gpt-4o-mini`."""
    target = target_of(sample.run)
    return ", ".join([_protocol(sample), *([target] if target != ANY else []), _model(sample)])
