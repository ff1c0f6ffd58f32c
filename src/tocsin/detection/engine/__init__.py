"""How windows become an alarm and an alarm is over, for detectors of every kind; wherever the
windows were cut, the same."""
