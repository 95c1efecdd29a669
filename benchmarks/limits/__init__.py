"""What this machine could do at best: the least work that a lead can be, done by the database alone."""
