"""The record: append-only, Merkle-logged, signed facts, and the means to check it without us."""
