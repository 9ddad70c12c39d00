"""The rules of Gemini streams, one file each."""
