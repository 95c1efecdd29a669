"""`/settings`: the company, who signs in, and the credentials that programs come with."""

from __future__ import annotations

from leadintake.entrypoints.web.settings import api_keys, lead_token_reviews, lead_tokens, overview, users
from leadintake.entrypoints.web.settings.place import bp

__all__ = ["api_keys", "bp", "lead_token_reviews", "lead_tokens", "overview", "users"]
