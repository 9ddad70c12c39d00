"""A trend (`core.trend`) in its forms: one file each, as for reports.

Law: `render(trend) -> str`; a file without a leading underscore is a form.
"""
