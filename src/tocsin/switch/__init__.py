"""The kill switch: a signed state, a server that serves it, and what an application asks.

OFF means that a dependency is off and its declared fallback serves. Whatever breaks, a dependency
that was switched off is never taken for on. Nothing is imported here: `provider` and `state` run in
the defended application, which has none of Tocsin's other rooms.
"""
