"""Others' alarms: what came in, where each went and why, and what waits for a person."""
