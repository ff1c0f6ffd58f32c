"""Lets a door read summaries of windows that were kept, without a log or a home."""

from tocsin.sources.kept import windows_kept

__all__ = ["windows_kept"]
