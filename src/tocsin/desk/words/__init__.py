"""Words that leave: drafted to the byte, agreed to by people, looked at once more just before
they go, and sent by a run with orders and receipts like any other."""
