"""What each kind of detector notices, on the one protocol of `kinds`: it says what a window
holds and what that is worth, and never when there is an alarm."""
