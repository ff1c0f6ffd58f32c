"""Pages for people: so far the one behind a one-time link, which answers one action.

A door: it parses, calls the desk and renders; it decides nothing. Reading a page changes nothing.
"""
