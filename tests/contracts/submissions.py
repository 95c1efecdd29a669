"""What a submission ledger promises: every request stays as it came, with its verdict."""

from __future__ import annotations

from datetime import UTC
from typing import TYPE_CHECKING, Any

import pytest

from leadintake.domain.credential import LeadTokenId
from leadintake.domain.lead import LeadId
from leadintake.domain.notice import Notice
from leadintake.domain.ports import SubmissionFilter
from leadintake.domain.submission import Outcome, SubmissionId

from tests.contracts.store import StoreContract
from tests.support.builders import MINUTE, NOW, OFFER, SCHEDULE, Builder, a_receipt, a_submission, new_id
from tests.support.strategies import ODD_INSTANTS, ODD_TEXTS

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from leadintake.domain.company import Company
    from leadintake.domain.submission import Receipt, Submission

    from tests.contracts.store import Begin


def append(begin: Begin, *submissions: Submission) -> None:
    """Keep these submissions."""
    with begin() as uow:
        uow.submissions.append_all(submissions)
        uow.commit()


def newest(begin: Begin, limit: int = 25) -> Sequence[Submission]:
    """Return the latest submissions."""
    with begin() as uow:
        return uow.submissions.newest(limit=limit)


def search(begin: Begin, **wanted: Any) -> tuple[Sequence[Submission], int]:  # noqa: ANN401 - as the filter has them
    """Return the submissions that match, and how many there are."""
    with begin() as uow:
        page = uow.submissions.search(SubmissionFilter(**wanted), offset=0, limit=25)
    return page.submissions, page.total_count


class SubmissionContract(StoreContract):
    """`SubmissionLedger`."""

    @pytest.fixture
    def receipt(self, company: Company) -> Builder[Receipt]:
        """Build receipts of the test's company."""
        return lambda **fields: a_receipt(**{"company_id": company.id, **fields})

    def test_ledger_begins_empty(self, begin: Begin) -> None:
        assert newest(begin) == []

    def test_submission_comes_back_as_it_was_kept(self, begin: Begin, receipt: Builder[Receipt]) -> None:
        enrolled = a_submission(
            receipt=receipt(lead_token_id=LeadTokenId(new_id())),
            outcome=Outcome.RESTARTED,
            owner=OFFER,
            lead_id=LeadId(new_id()),
            notices=(Notice("renamed_token", "Age", "It is kept as age."), Notice("empty_values_ignored", None, "…")),
        )
        refused = a_submission(
            receipt=receipt(remote_ip=None, request={}),
            outcome=Outcome.REFUSED,
            owner=None,
            code="invalid_caller_id",
            errors={"caller_id": ("is not a valid phone number",), "sub_id": ("is too long", "is odd"), "email": ()},
        )

        append(begin, enrolled, refused)

        assert newest(begin) == [refused, enrolled]

    @pytest.mark.parametrize("outcome", Outcome)
    def test_every_outcome_is_kept(self, begin: Begin, receipt: Builder[Receipt], outcome: Outcome) -> None:
        append(begin, a_submission(receipt=receipt(), outcome=outcome))

        assert [submission.outcome for submission in newest(begin)] == [outcome]

    def test_newest_come_first_and_no_more_than_asked_for(self, begin: Begin, receipt: Builder[Receipt]) -> None:
        submissions = [a_submission(receipt=receipt(received_at=NOW + age * MINUTE)) for age in range(6)]
        append(begin, *submissions[:3])
        append(begin, *submissions[3:])

        assert newest(begin, limit=4) == submissions[:1:-1]

    def test_unit_lists_its_own_submissions_with_the_older_ones(self, begin: Begin, receipt: Builder[Receipt]) -> None:
        older, own = a_submission(receipt=receipt()), a_submission(receipt=receipt())
        append(begin, older)

        with begin() as uow:
            uow.submissions.append_all([own])
            assert uow.submissions.newest(limit=25) == [own, older]

    @pytest.mark.parametrize("text", [*ODD_TEXTS.values(), "bell \x07 and escape \x1b"], ids=[*ODD_TEXTS, "controls"])
    def test_request_is_kept_to_the_letter(self, begin: Begin, receipt: Builder[Receipt], text: str) -> None:
        """A refused submission can be repaired and replayed only if it is still what was sent."""
        request = {"body": text, text: "", "missing": None, "query": [["caller_id", text], ["", ""]], "size": 12}

        append(begin, a_submission(receipt=receipt(request=request, route=text)))

        [kept] = newest(begin)
        assert kept.receipt.request == request
        assert kept.receipt.route == text

    @pytest.mark.parametrize("at", ODD_INSTANTS.values(), ids=ODD_INSTANTS.keys())
    def test_instants_come_back_in_utc(self, begin: Begin, receipt: Builder[Receipt], at: datetime) -> None:
        append(begin, a_submission(receipt=receipt(received_at=at)))

        [kept] = newest(begin)
        assert kept.receipt.received_at == at.astimezone(UTC)
        assert kept.receipt.received_at.tzinfo is UTC

    def test_requests_share_nothing_with_the_store(self, begin: Begin, receipt: Builder[Receipt]) -> None:
        request: Any = {"query": ["caller_id"]}
        append(begin, a_submission(receipt=receipt(request=request)))

        request["query"].append("sub_id")
        handed_out: Any = newest(begin)[0].receipt.request
        handed_out["query"].append("email")

        assert newest(begin)[0].receipt.request == {"query": ["caller_id"]}

    def test_a_thousand_submissions_in_one_unit(self, begin: Begin, receipt: Builder[Receipt]) -> None:
        submissions = [a_submission(receipt=receipt(request={"number": number})) for number in range(1_000)]

        append(begin, *submissions)

        assert newest(begin, limit=2_000) == submissions[::-1]

    def test_submission_is_found_by_its_id(self, begin: Begin, receipt: Builder[Receipt]) -> None:
        submission = a_submission(receipt=receipt())
        append(begin, submission, a_submission(receipt=receipt()))

        with begin() as uow:
            assert uow.submissions.find(submission.receipt.id) == submission
            assert uow.submissions.find(SubmissionId(new_id())) is None

    def test_every_column_filters(self, begin: Begin, receipt: Builder[Receipt]) -> None:
        lead_id = LeadId(new_id())
        plain = a_submission(receipt=receipt(received_at=NOW), outcome=Outcome.CREATED, owner=SCHEDULE)
        refused = a_submission(
            receipt=receipt(received_at=NOW + MINUTE), outcome=Outcome.REFUSED, owner=OFFER, code="caller_opted_out"
        )
        updated = a_submission(receipt=receipt(received_at=NOW + 2 * MINUTE), outcome=Outcome.UPDATED, lead_id=lead_id)
        append(begin, plain, refused, updated)

        assert search(begin) == ([updated, refused, plain], 3)
        assert search(begin, outcome=Outcome.REFUSED) == search(begin, code="caller_opted_out") == ([refused], 1)
        assert search(begin, owner=OFFER) == ([refused], 1)
        assert search(begin, lead_id=lead_id) == ([updated], 1)
        assert search(begin, lead_token_id=plain.receipt.lead_token_id) == ([updated, refused, plain], 3)
        assert search(begin, lead_token_id=LeadTokenId(new_id())) == ([], 0)
        assert search(begin, received_from=NOW + MINUTE) == ([updated, refused], 2)
        assert search(begin, received_from=NOW, received_to=NOW + MINUTE) == ([plain], 1)
        assert search(begin, outcome=Outcome.UPDATED, code="caller_opted_out") == ([], 0)

    def test_pages_come_newest_first(self, begin: Begin, receipt: Builder[Receipt]) -> None:
        submissions = [a_submission(receipt=receipt()) for _ in range(5)]
        append(begin, *submissions)

        with begin() as uow:
            page = uow.submissions.search(SubmissionFilter(), offset=1, limit=2)
            rest = uow.submissions.search(SubmissionFilter(after=submissions[2].receipt.id), offset=0, limit=10)
        assert (page.submissions, page.total_count) == (submissions[3:1:-1], 5)
        assert (rest.submissions, rest.total_count) == (submissions[1::-1], 5)

    def test_nothing_to_keep_is_no_fault(self, begin: Begin) -> None:
        append(begin)
