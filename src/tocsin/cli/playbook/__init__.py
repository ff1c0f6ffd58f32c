"""Plans before they are needed: written, checked, proven, rehearsed, compared, shown, carried to
other tools and back. Nothing here acts."""
