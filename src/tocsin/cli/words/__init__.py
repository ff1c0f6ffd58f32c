"""Words for an audience: shown to the byte, approved, sent, corrected, and listed afterwards."""
