"""Who is owed: contract terms, shares flattened for a run, the portable SQL and the waterfall.

A run takes a period's usage, ownership as it was known, terms and rates, and says what every account gets: exactly
first, then in whole minor units, rounded once. `scenario.simulate` does the same for one JSON document. The room never
writes the ledger; `postings.postings_of` says what would be written.
"""
