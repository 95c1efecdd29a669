"""What the stores promise about evidence of consent and about erasure."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from datetime import UTC
from typing import TYPE_CHECKING

import pytest

from leadintake.domain.company import CompanyId
from leadintake.domain.consent import Certificate, Consent, Witness
from leadintake.domain.erasure import ErasedCaller, Erasure, ErasureId, Removed
from leadintake.domain.errors import NotFound, StaleWrite
from leadintake.domain.lead import LeadId
from leadintake.domain.submission import Outcome, SubmissionId

from tests.contracts.store import PATIENCE_SECONDS, StoreContract, found, is_waiting, threads
from tests.support.builders import (
    ADA,
    BEN,
    EVE,
    MINUTE,
    NOW,
    a_contact,
    a_lead,
    a_receipt,
    a_replay,
    a_submission,
    an_event,
    an_idempotency_record,
    an_unclaimed_submission,
    new_id,
)
from tests.support.strategies import ODD_INSTANTS, ODD_TEXTS

if TYPE_CHECKING:
    from datetime import datetime

    from leadintake.domain.company import Company
    from leadintake.domain.submission import Submission

    from tests.contracts.store import Begin, Store


def a_consent(company: Company, **fields: object) -> Consent:
    whole = Consent(
        company_id=company.id,
        submission_id=SubmissionId(new_id()),
        lead_id=LeadId(new_id()),
        caller=ADA,
        received_at=NOW,
        certificates=(Certificate(Witness.TRUSTEDFORM, "xxtrustedformcerturl", "https://cert.trustedform.com/1"),),
        page_url="https://example.com/solar",
        remote_ip="203.0.113.7",
    )
    return replace(whole, **fields)  # type: ignore[arg-type]  # any field of the value


def an_erased(company: Company, **fields: object) -> ErasedCaller:
    whole = ErasedCaller(
        company_id=company.id,
        digest=b"digest \x00\xff",
        was_opted_out=True,
        erased_at=NOW,
        erasure_id=ErasureId(new_id()),
    )
    return replace(whole, **fields)  # type: ignore[arg-type]  # likewise


def kept_submissions(begin: Begin, company: Company, *about: Submission) -> list[SubmissionId]:
    """Keep these submissions of the company and return their identifiers."""
    mine = [replace(one, receipt=replace(one.receipt, company_id=company.id)) for one in about]
    with begin() as uow:
        uow.submissions.append_all(mine)
        uow.commit()
    return [one.receipt.id for one in mine]


class ConsentContract(StoreContract):
    """`ConsentLog`."""

    def test_evidence_comes_back_as_kept_oldest_first(self, begin: Begin, company: Company) -> None:
        first, second = a_consent(company), a_consent(company, certificates=(), disclosure="I agree")
        with begin() as uow:
            uow.consents.append_all([second, first])
            uow.commit()

        with begin() as uow:
            assert uow.consents.of_caller(ADA) == [first, second]
            assert uow.consents.of_caller(BEN) == []

    @pytest.mark.parametrize("text", ODD_TEXTS.values(), ids=ODD_TEXTS.keys())
    def test_texts_are_kept_to_the_letter(self, begin: Begin, company: Company, text: str) -> None:
        """Evidence that was tidied up is none."""
        consent = a_consent(
            company,
            certificates=(Certificate(Witness.JORNAYA, "universal_leadid", text),),
            disclosure=text,
            consented_at=text,
        )
        with begin() as uow:
            uow.consents.append_all([consent])
            uow.commit()

        with begin() as uow:
            assert uow.consents.of_caller(ADA) == [consent]

    def test_erased_evidence_is_gone_for_that_caller_alone(self, begin: Begin, company: Company) -> None:
        of_ben = a_consent(company, caller=BEN)
        with begin() as uow:
            uow.consents.append_all([a_consent(company), a_consent(company), of_ben])
            uow.commit()
        with begin() as uow:
            count = uow.consents.erase(ADA)
            uow.commit()

        assert count == 2
        with begin() as uow:
            assert uow.consents.of_caller(ADA) == []
            assert uow.consents.of_caller(BEN) == [of_ben]


class ErasureContract(StoreContract):
    """`ErasureLog`, and what the other repositories do for an erasure."""

    def test_only_those_to_be_left_alone_are_told(self, begin: Begin, company: Company) -> None:
        with begin() as uow:
            uow.erasures.keep(an_erased(company, digest=b"left alone"))
            uow.erasures.keep(an_erased(company, digest=b"just erased", was_opted_out=False))
            uow.commit()

        with begin() as uow:
            assert uow.erasures.opted_out([b"left alone", b"just erased", b"never seen"]) == {b"left alone": NOW}
            assert uow.erasures.opted_out([]) == {}

    def test_latest_under_any_of_the_digests_is_found(self, begin: Begin, company: Company) -> None:
        """After a secret key was replaced, the same person may stand under two digests."""
        old, young = an_erased(company, digest=b"old"), an_erased(company, digest=b"young", erased_at=NOW + MINUTE)
        with begin() as uow:
            uow.erasures.keep(young)
            uow.erasures.keep(old)
            uow.commit()

        with begin() as uow:
            assert uow.erasures.find([b"old", b"young"]) == young
            assert uow.erasures.find([b"old", b"other"]) == old
            assert uow.erasures.find([b"other"]) is None

    def test_keeping_again_replaces(self, begin: Begin, company: Company) -> None:
        for erased_at in (NOW, NOW + MINUTE):
            with begin() as uow:
                uow.erasures.keep(an_erased(company, erased_at=erased_at))
                uow.commit()

        with begin() as uow:
            assert uow.erasures.opted_out([b"digest \x00\xff"]) == {b"digest \x00\xff": NOW + MINUTE}

    def test_companies_remember_their_own(self, store: Store, begin: Begin, company: Company) -> None:
        other = found(store)
        with begin() as uow:
            uow.erasures.keep(an_erased(company))
            uow.commit()

        with store.unit_of_work(other.id) as uow:
            assert uow.erasures.opted_out([b"digest \x00\xff"]) == {}
            assert uow.erasures.receipts(offset=0, limit=10).total_count == 0

    def test_receipts_come_newest_first(self, begin: Begin, company: Company) -> None:
        receipts = [
            Erasure(
                company_id=company.id,
                id=ErasureId(new_id()),
                erased_at=NOW,
                was_opted_out=bool(leads),
                removed=Removed(leads=leads, samples=2),
            )
            for leads in range(3)
        ]
        with begin() as uow:
            for one in receipts:
                uow.erasures.add(one)
            uow.commit()

        with begin() as uow:
            page = uow.erasures.receipts(offset=1, limit=1)
            assert (page.erasures, page.total_count) == ([receipts[1]], 3)
            assert uow.erasures.receipt(receipts[0].id) == receipts[0]
            assert uow.erasures.receipt(new_id()) is None

    @pytest.mark.parametrize("at", ODD_INSTANTS.values(), ids=ODD_INSTANTS.keys())
    def test_instants_come_back_in_utc(self, begin: Begin, company: Company, at: datetime) -> None:
        with begin() as uow:
            uow.erasures.keep(an_erased(company, erased_at=at))
            uow.commit()

        with begin() as uow:
            kept = uow.erasures.find([b"digest \x00\xff"])
        assert kept is not None
        assert (kept.erased_at, kept.erased_at.tzinfo) == (at.astimezone(UTC), UTC)

    def test_erased_contact_and_leads_are_gone(self, begin: Begin, company: Company) -> None:
        lead = a_lead(company_id=company.id)
        of_ben = a_lead(company_id=company.id, caller=BEN)
        with begin() as uow:
            uow.contacts.claim([ADA, BEN], at=NOW)
            uow.contacts.save_all([a_contact(company_id=company.id, caller=caller) for caller in (ADA, BEN)])
            uow.leads.add_all([lead, of_ben])
            uow.commit()
        with begin() as uow:
            uow.contacts.claim([ADA, EVE], at=NOW)
            counts = [uow.contacts.erase(ADA), uow.contacts.erase(EVE), uow.leads.erase(ADA), uow.leads.erase(EVE)]
            uow.commit()

        assert counts == [1, 0, 1, 0]
        with begin() as uow:
            assert uow.contacts.find(ADA) is None
            assert uow.contacts.find(EVE) is None
            assert uow.leads.find(lead.id) is None
            assert uow.leads.of_callers([ADA, BEN]) == [of_ben]
            assert uow.leads.live_of([ADA, BEN]) == [of_ben]

    def test_caller_who_was_erased_can_begin_anew(self, begin: Begin, company: Company) -> None:
        with begin() as uow:
            uow.contacts.claim([ADA], at=NOW)
            uow.contacts.save_all([a_contact(company_id=company.id)])
            uow.leads.add_all([a_lead(company_id=company.id)])
            uow.commit()
        with begin() as uow:
            uow.contacts.claim([ADA], at=NOW)
            uow.contacts.erase(ADA)
            uow.leads.erase(ADA)
            uow.commit()
        again = a_lead(company_id=company.id)
        with begin() as uow:
            claimed = uow.contacts.claim([ADA], at=NOW)
            uow.contacts.save_all([a_contact(company_id=company.id)])
            uow.leads.add_all([again])
            uow.commit()

        assert claimed[ADA].is_new
        with begin() as uow:
            assert uow.leads.live_of([ADA]) == [again]

    def test_nothing_is_erased_unless_committed(self, begin: Begin, company: Company) -> None:
        lead = a_lead(company_id=company.id)
        with begin() as uow:
            uow.contacts.claim([ADA], at=NOW)
            uow.contacts.save_all([a_contact(company_id=company.id)])
            uow.leads.add_all([lead])
            uow.commit()
        with begin() as uow:
            uow.contacts.claim([ADA], at=NOW)
            uow.contacts.erase(ADA)
            uow.leads.erase(ADA)

        with begin() as uow:
            assert uow.contacts.find(ADA) is not None
            assert uow.leads.of_callers([ADA]) == [lead]

    def test_whoever_claims_an_erased_caller_waits_and_finds_nobody(
        self, store: Store, begin: Begin, company: Company
    ) -> None:
        """A submission that meets an erasure comes before it, and is erased, or after it."""
        with begin() as uow:
            uow.contacts.claim([ADA], at=NOW)
            uow.contacts.save_all([a_contact(company_id=company.id)])
            uow.commit()

        def claimed() -> bool:
            with store.unit_of_work(company.id) as uow:
                return uow.contacts.claim([ADA], at=NOW)[ADA].is_new

        with threads() as pool:
            with begin() as uow:
                uow.contacts.claim([ADA], at=NOW)
                uow.contacts.erase(ADA)
                other = pool.submit(claimed)
                was_waiting = is_waiting(other)
                uow.commit()
            is_new = other.result(PATIENCE_SECONDS)

        assert (was_waiting, is_new) == (True, True)

    def test_numbers_are_those_of_contacts_and_of_suppression_lists(self, begin: Begin, company: Company) -> None:
        with begin() as uow:
            uow.contacts.claim([ADA], at=NOW)
            uow.contacts.save_all([a_contact(company_id=company.id)])
            kept = uow.directory.add_suppression_list(name="Complaints")
            uow.suppression.add(kept.id, [ADA, EVE, BEN], at=NOW)
            uow.commit()

        with begin() as uow:
            assert uow.contacts.numbers(after=None, limit=2) == [ADA, BEN]
            assert uow.contacts.numbers(after=BEN, limit=2) == [EVE]
            assert uow.contacts.numbers(after=EVE, limit=2) == []

    def test_erased_entries_are_gone_from_every_list(self, begin: Begin) -> None:
        with begin() as uow:
            lists = [uow.directory.add_suppression_list(name=name) for name in ("Complaints", "Employees")]
            for one in lists:
                uow.suppression.add(one.id, [ADA, BEN], at=NOW)
            uow.commit()
        with begin() as uow:
            counts = [uow.suppression.erase(ADA), uow.suppression.erase(EVE)]
            uow.commit()

        assert counts == [2, 0]
        with begin() as uow:
            assert uow.suppression.suppressed([ADA]) == {}
            assert [entry.caller for entry in uow.suppression.search(lists[0].id, offset=0, limit=9).entries] == [BEN]

    def test_erased_facts_tell_only_what_happened_to_which_lead(self, begin: Begin, company: Company) -> None:
        """Counting goes on: what is erased is whom it happened to."""
        fact = an_event(company_id=company.id)
        of_contact = an_event(company_id=company.id, lead_id=None, lead_version=None)
        of_ben = an_event(company_id=company.id, caller=BEN)
        with begin() as uow:
            uow.events.append_all([fact, of_contact, of_ben])
            uow.commit()
        with begin() as uow:
            count = uow.events.erase(ADA)
            uow.commit()

        assert count == 2
        assert fact.lead_id is not None
        assert of_ben.lead_id is not None
        with begin() as uow:
            assert uow.events.of_lead(fact.lead_id) == [replace(fact, caller=None, details={})]
            assert uow.events.of_contact(ADA) == []
            assert uow.events.of_lead(of_ben.lead_id) == [of_ben]

    def test_submissions_are_looked_through_in_parts(self, begin: Begin, company: Company) -> None:
        """By digest and by lead; and what nobody could read is shown, for its text to be looked at."""
        lead_id = LeadId(new_id())
        of_digest, of_other, of_lead, unread = (
            a_submission(caller_digest=b"ada"),
            a_submission(caller_digest=b"ben"),
            a_submission(caller_digest=b"older key", lead_id=lead_id),
            a_submission(),
        )
        ids = kept_submissions(begin, company, of_digest, of_other, of_lead, unread)

        with begin() as uow:
            first = uow.submissions.look_through([b"ada"], [lead_id], after=None, limit=3)
            rest = uow.submissions.look_through([b"ada"], [lead_id], after=first.last, limit=3)
            end = uow.submissions.look_through([b"ada"], [lead_id], after=rest.last, limit=3)
            total = uow.submissions.count()

        assert [one.receipt.id for one in first.submissions] == [ids[0], ids[2]]
        assert first.submissions[0].caller_digest == b"ada"
        assert (first.looked_at, first.last) == (3, ids[2])
        assert [one.receipt.id for one in rest.submissions] == [ids[3]]
        assert (list(end.submissions), end.looked_at, end.last) == ([], 0, None)
        assert total == 4

    def test_erased_submission_keeps_its_verdict_alone(self, begin: Begin, company: Company) -> None:
        refused = a_submission(
            receipt=a_receipt(),
            code="invalid_caller_id",
            errors={"caller_id": ("+12025550143 is not a number",)},
            caller_digest=b"ada",
        )
        [kept_id] = kept_submissions(begin, company, refused)
        with begin() as uow:
            before = uow.submissions.find(kept_id)
            count = uow.submissions.erase([kept_id, SubmissionId(new_id())])
            uow.commit()

        with begin() as uow:
            after = uow.submissions.find(kept_id)
        assert count == 1
        assert before is not None
        assert after == before.erased()
        assert after.is_erased
        assert (after.outcome, after.code, after.receipt.received_at) == (before.outcome, before.code, NOW)

    def test_erased_submission_has_blank_replays(self, begin: Begin, company: Company) -> None:
        edited, plain = (
            a_replay(
                company_id=company.id,
                outcome=Outcome.REFUSED,
                code="invalid_parameter",
                errors={"expires_in": ("ada is no number",)},
                edits=edits,
                caller_digest=b"ada",
            )
            for edits in ({"caller_id": ADA.e164}, None)
        )
        [kept_id, other_id] = kept_submissions(begin, company, a_submission(), a_submission())
        edited, plain = replace(edited, submission_id=kept_id), replace(plain, submission_id=kept_id)
        of_other = a_replay(company_id=company.id, submission_id=other_id, edits={"wish": "red"})
        with begin() as uow:
            uow.submissions.add_replays([edited, plain, of_other])
            uow.commit()
        with begin() as uow:
            uow.submissions.erase([kept_id])
            uow.commit()

        with begin() as uow:
            replays = uow.submissions.replays_of([kept_id, other_id])
        blank = [replace(each, errors={}, caller_digest=None) for each in (edited, plain)]
        assert list(replays[kept_id]) == [replace(blank[0], edits={}), blank[1]]
        assert list(replays[other_id]) == [of_other]

    def test_replays_are_found_by_digest_and_lead_and_unread_edits(self, begin: Begin, company: Company) -> None:
        """What nobody could read is shown, for its text to be looked at."""
        lead_id = LeadId(new_id())
        of_digest, of_lead, unread, *others = (
            a_replay(company_id=company.id, caller_digest=b"ada"),
            a_replay(company_id=company.id, caller_digest=b"older key", lead_id=lead_id),
            a_replay(company_id=company.id, edits={"caller_id": "12"}),
            a_replay(company_id=company.id, caller_digest=b"ben", edits={"wish": "red"}),
            a_replay(company_id=company.id),
        )
        with begin() as uow:
            uow.submissions.add_replays([of_digest, of_lead, unread, *others])
            uow.commit()

        with begin() as uow:
            found = uow.submissions.replays_about([b"ada"], [lead_id])
        assert list(found) == [of_digest, of_lead, unread]

    def test_answers_that_mention_somebody_are_forgotten(self, begin: Begin, company: Company) -> None:
        texts = ['{"caller_id": "+12025550143"}', '{"caller_id": "+12025550144"}', '{"100%": "a_b"}', '{"axb": 100}']
        records = [an_idempotency_record(company_id=company.id, document=text) for text in texts]
        with begin() as uow:
            uow.idempotency.append_all(records)
            uow.commit()
        with begin() as uow:
            counts = [
                uow.idempotency.forget_mentioning(["+12025550143", "nobody"]),
                uow.idempotency.forget_mentioning(["a_b", "100%"]),
                uow.idempotency.forget_mentioning([]),
            ]
            uow.commit()

        assert counts == [1, 1, 0]
        with begin() as uow:
            left = uow.idempotency.find_all({record.key for record in records})
        assert {record.document for record in left.values()} == {texts[1], texts[3]}

    def test_samples_are_forgotten_by_their_identifiers(self, store: Store) -> None:
        going, staying = an_unclaimed_submission(), an_unclaimed_submission()
        for sample in (going, staying):
            store.installation.keep_unclaimed(sample, most=1_000)

        assert store.installation.forget_unclaimed([going.id, SubmissionId(new_id())]) == 1
        assert store.installation.forget_unclaimed([]) == 0
        kept = {sample.id for sample in store.installation.unclaimed()}
        assert staying.id in kept
        assert going.id not in kept

    def test_directory_says_that_there_are_erased_callers(self, store: Store, begin: Begin, company: Company) -> None:
        with begin() as uow:
            before = uow.directory.current()
        store.installation.expect_erased(company.id)
        store.installation.expect_erased(company.id)

        with begin() as uow:
            after = uow.directory.current()
        assert (before.has_erased, after.has_erased) == (False, True)
        assert after.version > before.version

    def test_unit_that_does_not_know_of_erased_callers_ends_before_the_first_is_erased(
        self, store: Store, company: Company
    ) -> None:
        """It would not ask for them, and enroll somebody who had opted out and is erased meanwhile."""
        has_enrolled = False
        with threads() as pool:
            with suppress(StaleWrite), store.unit_of_work(company.id) as uow:
                knows = uow.directory.current().has_erased
                expecting = pool.submit(store.installation.expect_erased, company.id)
                was_waiting = is_waiting(expecting)
                uow.contacts.claim([ADA], at=NOW)
                uow.commit()
                has_enrolled = True
            expecting.result(PATIENCE_SECONDS)

        assert not knows
        assert was_waiting or not has_enrolled

    def test_nobody_can_be_erased_from_no_company(self, store: Store, company: Company) -> None:
        with pytest.raises(NotFound):
            store.installation.expect_erased(CompanyId(company.id + 1_000_000))

    def test_scrubbing_waits_for_nobody(self, store: Store, begin: Begin) -> None:
        """It is asked for after an erasure, while others read and write."""
        with begin() as uow:
            uow.directory.hold()
            store.installation.scrub()
