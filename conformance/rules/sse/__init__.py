"""Rules about the SSE wire format (WHATWG HTML 9.2)."""
