"""What the company API takes and answers, as `docs/api.md` describes it: one schema per command and per answer."""
