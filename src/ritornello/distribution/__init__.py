"""Sending it out: destinations, identifiers for delivery, release gates."""
