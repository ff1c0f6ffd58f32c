"""What others' alarms say: bytes of eight formats become signals, and rules say where each goes.

Pure: no body makes it raise; whatever is wrong with one is told as values, all at once.
"""
