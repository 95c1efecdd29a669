"""The WSGI application of this installation: ``leadintake.entrypoints.wsgi:application`` for any server."""

from __future__ import annotations

import gc
import logging
import os
from datetime import timedelta
from multiprocessing.util import Finalize
from typing import TYPE_CHECKING

from leadintake.bootstrap import build, limits_of
from leadintake.config import Settings
from leadintake.domain.phone import PhoneNumber, time_zone_of
from leadintake.entrypoints.api import create_app
from leadintake.entrypoints.api.context import EXTENSION
from leadintake.entrypoints.housekeeping import keep_house_for_ever
from leadintake.entrypoints.logs import configure_logs
from leadintake.entrypoints.metrics import Metrics, SignalMetrics
from leadintake.entrypoints.request_log import gather_requests
from leadintake.entrypoints.server.processors import processors_before_claim
from leadintake.entrypoints.web.sessions import SessionRules

if TYPE_CHECKING:
    from flask import Flask

HOUSEKEEPING = "leadintake.housekeeping"


def make_application() -> Flask:
    """Make the application from the environment; nothing connects before the first request."""
    settings = Settings.from_environment(os.environ)
    configure_logs(level=settings.log_level, is_json=settings.log_format == "json")
    metrics = Metrics()
    gather_requests(
        count=metrics.count,
        is_shown=logging.getLogger().isEnabledFor(logging.INFO),
        is_json=settings.log_format == "json",
    )
    # The tables behind a number's country and zone are read now, and not while the first lead waits.
    time_zone_of(PhoneNumber.parse("+18004506787", "US"))
    _settle_memory()
    services = build(settings, processors=processors_before_claim())
    # Workers end without asking `atexit`. The embedded database folds its journal into its file when it is closed.
    Finalize(None, services.close, exitpriority=1)
    signals = SignalMetrics(services)
    return create_app(
        services,
        limits=limits_of(settings),
        trusted_proxies=settings.trusted_proxies,
        metrics=lambda: metrics.written() + signals.written(),
        metrics_token=settings.metrics_token,
        session_rules=SessionRules(
            idle=timedelta(minutes=settings.session_idle_minutes),
            absolute=timedelta(hours=settings.session_hours),
            is_https=settings.public_url.startswith("https:"),
        ),
    )


def serve_application() -> Flask:
    """Make the application for a process that serves it, and let the process do what nobody asks for."""
    application = make_application()
    # Kept with the application, for whoever makes one without meaning to keep the process.
    application.extensions[HOUSEKEEPING] = keep_house_for_ever(application.extensions[EXTENSION].services)
    return application


def _settle_memory() -> None:
    """Keep the cyclic garbage collector from walking what is here to stay.

    The tables of numbers and zones are some hundred thousand objects, and every lead makes hundreds of short-lived
    ones: with the interpreter's defaults all of the tables are walked again every few hundred leads (measured:
    a tenth of the rate, and two thirds of the 99th percentile). Nothing on a lead's way makes cycles.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 100)


def __getattr__(name: str) -> Flask:
    """Make ``application`` when a server first asks for it, so that importing this module reads nothing."""
    if name != "application":
        raise AttributeError(name)
    application = globals()["application"] = serve_application()
    return application
