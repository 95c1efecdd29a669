"""A daily cap over several servers: never exceeded, and used up in the end."""

from __future__ import annotations

from functools import partial
from itertools import islice
from typing import TYPE_CHECKING

from sqlalchemy import NullPool, create_engine, update

from leadintake.adapters.sql.tables import lead_tokens

from tests.integration.faults import audit
from tests.integration.faults.installations import kill_whole
from tests.support.loads import Sender, callers, run_all

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tests.integration.faults.installations import Installation
    from tests.support.loads import Attempt

CAP = 40
SENDERS_OF_EACH = 4
POSTS_OF_EACH = 15


def put_cap(installation: Installation) -> None:
    """Let every lead token of the installation bring so many leads a day."""
    engine = create_engine(installation.database_url, poolclass=NullPool)
    with engine.begin() as connection:
        connection.execute(update(lead_tokens).values(rules={"daily_cap": CAP}))


def post_all(installation: Installation, attempts: list[Attempt], whom: Sequence[str]) -> None:
    """Post these callers one after the other."""
    with Sender(installation.port) as sender:
        attempts.extend(sender.post(installation.token, caller) for caller in whom)


def test_two_servers_take_as_many_new_leads_as_the_cap_allows(installation: Installation) -> None:
    """Each process alone would keep to the cap, and all of them together bring many times as much."""
    put_cap(installation)
    other = installation.at_another_place()
    attempts: list[Attempt] = []
    whom = callers()
    with installation.serving() as first, other.serving() as second:
        run_all(
            partial(post_all, server, attempts, list(islice(whom, POSTS_OF_EACH)))
            for server in (installation, other)
            for _ in range(SENDERS_OF_EACH)
        )

        verdicts = [attempt.verdict for attempt in attempts]
        assert set(verdicts) == {"created", "daily_cap_reached"}, first.output()[-2_000:] + second.output()[-2_000:]
        assert CAP // 2 < verdicts.count("created") <= CAP
        assert (first.terminate(), second.terminate()) == (0, 0)
    # A process whose senders had gone may have had a place left; in an orderly stop it puts that back.
    with other.serving():
        post_all(other, attempts, list(islice(whom, CAP)))

    assert [attempt.verdict for attempt in attempts].count("created") == CAP
    stored = audit.read(installation.database_url)
    assert len(stored.leads) == CAP
    assert len(stored.submissions) == len(attempts)


def test_cap_holds_after_a_server_was_killed(installation: Installation) -> None:
    """What a killed process had leased is lost, and never handed out a second time."""
    put_cap(installation)
    attempts: list[Attempt] = []
    whom = callers()
    with installation.serving() as server:
        post_all(installation, attempts, list(islice(whom, 5)))
        kill_whole(server)
    with installation.serving():
        post_all(installation, attempts, list(islice(whom, 2 * CAP)))

    created = [attempt for attempt in attempts if attempt.verdict == "created"]
    assert CAP - 2 * CAP // 16 * installation.workers <= len(created) <= CAP
    assert len(audit.read(installation.database_url).leads) == len(created)
    assert attempts[-1].status == 429
