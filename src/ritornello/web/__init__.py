"""Pages: parse, call one workflow or service, present."""
