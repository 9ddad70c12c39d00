"""Renderers of compatibility tables: one form per file.

Law: `render(matrix) -> str` and nothing else, as in the room above. Never a bare tick: a cell says what was seen and in
how many of the streams that tell.
"""
