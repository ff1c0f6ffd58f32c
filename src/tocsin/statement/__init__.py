"""What may be said to whom: templates, what fills them, and what speaks against words. Pure.

A template is data: it can name what is in the record and go through lists, and nothing else. What
fills it is text: it cannot act, neither as a template nor as a line or a header of a message.
"""
