"""The way in: a request's carriers read, merged and handed on, whatever client wrote them."""
