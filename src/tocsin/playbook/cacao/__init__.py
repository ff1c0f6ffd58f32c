"""OASIS CACAO 2.0, in and out: foreign playbooks become plans that only people carry out. Pure.

Nothing that a foreign file says is ever executed: its commands become questions to people.
"""
