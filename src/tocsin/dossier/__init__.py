"""Documents made from facts: what is going on now, and the report of an incident. Pure.

Everything said leads back to an entry; what only counsel or the board may read is never said here
to anyone else.
"""
