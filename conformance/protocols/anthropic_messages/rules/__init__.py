"""The rules of Messages streams, one file each."""
