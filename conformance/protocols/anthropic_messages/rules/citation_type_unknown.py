"""A citation is of a type that nobody lists.

The SDKs know five places that a citation can point to. Another one is shown by none of them; the API may add some, so
this is a warning.
"""

from __future__ import annotations

from collections.abc import Iterator

from conformance.core.finding import Family, Level
from conformance.core.rule import Cite, Fault, rule
from conformance.core.stream import Stream

from ..conditions import has_citations
from ..samples import SEARCH
from ..view import MessagesView

_KNOWN = frozenset(
    {
        "char_location",
        "page_location",
        "content_block_location",
        "web_search_result_location",
        "search_result_location",
    }
)

GOOD = SEARCH
BAD = SEARCH.swap("web_search_result_location", "somewhere")


@rule(
    level=Level.WARNING,
    family=Family.SHAPE,
    statements=("M22",),
    cite=Cite(
        "https://github.com/anthropics/anthropic-sdk-python/blob/main/src/anthropic/types/citations_delta.py",
        "Citation: TypeAlias",
    ),
    when=has_citations,
)
def check(stream: Stream[MessagesView]) -> Iterator[Fault]:
    for block in stream.view.blocks:
        for event, citation in block.citations:
            kind = citation.get("type") if isinstance(citation, dict) else None
            if isinstance(kind, str) and kind not in _KNOWN:
                yield Fault(f"a citation of the type {kind!r}", event, "/delta/citation/type")
