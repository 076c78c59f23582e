"""Show it, explain it, pay it: statements and payout files.

Every amount opens to its source: usage rows, share path, ownership sheet, licence and offer, proof. A statement is
built on demand, adds up to the posted unit or is not shown, and never changes a posting.
"""
