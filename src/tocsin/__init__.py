"""Tocsin: incident response for AI systems. The tree of rooms is explained in ARCHITECTURE.md."""

__version__ = "0.1.0"
