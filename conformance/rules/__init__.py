"""Rules of no single API, one file per rule, one folder per subject. The folder is the registry."""
