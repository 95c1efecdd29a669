"""Flask without what no lead needs: matching, cookies and hooks are left out where there is nothing for them to do.

A bare view costs a fifth of a lead's time. Views, blueprints, error handlers and contexts are Flask's; a request is
spared only what would come to nothing, and every other request goes Flask's own way. Source: ADR 0025.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from flask import Flask, Request, Response, request, request_finished, request_started, request_tearing_down
from flask.ctx import RequestContext
from flask.sessions import NullSession
from werkzeug.routing import Rule

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from wsgiref.types import WSGIEnvironment

    from flask.typing import ResponseReturnValue
    from werkzeug.routing import MapAdapter
    from werkzeug.routing.rules import RulePart

_MOST_HOSTS: Final = 1_000
# Nobody can write into it, and what is read from it is nothing.
_NO_SESSION: Final = NullSession()
_END: Final = r"\Z"


class LeanRequest(Request):
    """A request; one that `is_spared` goes by its exact address to a view that nothing is hooked to."""

    is_spared: bool = False


class LeanRule(Rule):
    """A route that learns to write its address when it is first asked to: most are only ever matched.

    Werkzeug compiles two functions for each, a quarter of a millisecond; a service in memory has two hundred routes and
    is begun anew for each test.
    """

    def _compile_builder(self, append_unknown: bool = True) -> Callable[..., tuple[str, str]]:  # noqa: FBT001, FBT002  as werkzeug has it
        compile_now = super()._compile_builder
        compiled: list[Callable[..., tuple[str, str]]] = []

        def build(rule: Rule, **values: Any) -> tuple[str, str]:  # noqa: ANN401 - whatever stands in an address
            if not compiled:
                compiled.append(compile_now(append_unknown))
            return compiled[0](rule, **values)

        return build

    def _parse_rule(self, rule: str) -> Iterator[RulePart]:
        """Let addresses that begin with any path, such as a phone number's, end in a slash as all others may.

        Werkzeug forgets that there, and lets no line feed be in such a path.
        """
        for part in super()._parse_rule(rule):
            is_path = part.final and not part.suffixed
            yield replace(part, content=f"(?s){part.content.removesuffix(_END)}/?{_END}") if is_path else part


class LeanFlask(Flask):
    """Flask that spares the requests of one blueprint what they do not need.

    Spared is a request to a fixed address of `spared_blueprint`, by one of its methods, for a host that was let in
    before; none is if a hook is registered for these views. Signals are sent if anybody listens. There is no session
    for its view, no `url_for` and no `after_this_request`.
    """

    request_class: type[Request] = LeanRequest
    url_rule_class = LeanRule
    spared_blueprint: str = ""

    def __init__(self, *arguments: Any, **options: Any) -> None:  # noqa: ANN401 - Flask's
        """Make the application; nothing is spared before its first request, until which it can be set up."""
        super().__init__(*arguments, **options)
        self._spared: Mapping[tuple[str, str], Rule] | None = None
        self._hosts: set[str] = set()

    def request_context(self, environ: WSGIEnvironment) -> RequestContext:
        """Begin a request; where only leads are posted, no cookie is looked at."""
        return RequestContext(self, environ, session=None if self._rule(environ) is None else _NO_SESSION)

    def create_url_adapter(self, request: Request | None) -> MapAdapter | None:
        """Match a spared request at once; who gets no adapter is matched by nobody else."""
        if request is None:
            return None if self.config["SERVER_NAME"] is None else super().create_url_adapter(None)
        environ = request.environ
        host, rule = environ.get("HTTP_HOST"), self._rule(environ)
        if rule is not None and host in self._hosts and isinstance(request, LeanRequest):
            request.url_rule, request.view_args, request.is_spared = rule, {}, True
            return None
        adapter = super().create_url_adapter(request)
        # Whether a host is let in depends on its text, and on settings that stay as they are.
        if host is not None and len(self._hosts) < _MOST_HOSTS:
            self._hosts.add(host)
        return adapter

    def full_dispatch_request(self) -> Response:
        """Answer a request; a spared one without asking who else would have a word."""
        asked = _asked()
        if self._spared is None:
            self._spared = self._find_spared()
        if not asked.is_spared or request_started.receivers or request_finished.receivers:
            return super().full_dispatch_request()
        try:
            answer: Any = self.begin(asked)
            if answer is None:
                answer = self.view_functions[asked.url_rule.endpoint]()
        except Exception as error:  # noqa: BLE001  as Flask does
            answer = self.handle_user_exception(error)
        return self.end(asked, self.make_response(answer))

    def begin(self, _request: Request) -> Response | None:
        """Do what every request begins with; an answer ends it."""
        return None

    def end(self, _request: Request, response: Response) -> Response:
        """Do what every request ends with."""
        return response

    def preprocess_request(self) -> ResponseReturnValue | None:
        """Begin a request that is not spared, and run the hooks before its view."""
        return self.begin(_asked()) or super().preprocess_request()

    def process_response(self, response: Response) -> Response:
        """Run the hooks after the view of a request that is not spared, and end it."""
        asked = _asked()
        return self.end(asked, response if asked.is_spared else super().process_response(response))

    def do_teardown_request(self, exc: BaseException | None = None) -> None:
        """Run the hooks at the end; a spared request has none."""
        if request_tearing_down.receivers or not _asked().is_spared:
            super().do_teardown_request(exc)

    def _rule(self, environ: WSGIEnvironment) -> Rule | None:
        """Return the rule of a fixed address that may be spared, None for any other."""
        if not self._spared or "HTTP_UPGRADE" in environ:
            return None
        return self._spared.get((environ["REQUEST_METHOD"], environ["PATH_INFO"]))

    def _find_spared(self) -> Mapping[tuple[str, str], Rule]:
        """Return the rules of the spared blueprint by method and address; none if anybody has hooked into them."""
        hooks = (
            self.before_request_funcs,
            self.after_request_funcs,
            self.teardown_request_funcs,
            self.url_value_preprocessors,
        )
        if any(name in hooked and hooked[name] for hooked in hooks for name in (None, self.spared_blueprint)):
            return {}
        return {
            (method, rule.rule): rule
            for rule in self.url_map.iter_rules()
            if rule.endpoint.startswith(f"{self.spared_blueprint}.") and not rule.arguments and not rule.websocket
            for method in (rule.methods or set()) & {"POST", "PUT"}
        }


def _asked() -> Any:  # noqa: ANN401 - the request, whose class says `is_spared`
    """Return the request itself; each look through its proxy costs as much as a look-up."""
    return request._get_current_object()  # type: ignore[attr-defined]  # noqa: SLF001  werkzeug's documented way past a proxy
