"""REST: parse, call one workflow or service, present."""
