"""Evidence and who may see it: pieces of it, holds that forbid its end, counsel's space."""
