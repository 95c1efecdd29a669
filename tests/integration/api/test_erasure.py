"""Erasure: nothing of a person stays, and their opt-out still holds; the same on every store."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID

import pytest

from leadintake.adapters.erasure_journal import MemoryErasureJournal
from leadintake.adapters.keyring import Keyring
from leadintake.domain.credential import Permission
from leadintake.domain.errors import NotFound, NotReplayable
from leadintake.domain.parameters import Limits
from leadintake.domain.phone import PhoneNumber
from leadintake.domain.remembering import digest_of
from leadintake.domain.submission import SubmissionId
from leadintake.domain.use_cases.erase_callers import EraseCallers, Eraser, erase_again, erase_callers
from leadintake.domain.use_cases.replay_submissions import ReplaySubmissions, replay_submissions
from leadintake.domain.use_cases.replay_unclaimed import ReplayUnclaimed, replay_unclaimed
from leadintake.entrypoints.api.intake.replaying import kept_reader

from tests.contracts.store import is_waiting
from tests.integration.api.conftest import ON_POSTGRES
from tests.integration.api.test_replays import refused_while_paused, replay, resume, shown
from tests.integration.api.test_unclaimed_replays import sampled
from tests.support.apps import KEYRING, LEADS, a_world
from tests.support.builders import NOW, a_receipt, a_submission, an_unclaimed_submission, new_id
from tests.support.traces import everything_in

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from concurrent.futures import Future
    from datetime import datetime

    from werkzeug.test import TestResponse

    from leadintake.adapters.sql.store import SqlStore
    from leadintake.domain.company import CompanyId
    from leadintake.domain.ports import ErasureJournal, JournalEntry, UnitOfWork

    from tests.support.apps import World

# Found in no other test's data: the stores are shared.
ADA = PhoneNumber("+12025550178")
BEN = PhoneNumber("+12025550179")
EMAIL = "ada.lovelace@erasure.example"
SECRET_WISH = "a-wish-of-ada-alone"
CERTIFICATE = "https://cert.trustedform.com/0123456789abcdef-of-ada"


def erase(world: World, caller: PhoneNumber = ADA, **query: Any) -> dict[str, Any]:  # noqa: ANN401 - whatever a query has
    """Erase the caller over HTTP and return what is answered."""
    response = world.client.post(
        f"/api/v1/contacts/{caller.e164}/caller_erase", query_string=query, headers=world.bearer()
    )
    assert response.status_code == 200, response.text
    return dict(response.get_json())


def an_eraser(world: World, journal: ErasureJournal, keyring: Keyring = KEYRING) -> Eraser:
    return Eraser(
        unit_of_work=world.store.unit_of_work,
        reading=world.store.reading,
        installation=world.store.installation,
        journal=journal,
        keyring=keyring,
        clock=world.clock,
        new_id=new_id,
    )


def submit_ada(world: World, token: str | None = None, /, **fields: Any) -> TestResponse:  # noqa: ANN401 - whatever JSON has
    """Submit Ada with all that a lead may carry."""
    return world.submit(
        token,
        caller_id="(202) 555-0178",
        email=EMAIL,
        wish=SECRET_WISH,
        xxTrustedFormCertUrl=CERTIFICATE,
        **fields,
    )


def is_known(world: World) -> list[str]:
    """Return what of Ada is anywhere in the company, and in what is no company's."""
    kept = everything_in(world.store, world.company.id)
    return [trace for trace in (ADA.e164, "2025550178", "555-0178", EMAIL, SECRET_WISH, CERTIFICATE) if trace in kept]


def fill(world: World) -> None:
    """Leave a trace of Ada in every place that there is."""
    assert submit_ada(world).status_code == 200
    assert submit_ada(world, world.offer_token).status_code == 200
    assert submit_ada(world, next_action_at="never").status_code == 422
    assert world.submit(caller_id="202-555-0178 and more").status_code == 422
    assert world.client.post(
        LEADS,
        json={"caller_id": ADA.e164, "email": EMAIL},
        headers={"X-Lead-Token": world.schedule_token, "Idempotency-Key": f"ada-{new_id()}"},
    ).get_json()["success"]
    assert world.submit("lt_nobody", caller_id="1 202 555 0178", wish=SECRET_WISH).status_code == 401
    kept = world.client.post(
        "/api/v1/suppression_lists", json={"name": "Complaints"}, headers=world.bearer()
    ).get_json()
    on_list = f"/api/v1/suppression_lists/{kept['suppression_list']['id']}/callers"
    assert world.client.post(on_list, json={"callers": [ADA.e164]}, headers=world.bearer()).status_code == 200
    opt_out = f"{LEADS}/{ADA.e164}/caller_opt_out?lead_token={world.schedule_token}"
    assert world.client.post(opt_out).status_code == 200
    call = {
        "caller_id": ADA.e164,
        "external_id": "2025550178-1772366400",
        "disposition": f"said {SECRET_WISH}",
        "tokens": {"email": EMAIL},
    }
    assert world.client.post("/api/v1/calls", json=call, headers=world.bearer()).status_code == 200
    sale = {"call_external_id": call["external_id"], "kind": "sale to 202-555-0178", "external_id": "+1 202 555 0178"}
    assert world.client.post("/api/v1/conversions", json=sale, headers=world.bearer()).status_code == 200


def suppress_ada(world: World) -> None:
    """Put Ada on a suppression list of the company."""
    with world.store.unit_of_work(world.company.id) as uow:
        complaints = uow.directory.add_suppression_list(name="Complaints")
        uow.suppression.add(complaints.id, [ADA], at=world.clock())
        uow.commit()


def test_nothing_of_an_erased_caller_is_left_anywhere(world: World) -> None:
    """The promise itself: not in a lead, a request, an event, an answer, a sample, nor a list."""
    fill(world)
    assert len(is_known(world)) > 4

    answer = erase(world)

    assert is_known(world) == []
    removed = answer["erasure"]["removed"]
    assert removed.pop("submissions") >= 6
    assert removed.pop("events") >= 4
    assert removed.pop("answers") >= 1
    assert removed.pop("samples") == 1
    left = {"contacts": 1, "leads": 2, "consents": 2, "suppression_entries": 1, "calls": 1, "conversions": 1}
    assert removed == left
    assert answer["erasure"]["was_opted_out"] is True
    assert answer["metadata"] == {"root": "erasure", "is_new": True, "dry_run": False}


def test_others_stay_as_they_are(world: World) -> None:
    fill(world)
    assert world.submit(caller_id=BEN.e164, email="ben@erasure.example", wish="another").status_code == 200
    ben = [lead for lead in world.leads() if lead.caller == BEN]

    erase(world)

    assert world.leads() == ben
    assert world.get(f"{LEADS}/{ben[0].id}").get_json()["lead"]["tokens"]["wish"] == "another"


def test_verdicts_of_an_erased_caller_are_still_counted(world: World) -> None:
    """Reports are about what was sent and what became of it, not about whom."""
    submit_ada(world)
    submit_ada(world, next_action_at="never")
    before = [(one.receipt.id, one.outcome, one.code) for one in world.submissions()]

    erase(world)

    assert [(one.receipt.id, one.outcome, one.code) for one in world.submissions()] == before
    shown = world.get(f"/api/v1/submissions/{before[0][0]}").get_json()["submission"]
    assert shown["request"] == {"query": [], "body": "empty", "erased": True}
    assert (shown["remote_ip"], shown["errors"], shown["warnings"]) == (None, {}, [])


@pytest.mark.parametrize(
    ("address", "wish"), [(LEADS, "caller_opt_out"), ("/api/v1/contacts", "caller_block")], ids=["opted_out", "blocked"]
)
def test_erased_caller_who_was_left_alone_is_still_refused(world: World, address: str, wish: str) -> None:
    """Else an old list that somebody imports again would undo the opt-out."""
    world.client.post(f"{address}/{ADA.e164}/{wish}", headers=world.bearer())
    erase(world)

    refused = submit_ada(world)

    assert (refused.status_code, refused.get_json()["code"]) == (422, "caller_opted_out")
    assert world.leads() == []
    listed = world.get("/api/v1/contacts/suppression_list").get_json()
    assert listed["contacts"] == []


def test_caller_from_a_suppression_list_is_still_refused(world: World) -> None:
    """The entry held the number, so it has to go; what it was for has to stay."""
    kept = world.client.post(
        "/api/v1/suppression_lists", json={"name": "Complaints"}, headers=world.bearer()
    ).get_json()
    on_list = f"/api/v1/suppression_lists/{kept['suppression_list']['id']}/callers"
    world.client.post(on_list, json={"callers": [ADA.e164]}, headers=world.bearer())

    assert erase(world)["erasure"]["was_opted_out"] is True

    assert submit_ada(world).get_json()["code"] == "caller_opted_out"


def test_erased_caller_who_wished_for_nothing_may_come_again(world: World) -> None:
    submit_ada(world)
    erase(world)

    assert submit_ada(world).get_json()["outcome"] == "created"


def test_opt_out_of_an_erased_caller_can_be_lifted_by_who_may(world: World) -> None:
    """On the caller's word; a lead token may not, as with any other opt-out."""
    world.client.post(f"{LEADS}/{ADA.e164}/caller_opt_out", headers=world.bearer())
    erase(world)

    by_token = world.submit(caller_id=ADA.e164, opt_out=False)
    lifted = world.client.post(f"/api/v1/contacts/{ADA.e164}/caller_unblock?lift_opt_out=true", headers=world.bearer())

    assert by_token.get_json()["code"] == "permission_denied"
    assert lifted.get_json()["outcome"] == "unblocked"
    assert submit_ada(world).get_json()["outcome"] == "created"
    assert erase(world)["erasure"]["was_opted_out"] is False


def test_opt_out_that_an_erased_caller_repeats_keeps_nothing(world: World) -> None:
    """Their wish stands already; a new contact would only bring the number back."""
    world.client.post(f"{LEADS}/{ADA.e164}/caller_opt_out", headers=world.bearer())
    erase(world)

    assert world.submit(caller_id=ADA.e164, opt_out=True).status_code == 200

    assert world.get("/api/v1/contacts/suppression_list").get_json()["contacts"] == []


def test_refusal_of_an_erased_caller_can_be_erased_too(world: World) -> None:
    """Who is posted again after the erasure is in the ledger again."""
    fill(world)
    erase(world)
    submit_ada(world)

    again = erase(world)

    assert is_known(world) == []
    assert again["erasure"]["removed"]["submissions"] == 1
    assert again["erasure"]["was_opted_out"] is True


def test_erasing_twice_is_erasing_once(world: World) -> None:
    fill(world)
    first, second = erase(world), erase(world)

    assert second["erasure"] == first["erasure"]
    assert second["metadata"]["is_new"] is False
    assert world.get("/api/v1/erasures").get_json()["erasures"] == [first["erasure"]]


def test_rehearsal_counts_and_keeps_everything(world: World) -> None:
    fill(world)
    before = is_known(world)

    rehearsed = erase(world, dry_run="yes")

    assert is_known(world) == before
    assert rehearsed["erasure"]["id"] is None
    assert rehearsed["metadata"]["dry_run"] is True
    assert rehearsed["erasure"]["removed"] == erase(world)["erasure"]["removed"]


def test_receipt_names_nobody(world: World) -> None:
    fill(world)
    answer = erase(world)

    assert ADA.e164[1:] not in json.dumps(answer)
    assert set(answer["erasure"]) == {"id", "erased_at", "was_opted_out", "removed"}


def test_erasing_needs_the_permission_of_an_administrator(world: World) -> None:
    submit_ada(world)
    key = world.another_key(Permission.READ, Permission.WRITE)

    response = world.client.post(f"/api/v1/contacts/{ADA.e164}/caller_erase", headers=world.bearer(key))

    assert response.status_code == 403
    assert len(world.leads()) == 1


def test_number_that_is_none_is_refused(world: World) -> None:
    response = world.client.post("/api/v1/contacts/12/caller_erase", headers=world.bearer())

    assert (response.status_code, response.get_json()["code"]) == (422, "invalid_caller_id")


def test_company_erases_its_own_only(world: World) -> None:
    """What another company keeps of the same person is that company's to erase."""
    submit_ada(world)
    other = another_company(world)
    submit_ada(other)
    other.client.post(f"{LEADS}/{ADA.e164}/caller_opt_out", headers=other.bearer())

    erase(other)

    assert [lead.caller for lead in world.leads()] == [ADA]
    assert submit_ada(world).get_json()["outcome"] == "updated"
    assert submit_ada(other).get_json()["code"] == "caller_opted_out"
    erase(world)


def another_company(world: World) -> World:
    """Return a second company in the same store."""
    return a_world(world.store)


def test_digest_of_an_older_secret_key_still_counts(world: World) -> None:
    """A secret key that was replaced must not bring those back who were erased under it."""
    journal = MemoryErasureJournal()
    old, new = "the key of last year, long enough", "the key of this year, long enough"
    world.client.post(f"{LEADS}/{ADA.e164}/caller_opt_out", headers=world.bearer())
    command = EraseCallers(company_id=world.company.id, callers=[ADA])
    [first] = erase_callers(command, eraser=an_eraser(world, journal, Keyring(old)))

    [second] = erase_callers(command, eraser=an_eraser(world, journal, Keyring(new, previous=[old])))

    assert (second.is_new, second.erasure) == (False, first.erasure)


def test_submission_carries_a_digest_whoever_judged_it(world: World) -> None:
    """A refused one too: it must be found when its caller is to be erased."""
    submit_ada(world)
    submit_ada(world, next_action_at="never")
    world.pause(schedule=NOW)
    submit_ada(world)
    world.client.post(f"{LEADS}/{ADA.e164}/caller_remove", headers=world.bearer())
    world.submit(caller_id="12")

    expected = digest_of(ADA, world.company.id, KEYRING)
    assert [one.caller_digest for one in world.submissions()] == [None, *[expected] * 4]


def test_submission_from_before_there_were_digests_is_found_by_what_it_says(world: World) -> None:
    """What was kept by an older version has to go as well."""
    receipt = a_receipt(
        company_id=world.company.id, request={"query": [["phone", "+1 (202) 555-0178"]], "body": "empty"}
    )
    unrelated = a_receipt(
        company_id=world.company.id, request={"query": [["phone", "12025550178999"]], "body": "empty"}
    )
    with world.store.unit_of_work(world.company.id) as uow:
        uow.submissions.append_all([a_submission(receipt=receipt), a_submission(receipt=unrelated)])
        uow.commit()

    assert erase(world)["erasure"]["removed"]["submissions"] == 1

    with world.store.reading(world.company.id) as uow:
        kept = uow.submissions.find(unrelated.id)
    assert kept is not None
    assert not kept.is_erased


def test_sample_of_somebody_else_stays(world: World) -> None:
    other = an_unclaimed_submission(request={"body": "caller_id=2025550199"})
    world.store.installation.keep_unclaimed(other, most=1_000)

    erase(world)

    assert other.id in {sample.id for sample in world.unclaimed()}


# --- replays ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("edits", "outcome"),
    [
        ({"caller_id": "(202) 555-0178", "xxTrustedFormCertUrl": CERTIFICATE}, "created"),
        ({"caller_id": "(202) 555-0178", "next_action_at": "never"}, "refused"),
        ({"caller_id": "202-555-0178 and more"}, "refused"),
        ({"caller_id": "(202)      555 0178", "next_action_at": "never"}, "refused"),
    ],
    ids=["taken", "refused", "unreadable", "far_apart"],
)
def test_caller_whom_the_edits_of_a_replay_name_is_erased(world: World, edits: dict[str, str], outcome: str) -> None:
    """The submission was about another: who was put in their place stands in the replay alone."""
    submission_id = refused_while_paused(world, caller_id=BEN.e164)
    replayed = replay(world, submission_id, edits={"email": EMAIL, "wish": SECRET_WISH, **edits})
    assert replayed["outcome"] == outcome
    assert is_known(world)

    assert erase(world)["erasure"]["removed"]["submissions"] == 1

    assert is_known(world) == []
    [kept] = shown(world, submission_id)["replays"]
    assert (kept["outcome"], kept["edits"], kept["errors"]) == (outcome, {}, {})
    assert erase(world)["metadata"]["is_new"] is False


def test_replays_of_an_erased_caller_s_submissions_are_blanked(world: World) -> None:
    submission_id = refused_while_paused(world, caller_id=ADA.e164)
    replay(world, submission_id, edits={"email": EMAIL, "wish": SECRET_WISH})

    erase(world)

    assert is_known(world) == []


def test_erased_submission_is_not_replayable(world: World) -> None:
    submission_id = refused_while_paused(world, caller_id=ADA.e164, wish=SECRET_WISH)
    erase(world)

    answer = world.post(
        f"/api/v1/submissions/{submission_id}/replay", json={"edits": {"caller_id": BEN.e164}}, headers=world.bearer()
    )

    assert (answer.status_code, answer.get_json()["code"]) == (422, "not_replayable")
    assert "erased" in answer.get_json()["detail"]
    assert (world.leads(), shown(world, submission_id)["replays"]) == ([], [])


def test_submission_that_is_erased_after_it_was_found_is_not_replayed(world: World) -> None:
    """Else a replay that was asked for a moment before would bring the person back."""
    submission_id = SubmissionId(UUID(refused_while_paused(world, caller_id=ADA.e164, wish=SECRET_WISH)))

    @contextmanager
    def reading(company_id: CompanyId) -> Iterator[UnitOfWork]:
        with world.store.reading(company_id) as uow:
            yield uow
        erase(world)

    done = replay_submissions(
        ReplaySubmissions(company_id=world.company.id, submission_ids=frozenset({submission_id})),
        kept_reader(Limits()),
        reading=reading,
        unit_of_work=world.store.unit_of_work,
        keyring=KEYRING,
        clock=world.clock,
        new_id=new_id,
    )

    assert [type(each.refusal) for each in done.replayed] == [NotReplayable]
    assert is_known(world) == []


def test_replay_for_an_erased_caller_who_had_opted_out_is_refused(world: World) -> None:
    submission_id = refused_while_paused(world, caller_id=BEN.e164)
    world.client.post(f"{LEADS}/{ADA.e164}/caller_opt_out", headers=world.bearer())
    erase(world)

    replayed = replay(world, submission_id, edits={"caller_id": ADA.e164})

    assert replayed["code"] == "caller_opted_out"
    assert world.leads() == []
    assert erase(world)["metadata"]["is_new"] is True
    assert is_known(world) == []


def test_evidence_of_consent_comes_with_a_replay_too(world: World) -> None:
    world.pause(schedule=NOW)
    submission_id = submit_ada(world).get_json()["submission_id"]
    resume(world)

    lead_id = replay(world, submission_id)["lead_id"]

    [consent] = world.get(f"{LEADS}/{lead_id}/consents").get_json()["consents"]
    assert (consent["submission_id"], consent["certificates"][0]["value"]) == (submission_id, CERTIFICATE)
    assert erase(world)["erasure"]["removed"]["consents"] == 1


def test_dry_run_of_a_replay_keeps_no_evidence(world: World) -> None:
    world.pause(schedule=NOW)
    submission_id = submit_ada(world).get_json()["submission_id"]
    resume(world)

    replay(world, submission_id, dry_run=True)

    assert erase(world)["erasure"]["removed"]["consents"] == 0


def test_sample_that_was_filed_is_erased_like_any_other(world: World) -> None:
    sample = sampled(world, caller_id="1 202 555 0178", wish=SECRET_WISH, xxTrustedFormCertUrl=CERTIFICATE)
    command = ReplayUnclaimed(company_id=world.company.id, owner=world.schedule.ref, submission_id=sample.id)

    world.services.replay_unclaimed(command, kept_reader(Limits()))

    assert [one.caller_digest for one in world.submissions()] == [digest_of(ADA, world.company.id, KEYRING)]
    removed = erase(world)["erasure"]["removed"]
    assert (removed["submissions"], removed["consents"], removed["samples"]) == (1, 1, 0)
    assert is_known(world) == []


@pytest.mark.parametrize("store_name", ["memory", pytest.param("postgres", marks=ON_POSTGRES)])
def test_sample_that_is_erased_while_it_is_filed_is_not_filed(store_name: str, request: pytest.FixtureRequest) -> None:
    """In SQLite nobody else writes meanwhile."""
    world = a_world(request.getfixturevalue(f"{store_name}_store"))
    sample = sampled(world, caller_id="1 202 555 0178", wish=SECRET_WISH)

    def while_filed() -> datetime:
        world.store.installation.forget_unclaimed([sample.id])
        return world.clock()

    with pytest.raises(NotFound):
        replay_unclaimed(
            ReplayUnclaimed(company_id=world.company.id, owner=world.schedule.ref, submission_id=sample.id),
            kept_reader(Limits()),
            installation=world.store.installation,
            unit_of_work=world.store.unit_of_work,
            keyring=KEYRING,
            clock=while_filed,
            new_id=new_id,
        )

    assert is_known(world) == []


# --- the journal ------------------------------------------------------------------------------------------------------


def test_journal_does_an_erasure_again_in_an_older_database(world: World) -> None:
    """A backup from before the erasure has the person in it; whoever restores it must not bring them back."""
    journal = MemoryErasureJournal()
    restored = another_company(world)
    digest = digest_of(ADA, restored.company.id, KEYRING)
    command = EraseCallers(company_id=world.company.id, callers=[ADA])
    world.client.post(f"{LEADS}/{ADA.e164}/caller_opt_out", headers=world.bearer())
    [erased] = erase_callers(command, eraser=an_eraser(world, journal))
    [line] = journal.entries()
    older = MemoryErasureJournal()
    older.append_all([replace(line, company_id=restored.company.id, digest=digest)])
    fill(restored)

    assert erase_again(eraser=an_eraser(restored, older)) == 1

    assert is_known(world) == []
    assert submit_ada(restored).get_json()["code"] == "caller_opted_out"
    [receipt] = restored.get("/api/v1/erasures").get_json()["erasures"]
    assert receipt["id"] == str(erased.erasure.id)


def test_journal_erases_who_was_only_ever_refused(world: World) -> None:
    """They have no contact to be found by, only a digest on what was sent."""
    world.pause(schedule=NOW)
    assert submit_ada(world).status_code == 422
    digest = digest_of(ADA, world.company.id, KEYRING)
    journal = MemoryErasureJournal()
    other = MemoryErasureJournal()
    erase_callers(EraseCallers(company_id=world.company.id, callers=[BEN]), eraser=an_eraser(world, other))
    journal.append_all([replace(other.entries()[0], digest=digest)])

    erase_again(eraser=an_eraser(world, journal))

    assert is_known(world) == []


def test_journal_leaves_alone_who_came_back_after_their_erasure(world: World) -> None:
    """What the restored database knows of an erasure was done in it: the rest came later, and of free will."""
    journal = MemoryErasureJournal()
    submit_ada(world)
    erase_callers(EraseCallers(company_id=world.company.id, callers=[ADA]), eraser=an_eraser(world, journal))
    world.clock.advance(timedelta(days=1))
    submit_ada(world)

    erase_again(eraser=an_eraser(world, journal))

    assert [lead.caller for lead in world.leads()] == [ADA]
    erase(world)


def test_journal_holds_no_number(world: World) -> None:
    journal = MemoryErasureJournal()
    submit_ada(world)
    erase_callers(EraseCallers(company_id=world.company.id, callers=[ADA]), eraser=an_eraser(world, journal))

    assert ADA.e164[1:] not in repr(journal.entries())


# --- races ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("store_name", ["memory", "sqlite", pytest.param("postgres", marks=ON_POSTGRES)])
def test_erasure_among_submissions_of_the_same_caller_leaves_no_half(
    store_name: str, request: pytest.FixtureRequest
) -> None:
    """They come before it and are erased, or after it and are refused: an erased opt-out never leaks."""
    world = a_world(request.getfixturevalue(f"{store_name}_store"))
    submit_ada(world)
    world.client.post(f"{LEADS}/{ADA.e164}/caller_opt_out", headers=world.bearer())

    with ThreadPoolExecutor(8) as senders:
        sent = [senders.submit(submit_ada, world) for _ in range(20)]
        answer = erase(world)
        sent += [senders.submit(submit_ada, world) for _ in range(20)]
        codes = {one.result().get_json().get("code") for one in sent}

    assert codes == {"caller_opted_out"}
    assert answer["erasure"]["was_opted_out"] is True
    assert world.leads() == []
    erase(world)
    assert is_known(world) == []


@ON_POSTGRES
def test_replay_that_has_waited_for_an_erasure_of_its_caller_reads_again(postgres_store: SqlStore) -> None:
    """What it had read before it held the caller is not there any more; elsewhere only one writes at a time."""
    world = a_world(postgres_store)
    submission_id = refused_while_paused(world, caller_id=ADA.e164, wish=SECRET_WISH)
    address = f"/api/v1/submissions/{submission_id}/replay"
    command = EraseCallers(company_id=world.company.id, callers=[ADA])

    with ThreadPoolExecutor(1) as other:
        replaying: list[Future[TestResponse]] = []

        class WhileHeld(MemoryErasureJournal):
            def append_all(self, entries: Sequence[JournalEntry]) -> None:
                replaying.append(other.submit(world.post, address, json={}, headers=world.bearer()))
                assert is_waiting(replaying[0])
                super().append_all(entries)

        erase_callers(command, eraser=an_eraser(world, WhileHeld()))
        code = replaying[0].result().get_json()["code"]

    assert code == "not_replayable"
    assert is_known(world) == []
