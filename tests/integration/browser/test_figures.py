"""The front page, traffic sources, reports and settings in a real browser: they are seen and used."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING
from urllib.parse import urlencode
from urllib.request import Request, urlopen

import pytest

from leadintake.adapters.sql.store import SqlStore
from leadintake.domain.attribution import Attribution, TrafficSourceId
from leadintake.domain.company import CompanyId
from leadintake.domain.owner import OwnerKind, OwnerRef
from leadintake.domain.rollup import Measures, RollupDelta, RollupKey

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.integration.browser.conftest import Intake
    from tests.integration.browser.desk import Desk

MARKUP = "<img src=x onerror=alert(1)></script><script>alert(2)</script>"
HOUR = timedelta(hours=1)
SCHEDULE = OwnerRef(OwnerKind.SCHEDULE, 1)


def counted(intake: Intake, deltas: list[RollupDelta]) -> None:
    """Let something have come in before the server was there."""
    store = SqlStore(f"sqlite:///{intake.installation.data_dir / 'leadintake.db'}")
    with store.unit_of_work(CompanyId(1)) as uow:
        uow.rollups.append_all(deltas)
        uow.commit()
    store.close()


def a_past() -> Iterator[RollupDelta]:
    """Yield three weeks of four sources, one of which has stopped, and what became of it."""
    dice, now = random.Random(7), datetime.now(UTC)  # noqa: S311 - no secret
    for hour in range(24 * 21):
        for source, sub_ids in ((1000, 30), (1001, 4), (1002, 1), (None, 1)):
            if (source == 1001 and hour < 30) or dice.random() < 0.3:
                continue
            sub_id = f"creative-{dice.randrange(sub_ids):02}" if sub_ids > 1 else None
            key = RollupKey.of(
                now - hour * HOUR,
                owner=SCHEDULE,
                attribution=Attribution(None if source is None else TrafficSourceId(source), sub_id),
                country="US",
            )
            leads, refused = dice.randrange(1, 12), dice.randrange(3)
            yield RollupDelta(
                key,
                Measures(
                    submissions=leads + refused + dice.randrange(4),
                    leads=leads,
                    refused=refused,
                    duplicates=dice.randrange(refused + 1),
                    calls=leads,
                    connected_calls=leads // 2,
                    talk_seconds=leads * 95,
                    conversions=leads // 4,
                    revenue=leads // 4 * 12_050,
                    payout=leads // 4 * 4_000,
                ),
            )


def post(intake: Intake, **fields: str) -> None:
    """Send a lead; that it is refused is no matter."""
    asked = Request(intake.leads_url, data=urlencode(fields).encode(), headers={"X-Lead-Token": intake.token})  # noqa: S310 - our own http address
    try:
        urlopen(asked, timeout=10).close()  # noqa: S310 - likewise
    except OSError as refused:
        assert "422" in str(refused)  # noqa: PT017 - which refusal it is, is not what is tested


@pytest.fixture(scope="module")
def busy(intake: Intake) -> Intake:
    """Lend a company in which something has come of things, some of it with markup in its names."""
    for name in ("Puppy banners, a source with a rather long name that somebody once typed", MARKUP):
        made = intake.installation.run("source", "create", name)
        assert made.returncode == 0, made.stderr
    counted(intake, [*a_past()])
    post(intake, caller_id="+12025550101", traffic_source_id="1002", sub_id=MARKUP, email="ada@example.com")
    for number in range(4):
        post(intake, caller_id=f"+1202555020{number}", traffic_source_id="1000", sub_id="creative-01")
    post(intake, caller_id="123")
    post(intake, caller_id="")
    return intake


def test_company_to_which_nothing_came_is_told_three_steps(desk: Desk) -> None:
    """Runs first: what the others send is there afterwards."""
    assert desk.page.get_by_role("heading", name="Nothing has come in yet").is_visible()
    desk.page.get_by_role("button", name="Copy").click()
    desk.page.get_by_role("button", name="Copied").wait_for()
    assert "/api/v1/leads" in desk.clipboard()
    desk.check("front-first-run", is_dark_too=True)

    desk.open("/reports")
    assert desk.page.get_by_role("heading", name="Nothing was counted in this time").is_visible()
    desk.check("reports-empty")


@pytest.mark.usefixtures("busy")
class TestFront:
    def test_hours_refusals_leads_and_what_is_alarming(self, desk: Desk) -> None:
        desk.open("/")
        desk.page.wait_for_function("Chart.getChart('by-hour')?.data.datasets.length === 4")

        assert desk.page.get_by_role("link", name="Puppy banners").first.is_visible()
        desk.page.get_by_text("The same as a table").click()
        assert desk.page.get_by_role("columnheader", name="Taken otherwise").is_visible()
        desk.check("front-busy", is_dark_too=True)

    def test_refusals_lead_to_their_submissions(self, desk: Desk) -> None:
        desk.open("/?span=week")
        desk.page.get_by_role("link", name="invalid_caller_id").click()

        desk.page.wait_for_url("**/submissions?*code=invalid_caller_id*")


@pytest.mark.usefixtures("busy")
class TestTrafficSources:
    def test_list_and_one_source(self, desk: Desk) -> None:
        desk.open("/traffic_sources")
        assert desk.page.get_by_text("silent").is_visible()
        desk.check("traffic-sources", is_dark_too=True)

        desk.page.get_by_role("link", name="Puppy banners").first.click()
        assert desk.page.get_by_text("though it used to send").is_visible()
        desk.check("traffic-source")
        desk.page.get_by_role("button", name="Copy").click()
        desk.page.get_by_role("button", name="Copied").wait_for()
        assert "traffic_source_id=1001" in desk.clipboard()

    def test_source_is_made_changed_paused_and_resumed(self, desk: Desk) -> None:
        desk.open("/traffic_sources/new")
        desk.check("traffic-source-new")
        desk.page.get_by_label("Name").fill("Owls")
        desk.page.get_by_label("Default payout").fill("a lot")
        desk.page.get_by_role("button", name="Make it").click()
        assert desk.page.get_by_text("is not an amount").is_visible()
        desk.check("traffic-source-wrong")
        desk.page.get_by_label("Default payout").fill("12.50")
        desk.page.get_by_role("button", name="Make it").click()
        desk.page.get_by_role("heading", name="Owls").wait_for()

        desk.page.get_by_role("button", name="Pause").click()
        desk.page.get_by_role("button", name="Pause it").click()
        desk.page.get_by_text("Paused: its leads are refused").wait_for()
        desk.page.get_by_role("button", name="Resume").click()
        desk.page.get_by_text("Resumed").wait_for()


@pytest.mark.usefixtures("busy")
class TestReports:
    def test_table_and_charts(self, desk: Desk) -> None:
        desk.open("/reports")
        desk.page.wait_for_function("Chart.getChart('by-row') && Chart.getChart('over-time')")
        desk.page.wait_for_timeout(400)
        desk.check("reports", is_dark_too=True)

    def test_sub_ids_open_under_their_source(self, desk: Desk) -> None:
        desk.open("/reports")
        desk.page.get_by_role("link", name="Sub IDs of 1000").click()
        desk.page.get_by_role("link", name="All 31 sub IDs, page by page").or_(
            desk.page.get_by_role("link", name="All 30 sub IDs, page by page")
        ).wait_for()
        desk.check("reports-opened")
        assert "/reports" in desk.page.url

    def test_markup_in_a_sub_id_is_text(self, desk: Desk) -> None:
        desk.open("/reports?group_by=traffic_source&then_by=sub_id&traffic_source_id=1002")

        assert desk.page.get_by_role("cell", name=MARKUP).is_visible()
        desk.check("reports-markup")

    def test_compared_sorted_and_filtered_by_hand(self, desk: Desk) -> None:
        desk.open("/reports")
        desk.page.get_by_label("Compare").select_option("yes")
        desk.page.get_by_label("Figure of the charts").select_option("revenue")
        desk.page.get_by_role("button", name="Show").click()
        desk.page.wait_for_function("Chart.getChart('over-time')?.data.datasets.length === 2")
        desk.page.get_by_role("link", name="Payout").click()
        desk.page.wait_for_url("**sort=-payout**")
        desk.page.wait_for_timeout(400)
        desk.check("reports-compared", is_dark_too=True)

    def test_days_of_ones_own_that_make_no_sense_say_so(self, desk: Desk) -> None:
        desk.open("/reports?first_day=2026-03-02&last_day=2026-03-01")

        assert desk.page.get_by_text("comes before the first day").is_visible()
        desk.check("reports-wrong")

    def test_file_is_saved(self, desk: Desk) -> None:
        desk.open("/reports?group_by=sub_id")
        with desk.page.expect_download() as download:
            desk.page.get_by_role("link", name="Export as CSV").click()

        assert download.value.suggested_filename.endswith(".csv")


@pytest.mark.usefixtures("busy")
class TestSettings:
    def test_company(self, desk: Desk) -> None:
        desk.open("/settings")
        assert desk.page.get_by_role("link", name="Users").is_visible()
        desk.check("settings")

    def test_users(self, desk: Desk, intake: Intake) -> None:
        desk.open("/settings/users")
        desk.page.get_by_label("E-mail address").fill("a.rather.long.address.of.somebody@department.example.com")
        desk.page.get_by_role("button", name="Add the user").click()
        desk.page.get_by_role("button", name="Copy the password").click()
        desk.page.get_by_role("button", name="Copied").wait_for()
        password = desk.clipboard()
        desk.check("settings-users", is_dark_too=True)

        desk.page.get_by_role("button", name="Sign out", exact=True).first.click()
        desk.sign_in("a.rather.long.address.of.somebody@department.example.com", password)
        desk.page.wait_for_url(f"{intake.url}/")
        assert desk.open("/settings/users").status == 403

    def test_api_keys(self, desk: Desk) -> None:
        desk.open("/settings/api_keys")
        desk.page.get_by_label("Label").fill("The dialer")
        desk.page.get_by_role("button", name="Make the API key").click()
        desk.page.get_by_role("button", name="Copy the private half").click()
        desk.page.get_by_role("button", name="Copied").wait_for()
        assert desk.clipboard().startswith("key_")
        desk.check("settings-api-keys")

        desk.page.get_by_role("row", name="The dialer").get_by_role("button", name="Revoke").click()
        desk.page.get_by_role("button", name="Revoke it").click()
        desk.page.get_by_text("The API key The dialer has ended").wait_for()

    def test_leaked_token_is_reviewed(self, desk: Desk, busy: Intake) -> None:
        asked = Request(  # noqa: S310 - our own http address
            busy.leads_url,
            data=b"caller_id=%2B12025550150",
            headers={"X-Lead-Token": busy.token, "Origin": "https://shop.example"},
        )
        urlopen(asked, timeout=10).close()  # noqa: S310 - likewise
        desk.open("/settings/lead_tokens")
        desk.page.get_by_role("link", name="without label").first.wait_for()
        desk.check("settings-lead-tokens")
        # The alarm is written down by the next round of housekeeping.
        for _ in range(40):
            if desk.page.get_by_text("leaked").count():
                break
            desk.page.wait_for_timeout(500)
            desk.page.reload()
        desk.page.get_by_role("row", name="leaked").get_by_role("link").first.click()
        desk.page.get_by_role("heading", name="leaked").wait_for()
        desk.check("settings-lead-token", is_dark_too=True)

        desk.page.get_by_role("link", name="Look through what came by it since then").click()
        desk.page.get_by_role("link", name="+12025550150").wait_for()
        desk.check("settings-lead-token-leads")
        desk.page.get_by_role("button", name="Count them").click()
        desk.page.get_by_text("It would lift the wishes of 0 callers").wait_for()
        desk.page.get_by_role("button", name="Remove the leads").click()
        desk.page.get_by_role("button", name="Remove them").click()
        desk.page.get_by_text("Removed: 1 lead").wait_for()

    def test_token_is_restricted_and_rotated(self, desk: Desk) -> None:
        desk.open("/settings/lead_tokens?offer_id=1")
        desk.page.get_by_role("link", name="without label").first.click()
        desk.page.get_by_label("Addresses and networks").fill("somewhere")
        desk.page.get_by_role("button", name="Keep these restrictions").click()
        desk.page.get_by_text("is no address and no network").wait_for()
        desk.page.get_by_label("Addresses and networks").fill("127.0.0.0/8")
        desk.page.get_by_label("Label").fill("The shop")
        desk.page.get_by_role("button", name="Keep these restrictions").click()
        desk.page.get_by_text("Kept: it holds from the next request on").wait_for()

        desk.page.get_by_role("button", name="Rotate", exact=True).click()
        desk.page.get_by_role("button", name="Rotate it").click()
        desk.page.get_by_text("This is the new API token").wait_for()
