"""What an export selects, and what its files say."""
