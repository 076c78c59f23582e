"""Double entry, append-only: postings in integers of a millionth, periods, idempotency."""
