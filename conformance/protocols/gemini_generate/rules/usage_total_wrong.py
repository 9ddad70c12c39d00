"""The total of the usage is not the sum of its parts.

The total is what budgets count. It is the sum of prompt, candidates, tool use and thoughts; the comment in the proto
names only prompt and candidates and is older than thinking. Only the last usage counts: earlier ones are running
figures. Vertex AI itself is off by one where the answer is empty, so this is a warning.
"""

from __future__ import annotations

from collections.abc import Iterator

from conformance.core.finding import Family, Level
from conformance.core.rule import Cite, Fault, rule
from conformance.core.stream import Stream

from ..conditions import has_usage
from ..samples import TEXT
from ..view import GeminiView

_PARTS = ("promptTokenCount", "candidatesTokenCount", "thoughtsTokenCount", "toolUsePromptTokenCount")

GOOD = TEXT
BAD = TEXT.swap('"totalTokenCount":7', '"totalTokenCount":9')


@rule(
    level=Level.WARNING,
    family=Family.USAGE,
    statements=("G21",),
    cite=Cite(
        "https://github.com/googleapis/python-genai/blob/main/google/genai/types.py",
        "The total number of tokens for the entire request. This is the sum of `prompt_token_count`, "
        "`candidates_token_count`, `tool_use_prompt_token_count`, and `thoughts_token_count`.",
    ),
    complete=True,
    when=has_usage,
)
def check(stream: Stream[GeminiView]) -> Iterator[Fault]:
    event, usage = stream.view.usages[-1]
    total, parts = usage.get("totalTokenCount"), [usage.get(name) or 0 for name in _PARTS]
    if isinstance(total, int) and all(isinstance(part, int) for part in parts) and sum(parts) != total:
        sums = " + ".join(str(part) for part in parts)
        yield Fault(f"totalTokenCount is {total}, but {sums} = {sum(parts)}", event, "/usageMetadata/totalTokenCount")
