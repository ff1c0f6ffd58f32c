"""Inference logs: read once, kept as summaries of windows, and asked what was served.

Knows the ports and the facts only. How the columns of a log are read is declared, and handed in.
"""
