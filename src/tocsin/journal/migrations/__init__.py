"""Steps by which the tables of a record come to their present form, the same on both engines."""
