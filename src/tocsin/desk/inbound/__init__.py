"""What comes in from outside: from a sender that is known or said to be unknown, and each
place of the inbox is decided once, on record."""
