"""The law as data, legal time, and which duties are raised until when. Pure.

Decision support, not legal advice. No number of any law stands here: all of them are read from the
files of a law pack, each beside its article. An unknown fact never silences a duty.
"""
