"""A derivative is a recipe: its rights footprint, the check against bounds, rendering, and measurement."""
