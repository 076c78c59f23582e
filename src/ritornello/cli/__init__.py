"""The command line: parse, call one workflow or service, present."""
