"""What a submission ledger promises: every request stays as it came, with its verdict."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

from leadintake.domain.credential import ApiKeyId, LeadTokenId
from leadintake.domain.errors import StaleWrite
from leadintake.domain.lead import LeadId
from leadintake.domain.notice import Notice
from leadintake.domain.ports import MOST_COUNTED, SubmissionFilter
from leadintake.domain.submission import KeptClass, Outcome, SubmissionId
from leadintake.domain.user import UserId

from tests.contracts.store import StoreContract
from tests.support.builders import MINUTE, NOW, OFFER, SCHEDULE, Builder, a_receipt, a_replay, a_submission, new_id
from tests.support.strategies import ODD_INSTANTS, ODD_TEXTS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from leadintake.domain.company import Company
    from leadintake.domain.submission import Receipt, Replay, Submission

    from tests.contracts.store import Begin


def append(begin: Begin, *submissions: Submission) -> None:
    """Keep these submissions."""
    with begin() as uow:
        uow.submissions.append_all(submissions)
        uow.commit()


def keep_replays(begin: Begin, *replays: Replay) -> None:
    """Keep what became of submissions that were judged again."""
    with begin() as uow:
        uow.submissions.add_replays(replays)
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

    @pytest.fixture
    def replay(self, company: Company) -> Builder[Replay]:
        """Build replays of the test's company."""
        return lambda **fields: a_replay(**{"company_id": company.id, **fields})

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
        assert search(begin, lead_ids=frozenset({lead_id, LeadId(new_id())})) == ([updated], 1)
        assert search(begin, lead_ids=frozenset()) == ([], 0)
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

    def test_what_was_taken_is_told_from_what_was_not(self, begin: Begin, receipt: Builder[Receipt]) -> None:
        submissions = [a_submission(receipt=receipt(), outcome=outcome) for outcome in Outcome]
        append(begin, *submissions)

        refused = [each for each in submissions if each.outcome is Outcome.REFUSED]
        others = [each for each in reversed(submissions) if each.outcome is not Outcome.REFUSED]
        assert search(begin, accepted=False) == (refused, 1)
        assert search(begin, accepted=True) == (others, len(others))
        assert search(begin, accepted=True, outcome=Outcome.REFUSED) == ([], 0)

    @pytest.mark.parametrize(
        ("among", "wanted", "places", "until"),
        [
            (6, {}, [0, 1, 2, 3, 4, 5], None),
            (2, {}, [0, 1], 1),
            (2, {"outcome": Outcome.REFUSED}, [1, 3], 3),
            (3, {"accepted": False}, [1, 3, 5], None),
            (2, {"code": "duplicate_lead"}, [1], 3),
            (2, {"accepted": True}, [0], 1),
            (2, {"owner": OFFER}, [], 1),
        ],
    )
    def test_search_looks_at_no_more_than_it_is_told(
        self,
        begin: Begin,
        receipt: Builder[Receipt],
        among: int,
        wanted: dict[str, Any],
        places: list[int],
        until: int | None,
    ) -> None:
        """The refused ones lie apart from the others: among them it looks at refused ones only."""
        kept = self._every_second_one_refused(begin, receipt)

        with begin() as uow:
            page = uow.submissions.search(SubmissionFilter(**wanted), offset=0, limit=25, among=among)

        assert list(page.submissions) == [kept[place] for place in places]
        assert page.total_count == len(places)
        assert page.until == (None if until is None else kept[until].receipt.id)

    def test_search_looks_on_from_where_it_ended(self, begin: Begin, receipt: Builder[Receipt]) -> None:
        kept = self._every_second_one_refused(begin, receipt)

        with begin() as uow:
            wanted = SubmissionFilter(outcome=Outcome.REFUSED, after=kept[3].receipt.id)
            page = uow.submissions.search(wanted, offset=0, limit=25, among=2)
        assert (list(page.submissions), page.total_count, page.until) == ([kept[5]], 1, None)

    def test_codes_are_counted(self, begin: Begin, receipt: Builder[Receipt]) -> None:
        kept = self._every_second_one_refused(begin, receipt)

        def counted(among: int = 10, **wanted: Any) -> dict[str, int]:  # noqa: ANN401 - as the filter has them
            with begin() as uow:
                return dict(uow.submissions.count_codes(SubmissionFilter(**wanted), among=among))

        assert counted() == {"duplicate_lead": 1, "invalid_caller_id": 2}
        assert counted(code="duplicate_lead", after=kept[5].receipt.id) == counted()
        assert counted(among=2) == {"duplicate_lead": 1, "invalid_caller_id": 1}
        assert counted(owner=OFFER) == {}
        assert counted(received_from=NOW + 3 * MINUTE) == {"duplicate_lead": 1}

    def _every_second_one_refused(self, begin: Begin, receipt: Builder[Receipt]) -> list[Submission]:
        """Keep six submissions, three of them refused, and return them newest first."""
        codes = ["invalid_caller_id", None, "invalid_caller_id", None, "duplicate_lead", None]
        kept = [
            a_submission(
                receipt=receipt(received_at=NOW + age * MINUTE),
                outcome=Outcome.REFUSED if code else Outcome.CREATED,
                code=code,
            )
            for age, code in enumerate(codes)
        ]
        append(begin, *kept)
        return kept[::-1]

    def test_credentials_and_routes_filter(self, begin: Begin, receipt: Builder[Receipt]) -> None:
        token, key = LeadTokenId(new_id()), ApiKeyId(new_id())
        by_token = a_submission(receipt=receipt(lead_token_id=token))
        by_key = a_submission(receipt=receipt(lead_token_id=None, api_key_id=key, route="leads/capture"))
        by_neither = a_submission(receipt=receipt(lead_token_id=None))
        append(begin, by_token, by_key, by_neither)

        assert search(begin) == ([by_neither, by_key, by_token], 3)
        assert search(begin, lead_token_id=token) == ([by_token], 1)
        assert search(begin, api_key_id=key) == search(begin, route="leads/capture") == ([by_key], 1)

    def test_every_moment_bounds(self, begin: Begin, receipt: Builder[Receipt]) -> None:
        """A client can name the year 1, and is answered."""
        kept = a_submission(receipt=receipt())
        append(begin, kept)

        for year, found_from, found_to in ((1, [kept], []), (9999, [], [kept])):
            moment = datetime(year, 1, 1, tzinfo=UTC)
            assert search(begin, received_from=moment)[0] == found_from
            assert search(begin, received_to=moment)[0] == found_to

    def test_count_ends_where_nobody_counts_on(self, begin: Begin, receipt: Builder[Receipt]) -> None:
        """The whole of a long ledger would be read for each page."""
        append(begin, *(a_submission(receipt=receipt(request={})) for _ in range(MOST_COUNTED + 1)))

        with begin() as uow:
            page = uow.submissions.search(SubmissionFilter(), offset=0, limit=1)
        assert page.total_count == MOST_COUNTED

    def test_nothing_to_keep_is_no_fault(self, begin: Begin) -> None:
        append(begin)

    # --- one after the other --------------------------------------------------------------------------------------

    def test_following_ones_come_oldest_first(self, begin: Begin, receipt: Builder[Receipt]) -> None:
        submissions = [a_submission(receipt=receipt(), outcome=outcome) for outcome in [*Outcome][:5]]
        append(begin, *submissions)

        with begin() as uow:
            everything, ledger = SubmissionFilter(), uow.submissions
            assert ledger.following(everything, after=None, limit=3) == submissions[:3]
            assert ledger.following(everything, after=submissions[2].receipt.id, limit=10) == submissions[3:]
            assert ledger.following(everything, after=submissions[4].receipt.id, limit=10) == []
            only = SubmissionFilter(outcome=submissions[1].outcome)
            assert ledger.following(only, after=None, limit=10) == [submissions[1]]

    def test_several_are_found_by_their_ids(self, begin: Begin, receipt: Builder[Receipt]) -> None:
        submissions = [a_submission(receipt=receipt()) for _ in range(3)]
        append(begin, *submissions)

        with begin() as uow:
            wanted = [submissions[2].receipt.id, submissions[0].receipt.id, SubmissionId(new_id())]
            assert uow.submissions.find_all(wanted) == [submissions[0], submissions[2]]
            assert uow.submissions.find_all([]) == []

    # --- replays --------------------------------------------------------------------------------------------------

    def test_replays_come_back_as_they_were_kept_oldest_first(
        self, begin: Begin, receipt: Builder[Receipt], replay: Builder[Replay]
    ) -> None:
        submission, other = a_submission(receipt=receipt()), a_submission(receipt=receipt())
        append(begin, submission, other)
        failed = replay(
            submission_id=submission.receipt.id,
            outcome=Outcome.REFUSED,
            code="invalid_caller_id",
            errors={"caller_id": ("is not a valid phone number", "is odd")},
            edits={"caller_id": "x", "sub_id": None},
        )
        taken = replay(
            submission_id=submission.receipt.id,
            lead_id=LeadId(new_id()),
            edits={},
            api_key_id=ApiKeyId(new_id()),
            user_id=UserId(new_id()),
        )
        keep_replays(begin, failed, taken)

        with begin() as uow:
            found = uow.submissions.replays_of([submission.receipt.id, other.receipt.id])
        assert found == {submission.receipt.id: [failed, taken]}

    def test_nothing_is_taken_twice(self, begin: Begin, receipt: Builder[Receipt], replay: Builder[Replay]) -> None:
        """However often a replay is repeated, one submission makes one lead."""
        submission = a_submission(receipt=receipt())
        append(begin, submission)
        refused = [replay(submission_id=submission.receipt.id, outcome=Outcome.REFUSED) for _ in range(2)]
        keep_replays(begin, refused[0], replay(submission_id=submission.receipt.id), refused[1])

        with pytest.raises(StaleWrite):
            keep_replays(begin, replay(submission_id=submission.receipt.id, outcome=Outcome.UPDATED))

    # --- emptying -------------------------------------------------------------------------------------------------

    def test_emptied_request_leaves_its_verdict(
        self, begin: Begin, receipt: Builder[Receipt], replay: Builder[Replay]
    ) -> None:
        submission = a_submission(receipt=receipt(), code="invalid_caller_id", errors={"caller_id": ("is odd",)})
        other = a_submission(receipt=receipt())
        append(begin, submission, other)
        keep_replays(
            begin,
            edited := replay(submission_id=submission.receipt.id, edits={"caller_id": "12"}, outcome=Outcome.REFUSED),
            plain := replay(submission_id=submission.receipt.id),
        )

        with begin() as uow:
            uow.submissions.empty([submission.receipt.id])
            uow.commit()

        emptied = replace(submission, receipt=replace(submission.receipt, request={}, remote_ip=None))
        assert newest(begin) == [other, emptied]
        with begin() as uow:
            [replays] = uow.submissions.replays_of([submission.receipt.id]).values()
        assert replays == [replace(edited, edits={}), plain]

    def test_how_far_a_class_is_emptied_is_noted(self, begin: Begin, receipt: Builder[Receipt]) -> None:
        first, second, third = (a_submission(receipt=receipt()).receipt.id for _ in range(3))
        with begin() as uow:
            assert uow.submissions.emptied_to(KeptClass.REFUSED) is None
            uow.submissions.mark_emptied(KeptClass.REFUSED, first)
            uow.submissions.mark_emptied(KeptClass.ACCEPTED, first)
            uow.submissions.mark_emptied(KeptClass.REFUSED, third)
            uow.commit()

        with begin() as uow:
            assert uow.submissions.emptied_to(KeptClass.REFUSED) == third
            uow.submissions.reconsider(second)
            assert uow.submissions.emptied_to(KeptClass.ACCEPTED) == first
            before = uow.submissions.emptied_to(KeptClass.REFUSED)
            uow.commit()
        assert before is not None
        assert first < before < second
