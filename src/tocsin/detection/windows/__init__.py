"""What windows hold, as plain counts that add up, and what a detector remembers of those it
went through."""
