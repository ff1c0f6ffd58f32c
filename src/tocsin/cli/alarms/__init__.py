"""Logs watched until stopped, and who is woken: whom to call, how many calls, silences, the digest
of what called nobody."""
