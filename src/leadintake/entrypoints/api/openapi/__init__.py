"""What the HTTP API takes and answers, as OpenAPI 3.1: written from the code, so that it cannot fall behind it."""
