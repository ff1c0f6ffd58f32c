"""A home for the record: made, looked at, installed as services; and the register of whom and what
it knows before anything fails."""
