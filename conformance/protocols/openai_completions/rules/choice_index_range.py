"""A choice has an index that was not asked for.

Without `n` there is one choice, the one with index 0 (with several prompts, one for each). Clients that read the first
choice alone, as most do, never see the text of another one.
"""

from __future__ import annotations

from collections.abc import Iterator

from conformance.core.finding import Family, Level
from conformance.core.recording import Evidence
from conformance.core.rule import Cite, Fault, rule
from conformance.core.stream import Stream

from ..conditions import has_choices
from ..samples import TEXT, TWO_CHOICES
from ..view import CompletionsView

GOOD = (TEXT, TWO_CHOICES, TWO_CHOICES.asking(n=1, prompt=["Hi", "Ho"]))
BAD = TEXT.swap('"index":0', '"index":1')


@rule(
    level=Level.ERROR,
    family=Family.SHAPE,
    cite=Cite(
        "https://platform.openai.com/docs/api-reference/completions/create",
        "How many completions to generate for each prompt.",
    ),
    needs=(Evidence.REQUEST,),
    when=has_choices,
)
def check(stream: Stream[CompletionsView]) -> Iterator[Fault]:
    n, prompt = stream.asked.get("n"), stream.asked.get("prompt")
    several = isinstance(prompt, list) and prompt and isinstance(prompt[0], str | list)
    count = (n if isinstance(n, int) and n > 0 else 1) * (len(prompt) if isinstance(prompt, list) and several else 1)
    for choice in stream.view.choices.values():
        if choice.index >= count:
            yield Fault(f"a choice with index {choice.index}, where {count} was asked for", choice.first)
