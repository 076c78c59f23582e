"""Who is owed: contract terms, shares flattened for a run, the portable SQL and the waterfall."""
