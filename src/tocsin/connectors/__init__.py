"""Hands and eyes on outside systems, one module for each: look, act, find.

Every connector sets a wanted state, says what was seen before and after, and tells a refusal from
a lost answer. None of them knows whether it is used in earnest: a drill wires other hands.
"""
