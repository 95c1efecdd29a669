"""What the installation promises: companies with names of their own, and a few samples of what nobody claims."""

from __future__ import annotations

from datetime import UTC
from itertools import product
from typing import TYPE_CHECKING, Any

import pytest

from leadintake.domain.company import CompanyId
from leadintake.domain.errors import NameTaken
from leadintake.domain.money import Currency
from leadintake.domain.submission import UnclaimedReason

from tests.contracts.store import PATIENCE_SECONDS, StoreContract, threads
from tests.support.builders import MINUTE, NOW, a_lead, an_idempotency_record, an_unclaimed_submission
from tests.support.strategies import ODD_INSTANTS, ODD_TEXTS

if TYPE_CHECKING:
    from datetime import datetime

    from leadintake.domain.company import Company
    from leadintake.domain.ports import Installation

    from tests.contracts.store import Store


def add(installation: Installation, name: str) -> Company:
    """Store a company of that name."""
    return installation.add_company(name=name, region="GB", time_zone="Europe/London")


class InstallationContract(StoreContract):
    """`Installation`; each test has one to itself."""

    @pytest.fixture
    def installation(self, empty_store: Store) -> Installation:
        return empty_store.installation

    def test_installation_begins_without_companies(self, installation: Installation) -> None:
        assert installation.companies() == []

    def test_companies_are_numbered_and_listed_oldest_first(self, installation: Installation) -> None:
        companies = [add(installation, name) for name in ("Solar", "Auto", "Roofs")]

        assert installation.companies() == companies
        assert [company.id for company in companies] == [1, 2, 3]
        assert [company.name for company in companies] == ["Solar", "Auto", "Roofs"]
        assert {(company.region, company.time_zone) for company in companies} == {("GB", "Europe/London")}

    def test_company_keeps_its_currency(self, installation: Installation) -> None:
        """Every amount of the company is counted in its smallest unit."""
        add(installation, "Solar")
        yen = installation.add_company(name="Auto", region="JP", time_zone="Asia/Tokyo", currency=Currency("JPY"))

        assert [company.currency for company in installation.companies()] == ["USD", "JPY"]
        assert installation.find_company(yen.id) == yen

    def test_company_is_found_by_its_number(self, installation: Installation) -> None:
        companies = [add(installation, name) for name in ("Solar", "Auto")]

        assert [installation.find_company(company.id) for company in companies] == companies
        assert installation.find_company(CompanyId(3)) is None

    def test_companies_with_due_leads_are_found(self, empty_store: Store, installation: Installation) -> None:
        """Whoever settles them asks once, however many companies there are."""
        solar, auto, roofs = (add(installation, name) for name in ("Solar", "Auto", "Roofs"))
        for company, due in (
            (solar, {"expires_at": NOW}),
            (auto, {"expires_at": NOW + MINUTE}),
            (roofs, {"plan_expires_at": NOW}),
        ):
            with empty_store.unit_of_work(company.id) as uow:
                lead = a_lead(company_id=company.id, **due)
                uow.contacts.save_all([*uow.contacts.claim([lead.caller], at=NOW).values()])
                uow.leads.add_all([lead])
                uow.commit()

        assert installation.companies_with_due_leads(at=NOW - MINUTE) == []
        assert installation.companies_with_due_leads(at=NOW) == [solar.id, roofs.id]
        assert installation.companies_with_due_leads(at=NOW + MINUTE) == [solar.id, auto.id, roofs.id]

    def test_companies_with_old_answers_are_found(self, empty_store: Store, installation: Installation) -> None:
        solar, auto = (add(installation, name) for name in ("Solar", "Auto"))
        with empty_store.unit_of_work(auto.id) as uow:
            uow.idempotency.append_all([an_idempotency_record(company_id=auto.id, created_at=NOW)])
            uow.commit()

        assert installation.companies_with_answers(before=NOW) == []
        assert installation.companies_with_answers(before=NOW + MINUTE) == [auto.id]
        assert solar.id not in installation.companies_with_answers(before=NOW + MINUTE)

    def test_name_is_taken_once(self, installation: Installation) -> None:
        solar = add(installation, "Solar")

        with pytest.raises(NameTaken):
            add(installation, "Solar")

        assert installation.companies() == [solar]

    def test_odd_names_are_kept_to_the_letter_and_stay_apart(self, installation: Installation) -> None:
        """A store that folds case or accents would hand one company's place to another."""
        # PostgreSQL does not index more than 2,704 bytes, and nobody's name is that long.
        names = [text for text in ODD_TEXTS.values() if len(text) < 1_000]

        for name in names:
            add(installation, name)

        assert [company.name for company in installation.companies()] == names

    def test_of_many_who_take_a_name_at_once_one_gets_it(self, installation: Installation) -> None:
        """Several processes of one start may found the company; the others must find it, not fail."""

        def take() -> bool:
            try:
                add(installation, "Solar")
            except NameTaken:
                return False
            return True

        with threads(4) as pool:
            taking = [pool.submit(take) for _ in range(8)]

            assert sorted(each.result(PATIENCE_SECONDS) for each in taking) == [False] * 7 + [True]
        assert [company.name for company in installation.companies()] == ["Solar"]

    def test_unknown_look_ups_find_nothing(self, installation: Installation) -> None:
        for lookup in (b"", b"\x00\xff", b"unknown"):
            assert installation.find_lead_token(lookup) is None
            assert installation.find_api_key(lookup) is None

    # --- unclaimed samples ---------------------------------------------------------------------------------------

    def test_samples_come_back_as_they_were_kept_newest_first(self, installation: Installation) -> None:
        samples = [
            an_unclaimed_submission(received_at=NOW + age * MINUTE, reason=reason, remote_ip=remote_ip)
            for age, (reason, remote_ip) in enumerate(product(UnclaimedReason, (None, "2001:db8::1")))
        ]

        for sample in samples:
            installation.keep_unclaimed(sample, most=10)

        assert installation.unclaimed() == samples[::-1]

    def test_oldest_samples_make_place(self, installation: Installation) -> None:
        """A flood of rubbish must not fill the disk."""
        samples = [an_unclaimed_submission(received_at=NOW + age * MINUTE) for age in range(6)]

        for sample in samples:
            installation.keep_unclaimed(sample, most=3)

        assert installation.unclaimed() == samples[:2:-1]

    def test_lower_limit_counts_at_once(self, installation: Installation) -> None:
        samples = [an_unclaimed_submission(received_at=NOW + age * MINUTE) for age in range(6)]
        for sample in samples[:-1]:
            installation.keep_unclaimed(sample, most=10)

        installation.keep_unclaimed(samples[-1], most=2)

        assert installation.unclaimed() == [samples[5], samples[4]]

    @pytest.mark.parametrize("text", [*ODD_TEXTS.values(), "bell \x07 and escape \x1b"], ids=[*ODD_TEXTS, "controls"])
    def test_odd_samples_are_kept_to_the_letter(self, installation: Installation, text: str) -> None:
        """What could not be read at all is as odd as it gets."""
        sample = an_unclaimed_submission(request={"body": text, "nested": {"list": [text, None, {}]}})

        installation.keep_unclaimed(sample, most=1)

        assert installation.unclaimed() == [sample]

    @pytest.mark.parametrize("at", ODD_INSTANTS.values(), ids=ODD_INSTANTS.keys())
    def test_instants_come_back_in_utc(self, installation: Installation, at: datetime) -> None:
        installation.keep_unclaimed(an_unclaimed_submission(received_at=at), most=1)

        [kept] = installation.unclaimed()
        assert kept.received_at == at.astimezone(UTC)
        assert kept.received_at.tzinfo is UTC

    def test_samples_share_nothing_with_the_store(self, installation: Installation) -> None:
        request: Any = {"query": ["caller_id"]}
        installation.keep_unclaimed(an_unclaimed_submission(request=request), most=1)

        request["query"].append("sub_id")
        handed_out: Any = installation.unclaimed()[0].request
        handed_out["query"].append("email")

        assert installation.unclaimed()[0].request == {"query": ["caller_id"]}

    def test_samples_are_forgotten(self, installation: Installation) -> None:
        samples = [an_unclaimed_submission() for _ in range(3)]
        for sample in samples:
            installation.keep_unclaimed(sample, most=10)

        installation.forget_unclaimed([samples[0].id, samples[2].id])
        installation.forget_unclaimed([samples[0].id])

        assert installation.unclaimed() == [samples[1]]

    # --- inspection ----------------------------------------------------------------------------------------------

    def test_findings_say_what_to_do_where_something_is_wrong(self, installation: Installation) -> None:
        """Whoever is told of a fault at night must not have to look up what to do."""
        findings = installation.inspect()

        assert findings
        assert len({finding.check for finding in findings}) == len(findings)
        assert all(finding.detail for finding in findings)
        assert all(bool(finding.mend) != finding.is_fine for finding in findings)
