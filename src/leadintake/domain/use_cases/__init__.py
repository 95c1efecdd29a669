"""What the business does, one transaction a verb."""
