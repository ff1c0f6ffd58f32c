"""The REST API: what the command line does, over HTTP, for whoever holds a token.

A door: it proves who asks, checks by `register.can` that they may, hands the operation to whoever
carries it out, and tells the answer or the refusal in the same words. It decides nothing itself.
"""
