"""A lead token is revoked while leads come in by it, in every process that takes them."""

from __future__ import annotations

import time
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from leadintake.adapters.keyring import Keyring
from leadintake.adapters.sql.store import SqlStore
from leadintake.adapters.system import utc_now

from tests.integration.faults import audit
from tests.support.loads import Load

if TYPE_CHECKING:
    from tests.integration.faults.installations import Installation
    from tests.integration.faults.soak import Noted
    from tests.support.loads import Attempt

SENDERS = 8


def revoke(installation: Installation, token: str) -> None:
    """End the lead token from outside of the server."""
    secret = installation.secret_key or (installation.data_dir / "secret_key").read_text().strip()
    with closing(SqlStore(installation.database_url)) as store:
        credential = store.installation.find_lead_token(Keyring(secret).lookup(token))
        assert credential is not None
        with store.unit_of_work(credential.company_id) as uow:
            uow.directory.revoke_lead_token(credential.id, at=utc_now())
            uow.commit()


@pytest.mark.parametrize("opts_out", [False, True])
def test_revoked_token_takes_no_lead_from_then_on(installation: Installation, noted: Noted, *, opts_out: bool) -> None:
    """Whoever revokes a leaked token must not have to count on some seconds of grace; others go on unharmed."""
    other = str(installation.founded["offer"]["lead_token"])
    with (
        installation.serving() as server,
        Load(server.port, installation.token, senders=SENDERS, opts_out=opts_out) as leaked,
        Load(server.port, other, senders=SENDERS, beginning=10_000) as unharmed,
    ):
        leaked.wait_for_acknowledged(100)
        revoke(installation, installation.token)
        revoked_at = time.monotonic()
        leaked.wait_for(SENDERS * 3, is_unknown, what="the token is unknown")
        unharmed.wait_for_acknowledged(100)
        leaked.stop()
        unharmed.stop()
        attempts = [*leaked.attempts, *unharmed.attempts]
        noted.note("a lead token revoked under load", installation, attempts)

        assert {a.verdict for a in leaked.attempts if a.begun_at > revoked_at} == {"unknown_lead_token"}
        assert {a.status for a in leaked.attempts if a.begun_at < revoked_at} <= {200, 401, 422}
        assert {attempt.status for attempt in unharmed.attempts} == {200}
        audit.check(installation.database_url, attempts)
        assert server.terminate() == 0, server.output()[-2_000:]


def is_unknown(attempt: Attempt) -> bool:
    return attempt.verdict == "unknown_lead_token"
