"""What came in from outside, as it came: on disk before it is acknowledged, and erasable.

The record never holds a body, only its place here and its digest. A place is given once and never
again, also when its body was destroyed.
"""
