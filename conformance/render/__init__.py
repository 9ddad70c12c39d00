"""Renderers: a report as text, one form per file.

Law: `render(report) -> str` and nothing else: no clock, no file, no decision. A file without a leading underscore is a
form (`json_.py` is `json`); files with one are shared words.
"""
