"""What a file says of itself: credits, tags and the C2PA manifest."""
