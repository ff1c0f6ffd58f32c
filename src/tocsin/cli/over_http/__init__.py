"""The command line over HTTP: each command is an operation, derived from its own parser.

So a command, its help and its checks are written once. What a command may be asked for over HTTP,
and by which right, stands in one table; what is not in it is not offered.
"""
