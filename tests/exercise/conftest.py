"""Lets these tests open the record on disk as the journal's own tests do."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))
