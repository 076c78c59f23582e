"""What makes a record verifiable by someone else: canonical JSON, hashing, signing and the Merkle log."""
