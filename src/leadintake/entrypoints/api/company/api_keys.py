"""`/api/v1/api_keys`: who else may use this API; for holders of a key that may administer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from leadintake.domain.credential import Permission
from leadintake.entrypoints.api.company.operations import CompanyBlueprint, listed, operation, shown
from leadintake.entrypoints.api.context import services
from leadintake.entrypoints.schemas.company.api_keys import (
    API_KEYS,
    MADE_API_KEY,
    ONE_API_KEY,
    ListApiKeysSchema,
    NewApiKeySchema,
)

if TYPE_CHECKING:
    from leadintake.domain.credential import ApiKey, ApiKeyId
    from leadintake.domain.use_cases.paging import Window

ALL = "/api_keys"
ONE = f"{ALL}/<api_key_id>"

bp = CompanyBlueprint("api_keys", "API keys")


@operation(bp, "GET", ALL, needs=Permission.ADMIN, query=ListApiKeysSchema(), answers=API_KEYS)
def list_api_keys(key: ApiKey, window: Window) -> dict[str, Any]:
    """List the company's API keys, revoked ones included, each with its last use."""
    return listed("api_keys", services().list_api_keys(key.company_id, window), window)


@operation(bp, "POST", ALL, needs=Permission.ADMIN, body=NewApiKeySchema(), answers=MADE_API_KEY, status=201)
def add_api_key(key: ApiKey, data: dict[str, Any]) -> dict[str, Any]:
    """Make an API key; its private half is in this answer and in no other."""
    permissions = frozenset(data["permissions"])
    return shown("api_key", services().add_api_key(key.company_id, permissions, label=data["label"]))


@operation(bp, "GET", ONE, needs=Permission.ADMIN, answers=ONE_API_KEY)
def read_api_key(key: ApiKey, api_key_id: ApiKeyId) -> dict[str, Any]:
    """Show an API key without its private half."""
    return shown("api_key", services().read_api_key(key.company_id, api_key_id))


@operation(bp, "POST", f"{ONE}/revoke", needs=Permission.ADMIN, answers=ONE_API_KEY)
def revoke_api_key(key: ApiKey, api_key_id: ApiKeyId) -> dict[str, Any]:
    """End an API key for good, from the next request on; it may be the one that asks."""
    return shown("api_key", services().revoke_api_key(key.company_id, api_key_id))
