"""`/settings`: who signs in, and what programs come with."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING
from uuid import uuid4

import pytest

from leadintake.domain.use_cases.manage_lead_tokens import ListLeadTokens, TokenStatus
from leadintake.domain.use_cases.paging import Window
from leadintake.domain.user import Role

from tests.support.apps import a_world
from tests.support.visits import a_stranger, a_visit, plain

if TYPE_CHECKING:
    from leadintake.adapters.memory.store import MemoryStore
    from leadintake.domain.use_cases.manage_lead_tokens import LeadTokenRecord

    from tests.support.apps import World
    from tests.support.visits import Visit

USERS, KEYS, TOKENS = "/settings/users", "/settings/api_keys", "/settings/lead_tokens"
MARKUP = "<script>alert(1)</script>"


def token_of(world: World) -> LeadTokenRecord:
    """Return the schedule's only lead token."""
    [record] = world.services.list_lead_tokens(world.company.id, ListLeadTokens(owner=world.schedule.ref)).items
    return record


def secret_on(html: str, element: str) -> str:
    """Return what is shown once."""
    found = re.search(rf'id="{element}">([^<]+)<', html)
    assert found is not None
    return found[1]


class TestCompany:
    def test_shows_how_numbers_times_and_amounts_are_read(self, world: World) -> None:
        said = a_visit(world, Role.OPERATOR).text("/settings")

        assert world.company.name in said
        assert "Region US" in said
        assert "Time zone America/New_York" in said
        assert "Currency USD" in said

    def test_owner_changes_how_numbers_and_times_are_read(self, world: World, owner: Visit) -> None:
        answer = owner.post("/settings", region="gb", time_zone="Asia/Kathmandu")

        assert (answer.status_code, answer.headers["Location"]) == (303, "/settings")
        assert "Saved." in owner.text("/settings")
        changed = world.services.read_directory(world.company.id).company
        assert changed == replace(world.company, region="GB", time_zone="Asia/Kathmandu")
        lead = world.submit(caller_id="020 7946 0018", next_action_at="2026-03-02T09:00").get_json()["lead"]
        assert (lead["caller_id"], lead["next_action_at"]) == ("+442079460018", "2026-03-02T03:15:00Z")

    @pytest.mark.parametrize(
        ("field", "text", "said"),
        [
            ("region", "XX", "must be the two letters of a country"),
            ("time_zone", "Berlin", "is no time zone"),
        ],
    )
    def test_what_is_wrong_is_told_beside_its_field(
        self, world: World, owner: Visit, field: str, text: str, said: str
    ) -> None:
        fields = {"region": "GB", "time_zone": "UTC", field: text}

        answer = owner.send("/settings", fields)

        assert answer.status_code == 422
        assert re.search(rf'id="{field}-wrong"[^>]*>{said}', answer.text)
        assert f'value="{text}"' in answer.text
        assert world.services.read_directory(world.company.id).company == world.company

    def test_name_is_not_for_owners_to_change(self, world: World, owner: Visit) -> None:
        """Whether a name is free would tell of the other companies."""
        owner.post("/settings", name="Others", region="US", time_zone="UTC")

        assert world.services.read_directory(world.company.id).company.name == world.company.name

    @pytest.mark.parametrize("role", [Role.OPERATOR, Role.VIEWER])
    def test_owners_alone_change_it(self, world: World, role: Role) -> None:
        visit = a_visit(world, role)

        assert visit.post("/settings", region="GB").status_code == 403
        assert 'action="/settings"' not in visit.get("/settings").text

    @pytest.mark.parametrize("path", ["/settings", USERS, KEYS, TOKENS])
    def test_strangers_are_asked_who_they_are(self, world: World, path: str) -> None:
        answer = a_stranger(world).get(path)

        assert (answer.status_code, answer.headers["Location"]) == (303, f"/sign-in?next={path}")


class TestUsers:
    def test_added_user_signs_in_with_the_password_that_is_shown_once(self, world: World, owner: Visit) -> None:
        answer = owner.post(USERS, email=" Ada@Example.com ", role="operator")

        password = secret_on(answer.text, "made-password")
        assert answer.headers["Cache-Control"] == "no-store"
        assert a_stranger(world).post("/sign-in", email="ada@example.com", password=password).status_code == 303
        assert password not in owner.get(USERS).text

    @pytest.mark.parametrize(
        ("fields", "said"),
        [
            ({"email": "nobody", "role": "viewer"}, "is not an e-mail address"),
            ({"email": "a" * 255 + "@example.com", "role": "viewer"}, "is not an e-mail address"),
            ({"email": "a@example.com", "role": "king"}, "must be one of owner, operator, viewer"),
            ({"role": "viewer"}, "is required"),
        ],
    )
    def test_bad_user_is_told_at_its_field(self, owner: Visit, fields: dict[str, str], said: str) -> None:
        answer = owner.send(USERS, fields)

        assert answer.status_code == 422
        assert said in plain(answer.text)

    def test_address_that_somebody_has_is_refused(self, world: World, owner: Visit) -> None:
        owner.post(USERS, email="ada@example.com", role="viewer")

        answer = owner.post(USERS, email="ADA@example.com", role="viewer")

        assert answer.status_code == 422
        assert "is already taken" in plain(answer.text)
        assert len(world.services.list_users(world.company.id, Window()).items) == 2

    def test_role_is_changed(self, world: World, owner: Visit) -> None:
        ada = world.services.add_user(world.company.id, {"email": "ada@example.com", "role": Role.VIEWER}).user

        assert owner.post(f"{USERS}/{ada.id}/role", role="operator").status_code == 303

        assert world.services.read_user(world.company.id, ada.id).role is Role.OPERATOR
        assert owner.post(f"{USERS}/{ada.id}/role", role="king").status_code == 422

    def test_deactivated_user_is_out_at_once_and_may_be_let_in_again(self, world: World, owner: Visit) -> None:
        viewer = a_visit(world, Role.VIEWER)
        assert viewer.user is not None
        assert viewer.get("/settings").status_code == 200

        owner.post(f"{USERS}/{viewer.user.id}/deactivate")
        assert viewer.get("/settings").status_code == 303
        assert "deactivated" in owner.text(USERS)

        owner.post(f"{USERS}/{viewer.user.id}/activate")
        assert world.services.read_user(world.company.id, viewer.user.id).is_active

    def test_last_owner_stays(self, world: World, owner: Visit) -> None:
        assert owner.user is not None

        answer = owner.post(f"{USERS}/{owner.user.id}/deactivate")

        assert answer.status_code == 422
        assert "make somebody else an owner first" in plain(answer.text)
        assert world.services.read_user(world.company.id, owner.user.id).is_active

    def test_owner_who_steps_down_is_led_where_they_may_be(self, world: World, owner: Visit) -> None:
        assert owner.user is not None
        world.services.add_user(world.company.id, {"email": "ada@example.com", "role": Role.OWNER})

        answer = owner.post(f"{USERS}/{owner.user.id}/role", role="viewer")

        assert answer.headers["Location"] == "/settings"

    def test_reset_password_is_shown_once_and_ends_the_sessions(self, world: World, owner: Visit) -> None:
        viewer = a_visit(world, Role.VIEWER)
        assert viewer.user is not None

        answer = owner.post(f"{USERS}/{viewer.user.id}/password")

        password = secret_on(answer.text, "made-password")
        assert viewer.get("/settings").status_code == 303
        assert a_stranger(world).post("/sign-in", email=viewer.user.email, password=password).status_code == 303

    def test_owner_who_resets_their_own_password_goes_on(self, owner: Visit) -> None:
        assert owner.user is not None

        owner.post(f"{USERS}/{owner.user.id}/password")

        assert owner.get(USERS).status_code == 200

    def test_sessions_are_ended(self, world: World, owner: Visit) -> None:
        viewer = a_visit(world, Role.VIEWER)
        assert viewer.user is not None
        assert owner.user is not None

        owner.post(f"{USERS}/{viewer.user.id}/sessions/end")
        owner.post(f"{USERS}/{owner.user.id}/sessions/end")

        assert viewer.get("/settings").status_code == 303
        assert owner.get("/settings").status_code == 200

    @pytest.mark.parametrize("role", [Role.OPERATOR, Role.VIEWER])
    def test_only_owners_look_after_users(self, world: World, owner: Visit, role: Role) -> None:
        visit = a_visit(world, role)
        assert owner.user is not None
        user = f"{USERS}/{owner.user.id}"

        assert visit.get(USERS).status_code == 403
        assert visit.post(USERS, email="eve@example.com", role="owner").status_code == 403
        for path in ("role", "deactivate", "activate", "password", "sessions/end"):
            assert visit.post(f"{user}/{path}", role="viewer").status_code == 403
        assert "/settings/users" not in visit.get("/settings").text
        assert owner.get(USERS).status_code == 200

    def test_users_of_other_companies_are_as_absent_ones(self, store: MemoryStore, owner: Visit) -> None:
        other = a_visit(a_world(store), Role.VIEWER)
        assert other.user is not None

        for user_id in (other.user.id, uuid4()):
            for path in ("role", "deactivate", "activate", "password", "sessions/end"):
                assert owner.post(f"{USERS}/{user_id}/{path}", role="viewer").status_code == 404
        assert other.get("/settings").status_code == 200
        assert other.user.email not in owner.get(USERS).text


class TestApiKeys:
    def test_made_key_works_and_its_private_half_is_shown_once(self, world: World, owner: Visit) -> None:
        answer = owner.post(KEYS, label="The dialer", permissions=["read"])

        private = secret_on(answer.text, "made-key")
        asked = world.client.get("/api/v1/leads", headers={"Authorization": f"Bearer {private}"})
        assert asked.status_code == 200
        assert answer.headers["Cache-Control"] == "no-store"
        page = owner.get(KEYS).text
        assert private not in page
        assert "The dialer" in page

    def test_key_that_may_nothing_is_refused(self, world: World, owner: Visit) -> None:
        answer = owner.post(KEYS, label="The dialer")

        assert answer.status_code == 422
        assert len(world.services.list_api_keys(world.company.id, Window()).items) == 1

    def test_revoked_key_opens_nothing(self, world: World) -> None:
        operator = a_visit(world, Role.OPERATOR)
        [record] = world.services.list_api_keys(world.company.id, Window()).items

        answer = operator.post(f"{KEYS}/{record.key.id}/revoke")

        assert answer.status_code == 303
        assert world.get().status_code == 401
        assert "revoked" in operator.text(KEYS)

    @pytest.mark.parametrize("role", [Role.OPERATOR, Role.VIEWER])
    def test_only_owners_make_keys(self, world: World, role: Role) -> None:
        visit = a_visit(world, role)

        assert visit.post(KEYS, label="Mine", permissions="admin").status_code == 403
        assert "Make an API key" not in visit.text(KEYS)

    def test_viewers_end_none(self, world: World) -> None:
        [record] = world.services.list_api_keys(world.company.id, Window()).items

        assert a_visit(world, Role.VIEWER).post(f"{KEYS}/{record.key.id}/revoke").status_code == 403
        assert world.get().status_code == 200

    def test_keys_of_other_companies_are_as_absent_ones(self, store: MemoryStore, owner: Visit) -> None:
        other = a_world(store)
        [record] = other.services.list_api_keys(other.company.id, Window()).items

        assert owner.post(f"{KEYS}/{record.key.id}/revoke").status_code == 404
        assert owner.post(f"{KEYS}/{uuid4()}/revoke").status_code == 404
        assert other.get().status_code == 200
        assert record.key.public not in owner.get(KEYS).text

    def test_page_of_a_company_without_keys_says_what_they_are_for(self, world: World, store: MemoryStore) -> None:
        bare = replace(world, company=store.installation.add_company(name="Bare", region="US", time_zone="UTC"))

        assert "There is no API key yet" in a_visit(bare).text(KEYS)


class TestLeadTokens:
    def test_lists_those_of_all_owners(self, world: World, owner: Visit) -> None:
        said = owner.text(TOKENS)

        assert "Schedule 1: Call at once" in said
        assert "Offer 1: Solar roofs" in said
        assert world.schedule_token not in owner.get(TOKENS).text

    def test_filters_by_state_and_owner(self, world: World, owner: Visit) -> None:
        world.revoke(world.schedule_token)

        assert "Solar roofs" not in owner.text(TOKENS, status="revoked")
        assert "Call at once" not in owner.text(TOKENS, offer_id=world.offer.id)
        assert "There is no such API token" in owner.text(TOKENS, status="expired")
        assert "Solar roofs" in owner.text(TOKENS, status="nonsense", offer_id="x")

    def test_label_is_text_and_nothing_else(self, world: World, owner: Visit) -> None:
        record = token_of(world)
        world.services.change_lead_token(world.company.id, record.credential.id, {"label": MARKUP})

        for path in (TOKENS, f"{TOKENS}/{record.credential.id}", f"{TOKENS}/{record.credential.id}/leads"):
            assert MARKUP not in owner.get(path).text
            assert MARKUP in plain(owner.get(path).text) or "&lt;script&gt;" in owner.get(path).text

    def test_restrictions_hold_from_the_next_request_on(self, world: World, owner: Visit) -> None:
        record = token_of(world)
        page = f"{TOKENS}/{record.credential.id}"

        answer = owner.post(page, label="Shop", networks="203.0.113.0/24\n198.51.100.7", daily_cap="5", expires_at="")

        assert answer.status_code == 303
        assert world.submit(caller_id="8004506787").status_code == 403
        assert "from 203.0.113.0/24, 198.51.100.7; 5 leads a day" in owner.text(page)

    def test_end_is_in_the_companys_zone(self, world: World, owner: Visit) -> None:
        record = token_of(world)
        page = f"{TOKENS}/{record.credential.id}"

        owner.post(page, label="", expires_at="2030-07-01T09:00:00")

        expires_at = token_of(world).credential.expires_at
        assert expires_at is not None
        assert expires_at.isoformat() == "2030-07-01T13:00:00+00:00"
        assert 'value="2030-07-01T09:00:00"' in owner.get(page).text

    def test_bad_restriction_is_told_at_its_field_and_what_was_typed_stays(self, world: World, owner: Visit) -> None:
        page = f"{TOKENS}/{token_of(world).credential.id}"

        answer = owner.post(page, label="Shop", networks="somewhere", daily_cap="-1", traffic_source_id="9")

        assert answer.status_code == 422
        said = plain(answer.text)
        assert "is no address and no network" in said
        assert "must be from 1 to" in said
        assert "somewhere" in answer.text

    def test_rotated_token_works_through_its_grace(self, world: World, owner: Visit) -> None:
        page = f"{TOKENS}/{token_of(world).credential.id}"

        answer = owner.post(f"{page}/rotate", grace_seconds="3600")

        assert answer.status_code == 303
        assert answer.headers["Location"] != page
        assert world.submit(caller_id="8004506787").status_code == 200
        world.clock.advance(timedelta(hours=1))
        assert world.submit(caller_id="8004506787").status_code == 401
        assert "its successor" in owner.text(page)
        assert owner.post(f"{page}/rotate", grace_seconds="0").status_code == 422
        assert owner.get(answer.headers["Location"]).status_code == 200

    @pytest.mark.parametrize("grace", ["-1", "soon", "99999999"])
    def test_grace_that_is_none_of_the_choices_is_refused(self, world: World, owner: Visit, grace: str) -> None:
        answer = owner.post(f"{TOKENS}/{token_of(world).credential.id}/rotate", grace_seconds=grace)

        assert answer.status_code == 422
        assert token_of(world).status is TokenStatus.ACTIVE

    def test_revoked_token_ends_at_once(self, world: World, owner: Visit) -> None:
        page = f"{TOKENS}/{token_of(world).credential.id}"

        owner.post(f"{page}/revoke")

        assert world.submit(caller_id="8004506787").status_code == 401
        said = owner.text(page)
        assert "Revoked" in said
        assert "Keep these restrictions" not in said
        assert owner.post(page, label="x").status_code == 422

    def test_viewers_see_and_change_nothing(self, world: World) -> None:
        viewer, page = a_visit(world, Role.VIEWER), f"{TOKENS}/{token_of(world).credential.id}"

        said = viewer.text(page)

        assert "Keep these restrictions" not in said
        assert "Revoke" not in said
        for path in ("", "/rotate", "/revoke", "/leads/remove", "/undo_opt_outs"):
            assert viewer.post(f"{page}{path}", since="2026-01-01T00:00").status_code == 403

    def test_form_that_is_none_of_ours_changes_nothing(self, world: World, owner: Visit) -> None:
        answer = owner.post(f"{TOKENS}/{token_of(world).credential.id}/revoke", forged=True)

        assert answer.status_code == 400
        assert token_of(world).status is TokenStatus.ACTIVE

    def test_tokens_of_other_companies_are_as_absent_ones(self, store: MemoryStore, owner: Visit) -> None:
        other = a_world(store)
        theirs = token_of(other).credential.id

        for token_id in (theirs, uuid4(), "nonsense"):
            page = f"{TOKENS}/{token_id}"
            assert owner.get(page).status_code == 404
            assert owner.get(f"{page}/leads", since="2026-01-01T00:00").status_code == 404
            for path in ("", "/rotate", "/revoke", "/leads/remove", "/undo_opt_outs"):
                assert owner.post(f"{page}{path}", since="2026-01-01T00:00", grace_seconds="0").status_code in {
                    404,
                    405,
                }
        assert token_of(other).status is TokenStatus.ACTIVE


class TestLeakedToken:
    """A secret token came with a browser's origin: what the page says to do can be done from it."""

    @pytest.fixture
    def page(self, world: World) -> str:
        world.client.post(
            "/api/v1/leads",
            json={"caller_id": "8004506787", "sub_id": MARKUP},
            headers={"X-Lead-Token": world.schedule_token, "Origin": "https://shop.example"},
        )
        world.services.write_down_sightings()
        return f"{TOKENS}/{token_of(world).credential.id}"

    def test_alarm_says_what_to_do(self, owner: Visit, page: str) -> None:
        said, html = owner.text(page), owner.get(page).text

        assert "leaked" in owner.text(TOKENS)
        assert "A browser page of https://shop.example sends this secret token" in said
        assert "/schedules/1/submit_leads_help#javascript" in html
        assert f"{page}/leads?since=" in html

    def test_review_lists_what_came_by_it(self, owner: Visit, page: str) -> None:
        answer = owner.get(f"{page}/leads", since="2020-01-01T00:00")

        said = plain(answer.text)
        assert "+18004506787" in said
        assert "began the lead" in said
        assert MARKUP not in answer.text

    def test_leads_are_removed_together(self, world: World, owner: Visit, page: str) -> None:
        answer = owner.post(f"{page}/leads/remove", since="2020-01-01T00:00")

        assert answer.status_code == 303
        assert [lead.status.value for lead in world.leads()] == ["removed"]
        assert "Removed: 1 lead. Ended already: 0 leads." in plain(owner.get(answer.headers["Location"]).text)
        [removal] = [each for each in world.submissions() if each.receipt.request.get("came_by") == "pages"]
        assert owner.user is not None
        assert removal.receipt.request["user_id"] == str(owner.user.id)

    def test_opt_outs_are_counted_and_undone(self, world: World, owner: Visit, page: str) -> None:
        world.client.get(f"/api/v1/leads/2025550143/caller_opt_out?lead_token={world.schedule_token}")
        undo = f"{page}/undo_opt_outs"

        counted = owner.post(undo, since="2020-01-01T00:00", dry_run="yes")
        assert "It would lift the wishes of 1 caller." in plain(owner.get(counted.headers["Location"]).text)
        assert world.submit(caller_id="2025550143").status_code == 422

        undone = owner.post(undo, since="2020-01-01T00:00")
        assert "Lifted the wishes of 1 caller" in plain(owner.get(undone.headers["Location"]).text)
        assert world.submit(caller_id="2025550143").status_code == 200

    @pytest.mark.parametrize("since", ["", "yesterday", "2026-03-08T02:30:61"])
    def test_moment_that_is_none_is_told(self, owner: Visit, page: str, since: str) -> None:
        assert owner.get(f"{page}/leads", since=since).status_code == 422
        assert owner.post(f"{page}/leads/remove", since=since).status_code == 422

    def test_later_moment_finds_nothing(self, owner: Visit, page: str) -> None:
        assert "Nothing came by it since then" in owner.text(f"{page}/leads", since="2031-01-01T00:00")

    def test_without_a_moment_it_asks_for_one(self, owner: Visit, page: str) -> None:
        assert "From when on?" in owner.text(f"{page}/leads")
