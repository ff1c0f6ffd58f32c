"""Runs of plans as people begin, halt and answer them, and the plans made for one act: nothing
is begun twice, and a run keeps the version that it began with."""
