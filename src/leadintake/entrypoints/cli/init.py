"""``leadintake init``: from nothing to a company that takes leads."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import click

from leadintake.domain.company import DEFAULT_REGION, DEFAULT_TIME_ZONE
from leadintake.domain.money import DEFAULT_CURRENCY, Currency, is_currency
from leadintake.entrypoints.cli.companies import choose_company
from leadintake.entrypoints.cli.installation import installation, read_settings
from leadintake.entrypoints.cli.output import output_option, print_json, print_pairs, warn

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from leadintake.bootstrap import Services
    from leadintake.domain.use_cases.found_company import FoundedCompany, OwnerWithToken

FIRST_COMPANY: Final = "My company"
DEMO_COMPANY: Final = "Demo company"
_MOST_NAME_CHARACTERS: Final = 200
_SHOWN_ONCE: Final = "(not shown again: it is kept as a digest only)"


def _name(_context: click.Context, _option: click.Parameter, text: str | None) -> str | None:
    if text is None:
        return None
    name = text.strip()
    if not name or len(name) > _MOST_NAME_CHARACTERS or not name.isprintable():
        raise click.BadParameter(f"must be 1 to {_MOST_NAME_CHARACTERS} characters in one line.")
    return name


def _region(_context: click.Context, _option: click.Parameter, text: str | None) -> str | None:
    from leadintake.domain.phone import is_region

    if text is not None and not is_region(text.upper()):
        raise click.BadParameter("must be the two letters of a country, such as US or GB (ISO 3166).")
    return text and text.upper()


def _time_zone(_context: click.Context, _option: click.Parameter, text: str | None) -> str | None:
    from zoneinfo import available_timezones

    if text is not None and text not in available_timezones():
        raise click.BadParameter("must be a time zone such as UTC or America/New_York (IANA).")
    return text


def _currency(_context: click.Context, _option: click.Parameter, text: str | None) -> Currency | None:
    if text is None:
        return None
    code = text.strip().upper()
    if not is_currency(code):
        raise click.BadParameter("must be the three letters of a currency, such as USD or EUR (ISO 4217).")
    return Currency(code)


def _email(_context: click.Context, _option: click.Parameter, text: str | None) -> str | None:
    if text is None:
        return None
    from email_validator import EmailNotValidError, validate_email

    try:
        # Neither the network is asked nor a name refused that only means something at home: admin@leads.internal.
        return validate_email(text, check_deliverability=False, test_environment=True).normalized
    except EmailNotValidError as error:
        raise click.BadParameter("must be an e-mail address.") from error


@click.command()
@click.option("--demo", is_flag=True, help="Add a schedule, an offer and a traffic source to try things on.")
@click.option(
    "--company",
    metavar="NAME",
    callback=_name,
    help=f"The company's name.  [default: the only company there is, else {FIRST_COMPANY!r}; "
    f"with --demo {DEMO_COMPANY!r}]",
)
@click.option(
    "--region",
    metavar="COUNTRY",
    callback=_region,
    help=f"Country in which phone numbers without a country code are read.  [default: {DEFAULT_REGION}]",
)
@click.option(
    "--time-zone",
    metavar="ZONE",
    callback=_time_zone,
    help=f"Zone of times that come without an offset.  [default: {DEFAULT_TIME_ZONE}]",
)
@click.option(
    "--currency",
    metavar="CURRENCY",
    callback=_currency,
    help=f"Currency of all revenue and payouts; a company keeps the one it begins with.  [default: {DEFAULT_CURRENCY}]",
)
@click.option("--admin-email", metavar="ADDRESS", callback=_email, help="Who signs in first.  [default: made up]")
@output_option
def init(
    *,
    demo: bool,
    company: str | None,
    region: str | None,
    time_zone: str | None,
    currency: Currency | None,
    admin_email: str | None,
    output: str,
) -> None:
    """Make the database and a company that takes leads.

    The data folder and the secret key are made as well, and everything that it takes to send leads is shown. Doing
    it again shows the same once more, save for the private key and the password, which nobody can read
    again. With another --company it makes a further company beside the first.

    \b
    Examples:
      leadintake init --demo
      leadintake init --company "Solar Savings" --region GB --time-zone Europe/London
      leadintake init --demo --output json | jq -r .schedule.lead_token
    """  # noqa: D301  click keeps the lines of a paragraph after it
    from leadintake.domain.use_cases.found_company import FoundCompany

    settings = read_settings()
    with installation(settings) as services:
        services.migrate()
        founded = services.found_company(
            FoundCompany(
                name=company or _default_name(services, is_demo=demo),
                region=region or DEFAULT_REGION,
                time_zone=time_zone or DEFAULT_TIME_ZONE,
                currency=currency or DEFAULT_CURRENCY,
                admin_email=admin_email,
                with_demo=demo,
            )
        )
    asked = {"region": region, "time zone": time_zone, "currency": currency, "administrator": admin_email}
    for said in _unheeded(founded, asked):
        warn(said)
    if output == "json":
        print_json(founded_document(founded))
    else:
        _print_summary(founded, public_url=settings.public_url)


def _default_name(services: Services, *, is_demo: bool) -> str:
    if is_demo:
        return DEMO_COMPANY
    return choose_company(services, None).name if services.list_companies() else FIRST_COMPANY


def _unheeded(founded: FoundedCompany, asked: Mapping[str, str | None]) -> Iterator[str]:
    """Yield what was asked for and is not so, because the company was there already."""
    company = founded.company
    found = {
        "region": company.region,
        "time zone": company.time_zone,
        "currency": company.currency,
        "administrator": founded.admin_email,
    }
    for what, wanted in asked.items():
        if wanted not in {None, found[what]}:
            yield f"the company is there already and keeps its {what}, {found[what]}."


def founded_document(founded: FoundedCompany) -> dict[str, Any]:
    """Return what stands ready, as `--output json` shows it. Source: specification, section 10."""
    source = founded.traffic_source
    return {
        "company": {"id": founded.company.id, "name": founded.company.name},
        "schedule": _owner_document(founded.schedule),
        "offer": _owner_document(founded.offer),
        "traffic_source": {"id": source.id, "name": source.name} if source else None,
        "api_key": {"public": founded.public_key, "private": founded.private_key},
        "admin": {"email": founded.admin_email, "password": founded.admin_password},
    }


def _owner_document(ready: OwnerWithToken | None) -> dict[str, Any] | None:
    if ready is None:
        return None
    return {"id": ready.owner.id, "name": ready.owner.name, "lead_token": ready.lead_token}


def _print_summary(founded: FoundedCompany, *, public_url: str) -> None:
    print_pairs(_summary(founded))
    ready = founded.schedule or founded.offer
    if ready is None:
        click.echo("\nLeads are taken in while `leadintake serve` runs.\n")
    else:
        click.echo("\nLeads are taken in while `leadintake serve` runs; send one from another terminal:\n")
        click.echo(f"{curl_sample(public_url, ready.lead_token)}\n")
    click.echo(f"Sign in to the pages with the administrator's address and password: {public_url}\n")
    click.echo("Read on: `leadintake --help`; `leadintake doctor` checks the installation; what refusals mean:")
    click.echo(f"{public_url}/api/docs/errors")


def _summary(founded: FoundedCompany) -> Iterator[tuple[str, str]]:
    yield "Company", f"{founded.company.name} ({founded.company.id})"
    for what, ready in (("Schedule", founded.schedule), ("Offer", founded.offer)):
        if ready is not None:
            yield what, f"{ready.owner.name} ({ready.owner.id})"
            yield "  lead token", ready.lead_token
    if founded.traffic_source is not None:
        yield "Traffic source", f"{founded.traffic_source.name} ({founded.traffic_source.id})"
    yield "API key", founded.public_key
    yield (
        "  private half",
        f"{founded.private_key}  {_SHOWN_ONCE}" if founded.private_key else "(shown once, when made)",
    )
    yield "Administrator", founded.admin_email
    yield (
        "  password",
        f"{founded.admin_password}  {_SHOWN_ONCE}" if founded.admin_password else "(shown once, when made)",
    )


def curl_sample(public_url: str, lead_token: str) -> str:
    """Return a command that sends a lead as it stands."""
    query = f"lead_token={lead_token}&caller_id=+18004506787&email=john@example.com&interest=kittens"
    return f'  curl -X POST \\\n    "{public_url}/api/v1/leads?{query}"'
