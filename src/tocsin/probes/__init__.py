"""Independent looks after an act, by other means than the hand that acted.

A probe states its hypothesis, its sample and its chance of being wrong. What it could not see it
calls undetermined, never shown.
"""
