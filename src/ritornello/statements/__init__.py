"""Show it, explain it, pay it: statements and payout files."""
