"""What a test suite asks of a server in memory: its beginning again, another time, an outage. No other has it."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Final

from flask import Blueprint, Response, request
from marshmallow import ValidationError

from leadintake.domain.errors import InvalidParameter
from leadintake.entrypoints.api.answers import json_response
from leadintake.entrypoints.api.body import read_body
from leadintake.entrypoints.api.company.json_reading import read_object
from leadintake.entrypoints.schemas.company.fields import flattened
from leadintake.entrypoints.schemas.in_memory import MovedClockSchema

if TYPE_CHECKING:
    from flask import Flask

    from leadintake.entrypoints.in_memory.installation import InMemoryInstallation

STATE: Final = "/testing/state"
CLOCK: Final = "/testing/clock"
OUTAGE: Final = "/testing/outage"

_OUT_OF_REACH: Final = ("must not lead back, nor past the end of the calendar",)
_moved_clock: Final = MovedClockSchema()


def add_routes(app: Flask, installation: InMemoryInstallation) -> None:
    """Let the application take the wishes of a test suite about the installation that it is part of."""
    bp = Blueprint("testing", __name__)
    clock, limits = installation.clock, installation.opening.limits

    @bp.delete(STATE)
    def reset() -> Response:
        """Stand as at the beginning."""
        installation.reset()
        return Response(status=204)

    @bp.get(CLOCK)
    def show_clock() -> Response:
        """Tell the time."""
        return json_response({"now": clock()})

    @bp.post(CLOCK)
    def move_clock() -> Response:
        """Let time pass, and do what is due then."""
        sent = read_object(request.headers.get("Content-Type"), read_body(request, limits.max_body_bytes), limits)
        try:
            move = _moved_clock.load(sent)
        except ValidationError as error:
            raise InvalidParameter(errors=flattened(error.messages_dict)) from error
        try:
            now = clock.move_to(move) if isinstance(move, datetime) else clock.advance(move)
        except ValueError as error:
            raise InvalidParameter(errors=dict.fromkeys(sent, _OUT_OF_REACH)) from error
        installation.do_chores()
        return json_response({"now": now})

    @bp.put(OUTAGE)
    def begin_outage() -> Response:
        """Let the database be away from now on."""
        installation.memory.outage.set()
        return Response(status=204)

    @bp.delete(OUTAGE)
    def end_outage() -> Response:
        """Let it be there again."""
        installation.memory.outage.clear()
        return Response(status=204)

    app.register_blueprint(bp)
