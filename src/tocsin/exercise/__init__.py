"""Another world around the same desk: a clock wound by hand, a record in memory, hands of paper.

Nothing in this room can touch a real clock, person or system.
"""
