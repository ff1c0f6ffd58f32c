"""What a team declares, of detectors, logs and gates: read without a mistake or with all
mistakes at once, and written so that it reads back as the same."""
