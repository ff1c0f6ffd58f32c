"""Plays a plan thousands of times before it is needed: how long, how surely, and what would help.

Chance comes from a seed and nothing else, so that the same question gets the same answer.
"""
