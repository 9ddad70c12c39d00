"""Renderers of diffs: one form per file.

Law: `render(diff) -> str` and nothing else, as in the room above. What could not be compared is said beside what
changed.
"""
