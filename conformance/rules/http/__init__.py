"""Rules about HTTP around the stream: status, media type, headers, framing of the body."""
