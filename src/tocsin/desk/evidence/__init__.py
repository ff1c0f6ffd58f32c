"""Evidence and what is concluded from it: it lies in the vault before a fact names it, what
leaves or ends is recorded before it does, and a hold forbids its end."""
