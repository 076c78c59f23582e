"""Who owns what, since when, and what came from what."""
