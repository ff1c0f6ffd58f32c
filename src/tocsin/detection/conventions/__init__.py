"""What is watched when nobody says: each column taken for one thing, with a reason, and all
that can be watched, evenly."""
