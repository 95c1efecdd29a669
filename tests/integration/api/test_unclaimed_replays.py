"""Samples of requests that name nobody we know: what is sampled, and filing one under its owner."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from leadintake.domain.errors import NotFound, NotReplayable
from leadintake.domain.owner import OwnerKind, OwnerRef
from leadintake.domain.parameters import Limits
from leadintake.domain.submission import KeptClass, Outcome, UnclaimedReason
from leadintake.domain.use_cases.replay_unclaimed import ReplayUnclaimed
from leadintake.entrypoints.api.intake.replaying import kept_reader

from tests.integration.api.test_simultaneous import at_once
from tests.support.apps import LEADS

if TYPE_CHECKING:
    from collections.abc import Callable

    from werkzeug.test import TestResponse

    from leadintake.domain.submission import SubmissionId, UnclaimedSubmission
    from leadintake.domain.use_cases.replay_submissions import Replayed

    from tests.support.apps import World

ADA = "+12025550143"
READ = kept_reader(Limits())


def posted(world: World, post: Callable[[], TestResponse]) -> tuple[TestResponse, UnclaimedSubmission]:
    """Post, and return the answer and the sample that was kept of it; other tests have left theirs in the store."""
    before = {sample.id for sample in world.unclaimed()}
    answer = post()
    [sample] = [each for each in world.unclaimed() if each.id not in before]
    return answer, sample


def sampled(world: World, **fields: object) -> UnclaimedSubmission:
    """Submit by a lead token that nobody has, and return the sample."""
    answer, sample = posted(world, lambda: world.submit("lt_nobodys", **fields))
    assert answer.status_code == 401
    return sample


def file(world: World, submission_id: SubmissionId, *, is_dry_run: bool = False) -> Replayed:
    """Say that it is the schedule's."""
    command = ReplayUnclaimed(
        company_id=world.company.id, owner=world.schedule.ref, submission_id=submission_id, is_dry_run=is_dry_run
    )
    return world.services.replay_unclaimed(command, READ)


def test_sample_becomes_a_submission_of_its_owner_with_its_own_time(world: World) -> None:
    sample = sampled(world, caller_id=ADA, interest="kittens", expires_in=120)
    world.clock.advance(timedelta(hours=1))

    filed = file(world, sample.id)

    [lead], [submission] = world.leads(), world.submissions()
    assert (filed.outcome, filed.lead_id, lead.tokens) == (Outcome.CREATED, lead.id, {"interest": "kittens"})
    assert lead.expires_at == sample.received_at + timedelta(hours=2)
    assert (submission.receipt.id, submission.receipt.received_at) == (sample.id, sample.received_at)
    assert (submission.receipt.request, submission.owner) == (sample.request, world.schedule.ref)
    assert sample.id not in {each.id for each in world.unclaimed()}


def test_filing_twice_is_filing_once(world: World) -> None:
    sample = sampled(world, caller_id=ADA)
    first = file(world, sample.id)

    again = file(world, sample.id)

    assert (again.outcome, again.lead_id) == (Outcome.UNCHANGED, first.lead_id)
    assert [lead.version for lead in world.leads()] == [1]


def test_filed_by_many_at_once_it_is_one_lead(world: World) -> None:
    sample = sampled(world, caller_id=ADA)
    outcomes: list[Outcome] = []

    def send(world: World, _number: int) -> object:
        outcomes.append(file(world, sample.id).outcome)
        return None

    at_once(world, [send] * 4)  # type: ignore[list-item]  # what is returned does not matter

    assert sorted(outcomes) == [Outcome.CREATED, *[Outcome.UNCHANGED] * 3]
    assert [lead.version for lead in world.leads()] == [1]


def test_dry_run_changes_nothing(world: World) -> None:
    sample = sampled(world, caller_id=ADA)

    filed = file(world, sample.id, is_dry_run=True)

    assert (filed.outcome, filed.lead_id) == (Outcome.CREATED, None)
    assert (world.leads(), world.submissions()) == ([], [])
    assert sample.id in {each.id for each in world.unclaimed()}


def test_refused_one_is_in_the_ledger_and_can_be_replayed(world: World) -> None:
    sample = sampled(world, caller_id="12")

    filed = file(world, sample.id)

    assert filed.refusal is not None
    assert filed.refusal.code == "invalid_caller_id"
    path = f"/api/v1/submissions/{sample.id}/replay"
    answer = world.post(path, json={"edits": {"caller_id": ADA}}, headers=world.bearer()).get_json()
    assert answer["replay"]["outcome"] == "created"


def test_opted_out_caller_stays_left_alone(world: World) -> None:
    sample = sampled(world, caller_id=ADA)
    world.submit(caller_id=ADA, opt_out=True)

    assert file(world, sample.id).outcome is Outcome.REFUSED
    assert world.leads() == []


def test_filed_late_it_is_forgotten_in_time_all_the_same(world: World) -> None:
    """It comes into the ledger behind the mark up to which the ledger was emptied already."""
    sample = sampled(world, caller_id="12")
    with world.store.unit_of_work(world.company.id) as uow:
        uow.submissions.mark_emptied(KeptClass.WITHOUT_CALLER, world.services.new_id())  # type: ignore[arg-type]
        uow.commit()

    file(world, sample.id)

    with world.store.reading(world.company.id) as uow:
        mark = uow.submissions.emptied_to(KeptClass.WITHOUT_CALLER)
    assert mark is not None
    assert mark < sample.id


def test_what_is_not_there_is_not_filed(world: World) -> None:
    sample = sampled(world, caller_id=ADA)
    nowhere = ReplayUnclaimed(company_id=world.company.id, owner=OwnerRef(OwnerKind.OFFER, 77), submission_id=sample.id)

    with pytest.raises(NotFound):
        world.services.replay_unclaimed(nowhere, READ)
    with pytest.raises(NotFound):
        file(world, world.services.new_id())  # type: ignore[arg-type]
    assert world.submissions() == []


def test_what_could_not_be_read_is_not_filed(world: World) -> None:
    headers = {"X-Lead-Token": world.schedule_token, "Content-Type": "application/json"}
    _, sample = posted(world, lambda: world.post(data=b"{", headers=headers))

    with pytest.raises(NotReplayable):
        file(world, sample.id)
    assert sample.reason is UnclaimedReason.MALFORMED_BODY


class TestSampled:
    def test_carrier_that_is_not_read_is_sampled_without_its_credential(self, world: World) -> None:
        """Somebody sends XML and wonders where the leads are."""
        headers = {"X-Lead-Token": world.schedule_token, "Content-Type": "text/xml"}
        body = f"<lead><phone>{ADA}</phone><t>{world.schedule_token}</t></lead>"

        answer, sample = posted(world, lambda: world.post(f"{LEADS}?sub_id=A", data=body, headers=headers))

        assert (answer.status_code, sample.reason) == (415, UnclaimedReason.UNSUPPORTED_MEDIA_TYPE)
        assert ADA in sample.request["unreadable"]
        assert sample.request["query"] == [["sub_id", "A"]]
        assert world.schedule_token not in str(sample)

    def test_body_that_is_too_large_is_sampled_without_it(self, world: World) -> None:
        headers = {"X-Lead-Token": world.schedule_token, "Content-Type": "application/json"}
        body = b'{"caller_id": "' + b"7" * Limits().max_body_bytes + b'"}'
        address = f"{LEADS}?lead_token={world.schedule_token}&sub_id=A"

        answer, sample = posted(world, lambda: world.post(address, data=body, headers=headers))

        assert (answer.status_code, sample.reason) == (413, UnclaimedReason.PAYLOAD_TOO_LARGE)
        assert sample.request == {"query": [["lead_token", "[redacted]"], ["sub_id", "A"]], "body": "empty"}

    def test_body_with_too_much_in_it_is_sampled_without_it(self, world: World) -> None:
        body = "&".join(f"n{number}=secret" for number in range(Limits().max_parameters + 1))
        headers = {"X-Lead-Token": world.schedule_token, "Content-Type": "application/x-www-form-urlencoded"}

        answer, sample = posted(world, lambda: world.post(data=body, headers=headers))

        assert answer.status_code == 413
        assert "secret" not in str(sample)
