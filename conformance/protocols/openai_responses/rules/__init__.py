"""The rules of Responses streams, one file each."""
