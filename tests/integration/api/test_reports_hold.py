"""Whatever happens, in whatever order, and however much of it is folded: reports are what the facts say."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.integration.api.test_reports import report
from tests.support.apps import a_world

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.support.apps import World

CALLERS = ("+12025550143", "+12025550144", "+442079460018", "12")
SUB_IDS = (None, "A", "B")
SOURCES = (None, 1000, 4711)
AMOUNTS = ("0", "0.01", "12.50")
FIGURES = ("submissions", "leads", "refused", "duplicates", "calls", "connected_calls", "talk_seconds", "conversions")
MONEY = ("revenue", "payout", "profit")


class History:
    """A world, and what can be done to in it."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.refused: list[str] = []
        self.calls: list[str] = []
        self.conversions: list[str] = []

    def submit(self, step: dict[str, Any]) -> None:
        """Send a lead, or what is none."""
        token = self.world.offer_token if step["is_other"] else self.world.schedule_token
        fields = {"caller_id": step["caller"], "traffic_source_id": step["source"], "sub_id": step["sub_id"]}
        answer = self.world.submit(token, **fields, **({"test": True} if step["is_odd"] else {}))
        if answer.status_code == 422:
            self.refused.append(answer.get_json()["submission_id"])

    def replay(self, step: dict[str, Any]) -> None:
        """Judge again what was refused, mended or not."""
        if self.refused:
            submission_id = self.refused[step["which"] % len(self.refused)]
            edits = {"caller_id": step["caller"], "sub_id": step["sub_id"]}
            self._change("post", f"submissions/{submission_id}/replay", edits=edits, dry_run=step["is_odd"])

    def call(self, step: dict[str, Any]) -> None:
        """Tell of a call, at times of the same one again."""
        body = {
            "caller_id": step["caller"],
            "duration_seconds": step["which"],
            "revenue": step["amount"],
            "payout": "0.03",
            **({"external_id": f"call {step['which'] % 3}"} if step["is_odd"] else {}),
        }
        self._note(self.calls, self._change("post", "calls", **body))

    def correct(self, step: dict[str, Any]) -> None:
        """Say that a call was otherwise, and on another day."""
        if self.calls:
            at = self.world.clock() - timedelta(hours=step["which"])
            call_id = self.calls[step["which"] % len(self.calls)]
            body = {"revenue": step["amount"], "connected": step["is_odd"], "started_at": at.isoformat()}
            self._change("put", f"calls/{call_id}", **body)

    def convert(self, step: dict[str, Any]) -> None:
        """Tell of a conversion."""
        body = {"caller_id": step["caller"], "revenue": step["amount"], "payout": "0.02"}
        self._note(self.conversions, self._change("post", "conversions", **body))

    def reverse(self, step: dict[str, Any]) -> None:
        """Take a conversion back, at times twice."""
        if self.conversions:
            self._change("post", f"conversions/{self.conversions[step['which'] % len(self.conversions)]}/reverse")

    def remove(self, step: dict[str, Any]) -> None:
        """Hide a lead: it goes on counting."""
        self._change("post", f"leads/{step['caller']}/caller_remove", schedule_id=self.world.schedule.id)

    def fold(self, _step: dict[str, Any]) -> None:
        """Put together what there is."""
        self.world.services.fold_rollups()

    def wait(self, step: dict[str, Any]) -> None:
        """Let time pass."""
        self.world.clock.advance(timedelta(minutes=7 * (step["which"] + 1)))

    def _change(self, method: str, path: str, **body: Any) -> Any:  # noqa: ANN401 - JSON
        send: Callable[..., Any] = getattr(self.world.client, method)
        return send(f"/api/v1/{path}", json=body, headers=self.world.bearer()).get_json()

    @staticmethod
    def _note(known: list[str], answer: dict[str, Any]) -> None:
        if answer.get("id") and answer["id"] not in known:
            known.append(answer["id"])


STEPS = st.lists(
    st.fixed_dictionaries(
        {
            "do": st.sampled_from(
                [
                    "submit",
                    "submit",
                    "submit",
                    "replay",
                    "call",
                    "correct",
                    "convert",
                    "reverse",
                    "remove",
                    "fold",
                    "wait",
                ]
            ),
            "caller": st.sampled_from(CALLERS),
            "source": st.sampled_from(SOURCES),
            "sub_id": st.sampled_from(SUB_IDS),
            "amount": st.sampled_from(AMOUNTS),
            "which": st.integers(0, 30),
            "is_odd": st.booleans(),
            "is_other": st.booleans(),
        }
    ),
    min_size=1,
    max_size=25,
)


@given(steps=STEPS)
@settings(max_examples=12, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_reports_are_what_the_facts_say(world: World, steps: list[dict[str, Any]]) -> None:
    history = History(a_world(world.store))
    for step in steps:
        getattr(history, step["do"])(step)
    own = history.world

    with own.store.reading(own.company.id) as uow:
        assert uow.rollups.differences(limit=5) == {}
        assert uow.rollups.agrees_with_itself()
    by_source = report(own, period="last_7_days", per_page=250)
    by_sub_id = report(own, period="last_7_days", per_page=250, group_by="traffic_source,sub_id")
    by_status = report(own, period="last_7_days", per_page=250, group_by="status")
    by_day = report(own, period="last_7_days", per_page=250, group_by="day", time_zone="Asia/Kathmandu")
    for source in by_source["rows"]:
        parts = [row for row in by_sub_id["rows"] if row["traffic_source_id"] == source["traffic_source_id"]]
        assert summed(parts) == summed([source])
    assert by_source["totals"] == by_sub_id["totals"] == by_status["totals"]
    assert summed(by_source["rows"]) == summed(by_sub_id["rows"]) == summed([by_source["totals"]])
    assert summed(by_status["rows"]) == summed([by_source["totals"]])
    assert summed(by_day["rows"]) == summed([by_day["totals"]])


def summed(rows: list[dict[str, Any]]) -> dict[str, int]:
    """Return the sum of rows, amounts in cents."""
    counts = {name: sum(row[name] for row in rows) for name in FIGURES}
    return counts | {name: sum(round(float(row[name]) * 100) for row in rows) for name in MONEY}
