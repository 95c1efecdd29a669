"""What options hold, read from text; what may be in them beyond their form is the schemas' to say."""

from __future__ import annotations

import re
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Any, Final

import click

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

_MOST_ID: Final = 2**31 - 1
_SPAN: Final = re.compile(r"([0-9]{1,12})\s*([smhdw]?)", re.IGNORECASE)
_SECONDS: Final = {"": 1, "s": 1, "m": 60, "h": 3_600, "d": 86_400, "w": 604_800}
_DIGITS: Final = re.compile(r"([0-9]{1,4})(?:\s*-\s*([0-9]{1,4}))?")


class RecordId(click.ParamType[int]):
    """The number of something that the company has."""

    name = "id"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:  # noqa: ANN401 - click's signature
        """Return the number."""
        text = str(value).strip()
        if not (text.isascii() and text.isdigit() and len(text) <= len(str(_MOST_ID)) and 0 < int(text) <= _MOST_ID):
            self.fail(f"{text!r} is no ID: give its number, such as 1.", param, ctx)
        return int(text)


class Span(click.ParamType[int]):
    """A span of time, in seconds."""

    name = "span"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:  # noqa: ANN401 - click's signature
        """Return the seconds."""
        if (found := _SPAN.fullmatch(str(value).strip())) is None:
            self.fail(f"{value!r} is no span of time: give seconds, or such as 90m, 12h, 30d, 2w.", param, ctx)
        return int(found[1]) * _SECONDS[found[2].lower()]


class DigitCounts(click.ParamType["list[int]"]):
    """How many digits a number may have: ``10``, or ``7-11``."""

    name = "digits"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> list[int]:  # noqa: ANN401 - click's signature
        """Return the fewest and the most."""
        if (found := _DIGITS.fullmatch(str(value).strip())) is None:
            self.fail(f"{value!r} is no number of digits: give such as 10, or 7-11.", param, ctx)
        return [int(found[1]), int(found[2] or found[1])]


class Amount(click.ParamType[Decimal]):
    """A decimal number, every digit of it kept."""

    name = "number"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Decimal:  # noqa: ANN401 - click's signature
        """Return the number."""
        try:
            number = Decimal(str(value).strip())
        except InvalidOperation:
            number = Decimal("NaN")
        if not number.is_finite():
            self.fail(f"{value!r} is no number.", param, ctx)
        return number


class PlannedAction(click.ParamType["dict[str, str]"]):
    """A step of a plan: ``call``, or ``call: Call at once``."""

    name = "action"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> dict[str, str]:  # noqa: ANN401, ARG002 - click's signature
        """Return the step's kind and name; unless it is given one, it is called what it does."""
        kind, _, name = (part.strip() for part in str(value).partition(":"))
        return {"kind": kind, "name": name or kind.replace("_", " ").capitalize()}

    def shell_complete(
        self,
        ctx: click.Context,  # noqa: ARG002 - click's signature
        param: click.Parameter,  # noqa: ARG002 - likewise
        incomplete: str,
    ) -> list[Any]:
        """Return the kinds that begin so."""
        from leadintake.domain.owner import ActionKind

        return _beginning(ActionKind, incomplete)


class Owner(click.ParamType["tuple[str, int]"]):
    """Which schedule or offer: ``schedule:1``, ``offer:2``."""

    name = "owner"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> tuple[str, int]:  # noqa: ANN401 - click's signature
        """Return its kind and number."""
        kind, _, number = str(value).strip().lower().partition(":")
        if kind not in {"schedule", "offer"}:
            self.fail(f"{value!r} is no owner: give such as schedule:1 or offer:2.", param, ctx)
        return kind, RECORD_ID.convert(number, param, ctx)


def one_of(names: Callable[[], Sequence[str]]) -> Callable[[click.Context, click.Parameter, str], list[Any]]:
    """Return what completes an option with one of these names, which are asked for only then."""

    def complete(context: click.Context, parameter: click.Parameter, incomplete: str) -> list[Any]:  # noqa: ARG001 - click's signature
        return _beginning(names(), incomplete)

    return complete


def _beginning(names: Any, incomplete: str) -> list[Any]:  # noqa: ANN401 - a class of words is no sequence
    from click.shell_completion import CompletionItem

    return [CompletionItem(str(name)) for name in names if str(name).startswith(incomplete.lower())]


RECORD_ID: Final = RecordId()
SPAN: Final = Span()
DIGIT_COUNTS: Final = DigitCounts()
AMOUNT: Final = Amount()
PLANNED_ACTION: Final = PlannedAction()
OWNER: Final = Owner()
