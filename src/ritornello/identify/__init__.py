"""What is this audio made of? Similarity and matching of recordings."""
