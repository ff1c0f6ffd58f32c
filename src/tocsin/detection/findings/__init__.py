"""What a finding says and is worth, in words and numbers that lead back to its windows."""
