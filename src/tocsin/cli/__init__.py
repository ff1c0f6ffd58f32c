"""The command line: parse, call the desk, render. No decisions are made here."""

from tocsin.cli.main import main

__all__ = ["main"]
