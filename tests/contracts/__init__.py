"""What each port promises, written once; collected only through the subclasses that name a store."""

import pytest

for subject in (
    "store",
    "unit_of_work",
    "contacts",
    "leads",
    "events",
    "chain",
    "submissions",
    "directory",
    "contact_fields",
    "suppression",
    "idempotency",
    "installation",
    "recorded",
):
    # pytest shows what stood on both sides of a failed assert only in files that it knows of.
    pytest.register_assert_rewrite(f"tests.contracts.{subject}")
