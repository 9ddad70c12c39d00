"""The rules of Cohere chat streams, one file each."""
