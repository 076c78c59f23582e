"""The field's file formats: bytes to typed records and back, findings as values."""
