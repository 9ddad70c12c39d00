"""One folder per API; none imports another. The folder is the registry."""
