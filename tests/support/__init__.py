"""What tests stand on: builders, databases, strategies."""
