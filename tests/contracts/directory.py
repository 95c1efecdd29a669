"""What a directory promises: numbers of the company's own, and a revoked token that is dead at once."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, timedelta
from typing import TYPE_CHECKING

import pytest

from leadintake.domain.attribution import TrafficSourceId
from leadintake.domain.credential import Permission, PublicKey
from leadintake.domain.errors import NameTaken, NotFound, StaleWrite
from leadintake.domain.money import Amount, Currency
from leadintake.domain.owner import Action, ActionKind
from leadintake.domain.owner_rules import DuplicateScope, OwnerRules
from leadintake.domain.token_rules import TokenKind, TokenRules
from leadintake.domain.user import Role

from tests.contracts.store import PATIENCE_SECONDS, StoreContract, found, is_waiting, threads
from tests.support.builders import (
    MINUTE,
    NOW,
    OFFER,
    SCHEDULE,
    a_lead_token,
    a_schedule,
    a_traffic_source,
    a_user,
    an_api_key,
    an_offer,
)
from tests.support.strategies import ODD_INSTANTS, ODD_TEXTS

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from leadintake.domain.company import Company
    from leadintake.domain.credential import LeadTokenCredential
    from leadintake.domain.directory import Directory
    from leadintake.domain.owner import Schedule
    from leadintake.domain.ports import DirectoryRepository

    from tests.contracts.store import Begin, Store

STRICT = OwnerRules(
    duplicate_timeframe=timedelta(days=30, microseconds=1),
    duplicate_scope=DuplicateScope.COMPANY,
    rejects_same_source=True,
    phone_lengths=(10, 11),
    most_per_ip_a_day=5,
    enforces_contact_fields=True,
    phone_fields=("handy", "telefon"),
)
ACTIONS = tuple(Action(f"{kind} – “step” {place}", kind) for place, kind in enumerate(ActionKind))


def current(begin: Begin) -> Directory:
    """Return the directory as a unit that is begun now sees it."""
    with begin() as uow:
        return uow.directory.current()


def keep_token(begin: Begin, credential: LeadTokenCredential) -> None:
    """Store a lead token."""
    with begin() as uow:
        uow.directory.add_lead_token(credential)
        uow.commit()


def revoke(begin: Begin, credential: LeadTokenCredential) -> None:
    """End a lead token."""
    with begin() as uow:
        uow.directory.revoke_lead_token(credential.id, at=NOW)
        uow.commit()


class DirectoryContract(StoreContract):
    """`DirectoryRepository`."""

    def test_new_company_has_set_up_nothing(self, begin: Begin, company: Company) -> None:
        directory = current(begin)

        assert directory.company == company
        tables = (directory.schedules, directory.offers, directory.traffic_sources, directory.lead_tokens)
        assert [len(table) for table in tables] == [0, 0, 0, 0]

    # --- owners and sources --------------------------------------------------------------------------------------

    def test_company_is_changed_from_the_commit_on_but_for_its_currency(
        self, store: Store, begin: Begin, company: Company
    ) -> None:
        other = found(store)
        changed = replace(company, name=f"{company.name}, renamed", region="GB", time_zone="Asia/Kathmandu")
        before = current(begin).version
        with begin() as uow:
            uow.directory.save_company(replace(changed, currency=Currency("JPY")))
            assert uow.directory.current().company == changed
            assert company in store.installation.companies()
            uow.commit()

        assert current(begin).company == changed
        assert current(begin).version > before
        assert {changed, other} <= set(store.installation.companies())
        assert company not in store.installation.companies()

    def test_name_of_another_company_is_taken(self, store: Store, begin: Begin, company: Company) -> None:
        """Commands find a company by its name."""
        other = found(store)
        with begin() as uow, pytest.raises(NameTaken):
            uow.directory.save_company(replace(company, name=other.name))

        with begin() as uow:
            uow.directory.save_company(company)
            uow.commit()
        assert current(begin).company == company
        with pytest.raises(NameTaken):
            store.installation.add_company(name=company.name, region="US", time_zone="UTC")

    def test_numbers_are_counted_per_company_and_kind(self, store: Store, begin: Begin) -> None:
        """What stands in a company's URLs says nothing about the other companies."""
        for unit in (begin(), store.unit_of_work(found(store).id)):
            with unit as uow:
                schedules = [uow.directory.add_schedule(name=name, actions=()).id for name in "ab"]
                offers = [uow.directory.add_offer(name=name).id for name in "ab"]
                sources = [uow.directory.add_traffic_source(name=name).id for name in "ab"]
                uow.commit()

            assert (schedules, offers, sources) == ([1, 2], [1, 2], [1000, 1001])

    def test_numbers_go_on_from_unit_to_unit(self, begin: Begin) -> None:
        for expected in (1000, 1001, 1002):
            with begin() as uow:
                assert uow.directory.add_traffic_source(name="Kitten banners").id == expected
                uow.commit()

    def test_what_is_added_is_returned_and_listed(self, begin: Begin, company: Company) -> None:
        with begin() as uow:
            offer = uow.directory.add_offer(name="Solar roofs", rules=STRICT)
            schedule = uow.directory.add_schedule(
                name="Call at once",
                actions=list(ACTIONS),
                end_actions=list(ACTIONS[:2]),
                offer_id=offer.id,
                rules=STRICT,
            )
            source = uow.directory.add_traffic_source(name="Kitten banners")
            within = uow.directory.current()
            uow.commit()

        after = current(begin)
        for directory in (within, after):
            assert directory.schedules == {1: schedule}
            assert directory.offers == {1: offer}
            assert directory.traffic_sources == {1000: source}
        assert schedule == a_schedule(
            company_id=company.id, actions=ACTIONS, end_actions=ACTIONS[:2], offer_id=offer.id, rules=STRICT
        )
        assert offer == an_offer(company_id=company.id, rules=STRICT)
        assert source == a_traffic_source(company_id=company.id)

    def test_changes_are_kept(self, begin: Begin) -> None:
        with begin() as uow:
            offer = uow.directory.add_offer(name="Solar roofs")
            schedule = uow.directory.add_schedule(name="Call at once", actions=ACTIONS)
            source = uow.directory.add_traffic_source(name="Kitten banners")
            uow.commit()
        changed_offer = replace(offer, name="Roofs", requires_traffic_source=True, paused_at=NOW, rules=STRICT)
        changed_schedule = replace(
            schedule,
            name="Call",
            actions=ACTIONS[::-1],
            offer_id=offer.id,
            requires_traffic_source=True,
            paused_at=NOW,
            end_actions=ACTIONS,
            rules=STRICT,
        )
        changed_source = replace(
            source, name="Kittens", paused_at=NOW, external_id="aff-17", default_payout=Amount(2**40)
        )

        with begin() as uow:
            uow.directory.save_offer(changed_offer)
            uow.directory.save_schedule(changed_schedule)
            uow.directory.save_traffic_source(changed_source)
            uow.commit()

        directory = current(begin)
        assert directory.offers == {1: changed_offer}
        assert directory.schedules == {1: changed_schedule}
        assert directory.traffic_sources == {1000: changed_source}

    @pytest.mark.parametrize(
        "rules",
        [
            OwnerRules(),
            OwnerRules(duplicate_timeframe=timedelta(microseconds=1)),
            OwnerRules(duplicate_timeframe=timedelta(days=36_500), duplicate_scope=DuplicateScope.COMPANY),
            OwnerRules(rejects_same_source=True),
            OwnerRules(phone_lengths=(0, 15)),
            OwnerRules(most_per_ip_a_day=0),
            OwnerRules(enforces_contact_fields=True),
            OwnerRules(phone_fields=tuple(ODD_TEXTS.values())),
        ],
    )
    def test_every_rule_is_kept(self, begin: Begin, rules: OwnerRules) -> None:
        with begin() as uow:
            uow.directory.add_offer(name="a", rules=rules)
            uow.directory.add_schedule(name="a", actions=(), rules=rules)
            uow.commit()

        directory = current(begin)
        [offer], [schedule] = directory.offers.values(), directory.schedules.values()
        assert (offer.rules, schedule.rules) == (rules, rules)

    def test_saving_the_same_again_changes_nothing(self, begin: Begin) -> None:
        with begin() as uow:
            schedule = uow.directory.add_schedule(name="Call at once", actions=ACTIONS)
            uow.commit()

        for _ in range(2):
            with begin() as uow:
                uow.directory.save_schedule(replace(schedule, paused_at=NOW))
                uow.commit()

        assert current(begin).schedules == {1: replace(schedule, paused_at=NOW)}

    def test_sources_external_id_is_its_own(self, store: Store, begin: Begin) -> None:
        """Whoever names a source by it must mean one."""
        with begin() as uow:
            first, second = (uow.directory.add_traffic_source(name=name) for name in "ab")
            uow.directory.save_traffic_source(replace(first, external_id="aff-17"))
            uow.commit()

        for _ in range(2):
            with begin() as uow:
                # Its own is free to itself, and what looks like it is another.
                uow.directory.save_traffic_source(replace(first, external_id="aff-17", name="c"))
                uow.directory.save_traffic_source(replace(second, external_id="AFF-17"))
                uow.commit()
        with pytest.raises(NameTaken), begin() as uow:
            uow.directory.save_traffic_source(replace(second, external_id="aff-17"))

        other = found(store)
        with store.unit_of_work(other.id) as uow:
            theirs = replace(uow.directory.add_traffic_source(name="a"), external_id="aff-17")
            uow.directory.save_traffic_source(theirs)
            uow.commit()
        assert [each.external_id for each in current(begin).traffic_sources.values()] == ["aff-17", "AFF-17"]

    def test_order_is_that_of_the_numbers_whatever_was_changed(self, begin: Begin) -> None:
        """A list that jumps about when one entry is saved looks broken, and "the first one" must stay the first."""
        with begin() as uow:
            schedules = [uow.directory.add_schedule(name=name, actions=()) for name in "abc"]
            offers = [uow.directory.add_offer(name=name) for name in "abc"]
            sources = [uow.directory.add_traffic_source(name=name) for name in "abc"]
            uow.commit()
        with begin() as uow:
            uow.directory.save_schedule(replace(schedules[0], name="z"))
            uow.directory.save_offer(replace(offers[0], name="z"))
            uow.directory.save_traffic_source(replace(sources[0], name="z"))
            uow.commit()

        directory = current(begin)
        assert [*directory.schedules, *directory.offers, *directory.traffic_sources] == [1, 2, 3] * 2 + [
            1000,
            1001,
            1002,
        ]

    def test_what_does_not_exist_cannot_be_saved(self, begin: Begin, company: Company) -> None:
        with pytest.raises(NotFound), begin() as uow:
            uow.directory.save_schedule(a_schedule(company_id=company.id))
        with pytest.raises(NotFound), begin() as uow:
            uow.directory.save_offer(an_offer(company_id=company.id))
        with pytest.raises(NotFound), begin() as uow:
            uow.directory.save_traffic_source(a_traffic_source(company_id=company.id))

    @pytest.mark.parametrize("text", ODD_TEXTS.values(), ids=ODD_TEXTS.keys())
    def test_odd_names_are_kept_to_the_letter(self, begin: Begin, text: str) -> None:
        with begin() as uow:
            uow.directory.add_schedule(name=text, actions=[Action(text, ActionKind.WAIT)])
            uow.directory.add_offer(name=text)
            uow.directory.add_traffic_source(name=text)
            uow.commit()

        directory = current(begin)
        [schedule], [offer], [source] = (
            directory.schedules.values(),
            directory.offers.values(),
            directory.traffic_sources.values(),
        )
        assert schedule.actions == (Action(text, ActionKind.WAIT),)
        assert [schedule.name, offer.name, source.name] == [text] * 3

    @pytest.mark.parametrize("at", ODD_INSTANTS.values(), ids=ODD_INSTANTS.keys())
    def test_instants_come_back_in_utc(self, begin: Begin, company: Company, at: datetime) -> None:
        token = a_lead_token(company_id=company.id, created_at=at)
        with begin() as uow:
            uow.directory.save_schedule(replace(uow.directory.add_schedule(name="a", actions=()), paused_at=at))
            uow.directory.save_offer(replace(uow.directory.add_offer(name="a"), paused_at=at))
            uow.directory.save_traffic_source(replace(uow.directory.add_traffic_source(name="a"), paused_at=at))
            uow.directory.add_lead_token(token)
            uow.directory.add_api_key(an_api_key(company_id=company.id, created_at=at))
            uow.directory.add_user(a_user(company_id=company.id, created_at=at))
            uow.commit()

        with begin() as uow:
            directory = uow.directory.current()
            instants = [
                *(schedule.paused_at for schedule in directory.schedules.values()),
                *(offer.paused_at for offer in directory.offers.values()),
                *(source.paused_at for source in directory.traffic_sources.values()),
                *(token.created_at for token in uow.directory.lead_tokens_of(SCHEDULE)),
                *(key.created_at for key in uow.directory.api_keys()),
                *(user.created_at for user in uow.directory.users()),
            ]
        assert instants == [at.astimezone(UTC)] * 6
        assert {instant.tzinfo for instant in instants if instant} == {UTC}

    def test_two_units_that_add_at_once_get_different_numbers(self, begin: Begin) -> None:
        def add() -> Schedule:
            with begin() as uow:
                schedule = uow.directory.add_schedule(name="second", actions=())
                uow.commit()
            return schedule

        with threads() as pool:
            with begin() as uow:
                uow.directory.add_schedule(name="first", actions=())
                adding = pool.submit(add)
                has_waited = is_waiting(adding)
                uow.commit()

            assert adding.result(PATIENCE_SECONDS).id == 2
            assert has_waited
        assert [schedule.name for schedule in current(begin).schedules.values()] == ["first", "second"]

    def test_who_holds_the_set_up_sees_the_latest_and_keeps_others_out(self, begin: Begin, company: Company) -> None:
        """Two machines that start at the same moment make one API key, not two."""
        key = an_api_key(company_id=company.id)

        def look() -> int:
            with begin() as uow:
                uow.directory.hold()
                return len(uow.directory.api_keys())

        with threads() as pool:
            with begin() as uow:
                uow.directory.hold()
                looking = pool.submit(look)
                has_waited = is_waiting(looking)
                uow.directory.add_api_key(key)
                uow.commit()

            assert looking.result(PATIENCE_SECONDS) == 1
            assert has_waited

    # --- versions ------------------------------------------------------------------------------------------------

    def test_every_change_makes_a_new_version(self, begin: Begin, company: Company) -> None:
        """Whoever keeps a copy knows by the version alone whether it is still right."""
        token = a_lead_token(company_id=company.id)
        changes: list[Callable[[DirectoryRepository], object]] = [
            lambda directory: directory.add_schedule(name="Call at once", actions=()),
            lambda directory: directory.add_offer(name="Solar roofs"),
            lambda directory: directory.add_traffic_source(name="Kitten banners"),
            lambda directory: directory.save_schedule(a_schedule(company_id=company.id, paused_at=NOW)),
            lambda directory: directory.save_offer(an_offer(company_id=company.id, paused_at=NOW)),
            lambda directory: directory.save_traffic_source(a_traffic_source(company_id=company.id, paused_at=NOW)),
            lambda directory: directory.add_lead_token(token),
            lambda directory: directory.revoke_lead_token(token.id, at=NOW),
        ]
        versions = [current(begin).version]

        for change in changes:
            with begin() as uow:
                change(uow.directory)
                uow.commit()
            versions.append(current(begin).version)

        assert versions == sorted(set(versions))

    def test_without_a_change_the_version_stays(self, begin: Begin) -> None:
        with begin() as uow:
            uow.contacts.claim((), at=NOW)
            version = uow.directory.current().version
            uow.commit()

        assert current(begin).version == version

    def test_change_that_is_not_committed_leaves_no_trace(self, begin: Begin) -> None:
        """A copy that was made inside the forgotten unit must not outlive it."""
        before = current(begin)
        with begin() as uow:
            uow.directory.add_schedule(name="forgotten", actions=())
            uow.directory.current()
        with begin() as uow:
            uow.directory.add_offer(name="kept")
            uow.commit()

        after = current(begin)
        assert before.schedules == after.schedules == {}
        assert [offer.name for offer in after.offers.values()] == ["kept"]

    def test_unit_sees_the_directory_of_its_beginning(self, store: Store, begin: Begin, company: Company) -> None:
        """What was read once does not change under whoever decides by it."""
        with begin() as uow:
            uow.directory.add_offer(name="Solar roofs")
            uow.commit()

        with store.reading(company.id) as reader:
            before = reader.directory.current()
            with begin() as uow:
                uow.directory.add_offer(name="Heat pumps")
                uow.commit()

            assert len(before.offers) == 1

    # --- lead tokens ---------------------------------------------------------------------------------------------

    def test_lead_token_is_found_from_the_commit_on(self, store: Store, begin: Begin, company: Company) -> None:
        token = a_lead_token(company_id=company.id)
        with begin() as uow:
            uow.directory.add_lead_token(token)
            before = store.installation.find_lead_token(token.lookup)
            uow.commit()

        assert before is None
        assert store.installation.find_lead_token(token.lookup) == token
        assert current(begin).lead_tokens == {token.id: token.grant}

    def test_revoked_lead_token_is_dead_at_once(self, store: Store, begin: Begin, company: Company) -> None:
        """Somebody has seen the token who should not have; every second counts."""
        leaked, kept = a_lead_token(company_id=company.id), a_lead_token(company_id=company.id)
        keep_token(begin, leaked)
        keep_token(begin, kept)
        # The copies that stores keep are filled.
        current(begin)

        revoke(begin, leaked)

        assert current(begin).lead_tokens == {kept.id: kept.grant}
        assert store.installation.find_lead_token(leaked.lookup) is None
        assert store.installation.find_lead_token(kept.lookup) == kept
        with begin() as uow:
            assert uow.directory.lead_tokens_of(SCHEDULE) == [kept]

    def test_unit_that_revokes_sees_it(self, begin: Begin, company: Company) -> None:
        token = a_lead_token(company_id=company.id)
        keep_token(begin, token)

        with begin() as uow:
            uow.directory.revoke_lead_token(token.id, at=NOW)

            assert uow.directory.current().lead_tokens == {}
            assert uow.directory.lead_tokens_of(SCHEDULE) == []

    def test_revoking_that_is_not_committed_changes_nothing(self, store: Store, begin: Begin, company: Company) -> None:
        token = a_lead_token(company_id=company.id)
        keep_token(begin, token)

        with begin() as uow:
            uow.directory.revoke_lead_token(token.id, at=NOW)

        assert store.installation.find_lead_token(token.lookup) == token
        assert current(begin).lead_tokens == {token.id: token.grant}

    def test_revoking_twice_is_revoking_once(self, begin: Begin, company: Company) -> None:
        token = a_lead_token(company_id=company.id)
        keep_token(begin, token)

        revoke(begin, token)
        revoke(begin, token)

        assert current(begin).lead_tokens == {}

    def test_all_lead_tokens_are_listed_oldest_first_whatever_has_become_of_them(
        self, begin: Begin, company: Company
    ) -> None:
        """Whoever looks for a leak looks at tokens that have ended too."""
        rules = TokenRules(networks=("203.0.113.0/24",), origins=("https://shop.example",), daily_cap=7)
        tokens = [
            a_lead_token(company_id=company.id),
            a_lead_token(company_id=company.id, owner_kind=OFFER.kind, kind=TokenKind.PUBLISHABLE, rules=rules),
            a_lead_token(company_id=company.id, label="Kitten banners", expires_at=NOW - MINUTE),
        ]
        for token in tokens:
            keep_token(begin, token)
        revoke(begin, tokens[0])

        with begin() as uow:
            listed = uow.directory.all_lead_tokens()
            found_ones = [uow.directory.find_lead_token(token.id) for token in tokens]
        assert listed == [replace(tokens[0], revoked_at=NOW), *tokens[1:]]
        assert found_ones == listed

    def test_lead_token_of_another_company_is_not_found(self, store: Store, begin: Begin) -> None:
        other = found(store)
        theirs = a_lead_token(company_id=other.id)
        keep_token(lambda: store.unit_of_work(other.id), theirs)

        with begin() as uow:
            assert uow.directory.find_lead_token(theirs.id) is None
            assert uow.directory.all_lead_tokens() == []

    def test_saved_lead_token_holds_from_the_next_unit_on(self, store: Store, begin: Begin, company: Company) -> None:
        """A restriction is put on because somebody abuses the token just now."""
        token = a_lead_token(company_id=company.id)
        keep_token(begin, token)
        current(begin)
        changed = replace(
            token,
            label="Kitten banners",
            rules=TokenRules(traffic_source_id=TrafficSourceId(1000), operations_per_day=0),
            expires_at=NOW,
            successor_id=a_lead_token().id,
        )

        with begin() as uow:
            uow.directory.save_lead_token(changed)
            uow.commit()

        assert current(begin).lead_tokens == {token.id: changed.grant}
        assert store.installation.find_lead_token(token.lookup) == changed

    def test_lead_token_saved_as_revoked_is_dead_at_once(self, store: Store, begin: Begin, company: Company) -> None:
        token = a_lead_token(company_id=company.id)
        keep_token(begin, token)

        with begin() as uow:
            uow.directory.save_lead_token(replace(token, revoked_at=NOW))
            uow.commit()

        assert current(begin).lead_tokens == {}
        assert store.installation.find_lead_token(token.lookup) is None

    def test_lead_token_under_another_look_up_is_found_by_that_one_alone(
        self, store: Store, begin: Begin, company: Company
    ) -> None:
        token = a_lead_token(company_id=company.id)
        keep_token(begin, token)
        renewed = replace(token, lookup=b"another " + token.lookup, sealed=b"sealed anew")

        with begin() as uow:
            uow.directory.save_lead_token(renewed)
            uow.commit()

        find = store.installation.find_lead_token
        assert find(token.lookup) is None
        assert find(renewed.lookup) == renewed
        assert find(token.lookup, renewed.lookup) == find(renewed.lookup, token.lookup) == renewed

    def test_unknown_lead_token_cannot_be_saved(self, begin: Begin, company: Company) -> None:
        with pytest.raises(NotFound), begin() as uow:
            uow.directory.save_lead_token(a_lead_token(company_id=company.id))

    def test_expired_lead_token_grants_nothing(self, begin: Begin, company: Company) -> None:
        """Nobody comes by at the moment it expires: the directory's copy is the same before and after."""
        token = a_lead_token(company_id=company.id, expires_at=NOW)
        keep_token(begin, token)

        directory = current(begin)
        assert directory.grant(token.id, at=NOW - MINUTE) == token.grant
        assert directory.grant(token.id, at=NOW) is None

    def test_unknown_lead_token_cannot_be_revoked(self, begin: Begin) -> None:
        with pytest.raises(NotFound):
            revoke(begin, a_lead_token())

    def test_another_companys_lead_token_cannot_be_revoked(self, store: Store, begin: Begin) -> None:
        other = found(store)
        theirs = a_lead_token(company_id=other.id)
        keep_token(lambda: store.unit_of_work(other.id), theirs)

        with pytest.raises(NotFound):
            revoke(begin, theirs)

        assert store.installation.find_lead_token(theirs.lookup) == theirs

    def test_lead_tokens_are_listed_by_owner_oldest_first(self, begin: Begin, company: Company) -> None:
        """Schedule 1 and offer 1 share a number and nothing else."""
        tokens = [a_lead_token(company_id=company.id, created_at=NOW + age * MINUTE) for age in range(3)]
        of_offer = a_lead_token(company_id=company.id, owner_kind=OFFER.kind)
        for token in (*tokens, of_offer):
            keep_token(begin, token)

        with begin() as uow:
            assert uow.directory.lead_tokens_of(SCHEDULE) == tokens
            assert uow.directory.lead_tokens_of(OFFER) == [of_offer]

    def test_every_byte_of_a_credential_is_kept(self, store: Store, begin: Begin, company: Company) -> None:
        token = a_lead_token(company_id=company.id, sealed=bytes(range(256)))

        keep_token(begin, token)

        kept = store.installation.find_lead_token(token.lookup)
        assert kept is not None
        assert (type(kept.sealed), kept.sealed) == (bytes, bytes(range(256)))

    # --- API keys and users --------------------------------------------------------------------------------------

    def test_revoked_api_key_is_dead_at_once_and_stays_listed(
        self, store: Store, begin: Begin, company: Company
    ) -> None:
        keys = [an_api_key(company_id=company.id, label="The dialer"), an_api_key(company_id=company.id, key_id="0a")]
        with begin() as uow:
            for key in keys:
                uow.directory.add_api_key(key)
            uow.commit()

        for _ in range(2):
            with begin() as uow:
                uow.directory.revoke_api_key(keys[0].id, at=NOW)
                uow.commit()

        assert store.installation.find_api_key(keys[0].lookup) is None
        assert store.installation.find_api_key(keys[0].lookup, keys[1].lookup) == keys[1]
        with begin() as uow:
            assert uow.directory.api_keys() == [keys[1]]
            assert uow.directory.all_api_keys() == [replace(keys[0], revoked_at=NOW), keys[1]]

    def test_another_companys_api_key_cannot_be_revoked(self, store: Store, begin: Begin) -> None:
        other = found(store)
        theirs = an_api_key(company_id=other.id)
        with store.unit_of_work(other.id) as uow:
            uow.directory.add_api_key(theirs)
            uow.commit()

        with pytest.raises(NotFound), begin() as uow:
            uow.directory.revoke_api_key(theirs.id, at=NOW)

    def test_api_key_is_found_from_the_commit_on(self, store: Store, begin: Begin, company: Company) -> None:
        keys = [
            an_api_key(company_id=company.id, permissions=permissions, public=PublicKey(f"pub_{name}{company.id}"))
            for name, permissions in (("all", frozenset(Permission)), ("none", frozenset()))
        ]
        with begin() as uow:
            for key in keys:
                uow.directory.add_api_key(key)
            before = store.installation.find_api_key(keys[0].lookup)
            uow.commit()

        with begin() as uow:
            assert uow.directory.api_keys() == keys
        assert before is None
        assert [store.installation.find_api_key(key.lookup) for key in keys] == keys

    def test_revoked_api_key_is_neither_listed_nor_found(self, store: Store, begin: Begin, company: Company) -> None:
        key = an_api_key(company_id=company.id, revoked_at=NOW)
        with begin() as uow:
            uow.directory.add_api_key(key)
            uow.commit()

        with begin() as uow:
            assert uow.directory.api_keys() == []
        assert store.installation.find_api_key(key.lookup) is None

    def test_users_are_listed_oldest_first(self, begin: Begin, company: Company) -> None:
        users = [a_user(company_id=company.id, role=role) for role in Role]
        for user in users:
            with begin() as uow:
                uow.directory.add_user(user)
                uow.commit()

        with begin() as uow:
            assert uow.directory.users() == users

    def test_address_signs_in_once_in_all_companies(self, store: Store, begin: Begin, company: Company) -> None:
        """Who signs in gives an address and no company."""
        user = a_user(company_id=company.id)
        with begin() as uow:
            uow.directory.add_user(user)
            uow.commit()
        other = found(store)

        for company_id in (company.id, other.id):
            with pytest.raises(NameTaken), store.unit_of_work(company_id) as uow:
                uow.directory.add_user(a_user(company_id=company_id, email=user.email))

    def test_address_is_taken_within_the_unit_too(self, begin: Begin, company: Company) -> None:
        user = a_user(company_id=company.id)

        with begin() as uow:
            uow.directory.add_user(user)
            with pytest.raises(NameTaken):
                uow.directory.add_user(a_user(company_id=company.id, email=user.email))

    def test_address_of_a_forgotten_user_is_free(self, begin: Begin, company: Company) -> None:
        user = a_user(company_id=company.id)
        with begin() as uow:
            uow.directory.add_user(user)

        with begin() as uow:
            uow.directory.add_user(user)
            uow.commit()
        with begin() as uow:
            assert uow.directory.users() == [user]

    def test_two_companies_that_add_the_same_address_at_once_leave_one(
        self, store: Store, begin: Begin, company: Company
    ) -> None:
        """Whether it is refused by name or told to try again, which then refuses it by name, is all the same."""
        other, user = found(store), a_user(company_id=company.id)

        def add() -> None:
            with store.unit_of_work(other.id) as uow:
                uow.directory.add_user(a_user(company_id=other.id, email=user.email))
                uow.commit()

        with threads() as pool:
            with begin() as uow:
                uow.directory.add_user(user)
                adding = pool.submit(add)
                has_waited = is_waiting(adding)
                uow.commit()

            with pytest.raises((NameTaken, StaleWrite)):
                adding.result(PATIENCE_SECONDS)
            assert has_waited
