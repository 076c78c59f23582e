"""Exact amounts, shares and their allocation: rationals inside, integers outside, never a float."""
