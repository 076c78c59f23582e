"""Ritornello: every derivative rests on a consent, and every cent traces back to it."""

__version__ = "0.1.0"
