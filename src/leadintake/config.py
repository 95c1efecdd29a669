"""Settings: read from the environment once, checked all at once, then handed around as a value.

Every setting is a variable ``LEADINTAKE_…``; each may be given as ``LEADINTAKE_…_FILE`` instead, the path of a
file that holds the value. A variable that is empty counts as not given. `SETTINGS` is the one list of them:
reading, the documents and ``leadintake doctor`` go by it.

Without `LEADINTAKE_DATA_DIR` the data lie in the user's own data folder (``$XDG_DATA_HOME/leadintake``, else
``~/.local/share/leadintake``): it is there whatever folder a command is started in, so that ``serve`` and
``worker`` cannot silently open two databases.
"""

from __future__ import annotations

import os
import tempfile
from contextlib import suppress
from dataclasses import dataclass, field
from difflib import get_close_matches
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TypeAlias
from urllib.parse import urlsplit

from leadintake.domain.credential import mint_secret_key, weakness_of_secret_key

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from environs import Env

Network: TypeAlias = IPv4Network | IPv6Network

PREFIX: Final = "LEADINTAKE_"
FILE_SUFFIX: Final = "_FILE"
SECRET_KEY_FILE_NAME: Final = "secret_key"  # noqa: S105  a file's name
_TESTS_OWN: Final = "LEADINTAKE_TEST_"
_FEWEST_SECRET_CHARACTERS: Final = 16
_MOST_SECRET_CHARACTERS: Final = 200
_SQLITE: Final = "sqlite:///"
_POSTGRESQL: Final = "postgresql+psycopg://"
_OTHER_SPELLINGS_OF_POSTGRESQL: Final = ("postgres://", "postgresql://")
_READABLE_BY_OTHERS: Final = 0o077
_SECRET_KEY_WANTED: Final = (
    "Is required with PostgreSQL, the same on every machine. Make one with `openssl rand -base64 32`; or keep the one "
    f"of your SQLite database: {PREFIX}SECRET_KEY{FILE_SUFFIX}=<data dir>/{SECRET_KEY_FILE_NAME}"
)


class SettingsError(Exception):
    """The settings cannot be used.

    Shape: `problems` maps each variable's name to sentences; none of them repeats a value.
    """

    def __init__(self, problems: Mapping[str, tuple[str, ...]]) -> None:
        self.problems = dict(problems)
        super().__init__("\n".join(f"{name}: {said}" for name, all_said in problems.items() for said in all_said))


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """One variable that can be set.

    Shape: `default` is written as the variable would be; None when the default depends on something else,
    which `default_shown` then describes. `read` turns the variable's text into a value.
    """

    name: str
    meaning: str
    default: str | None
    default_shown: str
    read: Callable[[Env, str], Any] = field(repr=False)
    is_secret: bool = False

    @property
    def attribute(self) -> str:
        """Return the name of the field of `Settings`."""
        return self.name.removeprefix(PREFIX).lower()


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """How this installation runs.

    Shape: `data_dir` is absolute; `database_url` is one that SQLAlchemy takes as it is; `warnings` are
    sentences about what was understood but is probably not meant.
    """

    data_dir: Path
    database_url: str = field(repr=False)
    secret_key: str = field(repr=False)
    public_url: str
    host: str
    port: int
    workers: int
    threads: int
    pin_workers: bool
    trusted_proxies: tuple[Network, ...]
    metrics_token: str | None = field(repr=False)
    session_idle_minutes: int
    session_hours: int
    rate_limits: bool
    failed_credentials_per_minute: int
    requests_per_minute_per_address: int | None
    requests_per_minute_per_company: int | None
    max_body_bytes: int
    max_tokens: int
    max_token_chars: int
    max_depth: int
    batch_size: int
    batch_leaders: int
    commit_wait_seconds: float
    database_timeout_seconds: float
    log_level: str
    log_format: str
    keep_accepted_days: int
    keep_refused_days: int
    keep_callerless_days: int
    keep_unclaimed_days: int
    previous_secret_keys: tuple[str, ...] = field(default=(), repr=False)
    warnings: tuple[str, ...] = ()

    @classmethod
    def from_environment(cls, environ: Mapping[str, str]) -> Settings:
        """Read every setting, and make the secret key of a new embedded installation.

        Raises: SettingsError: naming everything that is wrong, not only the first.
        """
        return _read_settings(environ)

    @property
    def sqlite_path(self) -> Path | None:
        """Return the embedded database's file, or None when the database is PostgreSQL."""
        return _sqlite_path(self.database_url)


# ------------------------------------------------------------------------------------------- how a text becomes a value
# Marshmallow and environs take 80 ms to import: these functions wait until settings are really read, so that
# `leadintake --help` and the generated documents do without.


def _switch(env: Env, name: str) -> bool:
    return env.bool(name)


def _whole_number(lowest: int, highest: int) -> Callable[[Env, str], int]:
    def read(env: Env, name: str) -> int:
        from marshmallow.validate import Range  # noqa: PLC0415  see above

        return env.int(name, validate=Range(lowest, highest))

    return read


def _seconds(lowest: float, highest: float) -> Callable[[Env, str], float]:
    def read(env: Env, name: str) -> float:
        from marshmallow.validate import Range  # noqa: PLC0415  see above

        return env.float(name, validate=Range(lowest, highest))

    return read


def _converted(convert: Callable[[str], object]) -> Callable[[Env, str], object]:
    """Return a reader by a function whose ValueError says what is wrong without repeating the value."""
    return lambda env, name: convert(env.str(name))


def _one_of(*choices: str) -> Callable[[Env, str], object]:
    def convert(text: str) -> str:
        if text.lower() not in choices:
            raise ValueError(f"Must be one of: {', '.join(choices)}.")
        return text.lower()

    return _converted(convert)


def _folder(text: str) -> Path:
    """Return the folder as an absolute path, which stays the same wherever the process goes."""
    # `Path.resolve` would follow links, which are there so that data can move.
    return Path(os.path.abspath(os.path.expanduser(text)))  # noqa: PTH100, PTH111


def _strong_secret_key(text: str) -> str:
    """Return the key, or raise what is wrong with it."""
    weakness = weakness_of_secret_key(text.strip())
    if weakness is not None:
        raise ValueError(f"The secret key {weakness}.")
    return text.strip()


def _unguessable(text: str) -> str:
    """Return a secret that somebody has chosen, or raise that it could be guessed."""
    if not _FEWEST_SECRET_CHARACTERS <= len(text) <= _MOST_SECRET_CHARACTERS or not text.isascii() or " " in text:
        raise ValueError("Must be 16 to 200 ASCII characters without a blank: openssl rand -hex 24 makes one.")
    return text


def _strong_secret_keys(text: str) -> tuple[str, ...]:
    """Return the keys of a list separated by commas or line feeds, or raise what is wrong with one of them."""
    return tuple(_strong_secret_key(part) for part in text.replace("\n", ",").split(",") if part.strip())


def _networks(text: str) -> tuple[Network, ...]:
    """Return the addresses and networks that a list separated by commas names."""
    try:
        return tuple(ip_network(part.strip()) for part in text.split(",") if part.strip())
    except ValueError as error:
        raise ValueError("Must be IP addresses or networks such as 10.0.0.0/8, separated by commas.") from error


def _database_url(text: str) -> str:
    """Return the URL as SQLAlchemy takes it."""
    for spelling in _OTHER_SPELLINGS_OF_POSTGRESQL:
        if text.startswith(spelling):
            text = _POSTGRESQL + text.removeprefix(spelling)
    if text.startswith(_POSTGRESQL):
        return _postgresql_url(text)
    if text.startswith("sqlite:"):
        return _sqlite_url(text)
    raise ValueError("Must begin with postgresql:// or sqlite:///: these are the databases that leads can be kept in.")


def _postgresql_url(text: str) -> str:
    try:
        parts = urlsplit(text)
        has_database = bool(parts.path.strip("/")) and parts.port != 0
    except ValueError as error:
        raise ValueError("Is not a URL: characters such as @ : / [ in the password must be percent-encoded.") from error
    if not has_database:
        raise ValueError("Must name a host and a database: postgresql://user:password@host:5432/leadintake.")
    return text


def _sqlite_url(text: str) -> str:
    path = text.removeprefix(_SQLITE)
    if "memory" in path.partition("?")[2] or path in {"", ":memory:", "sqlite:", "sqlite://"}:
        raise ValueError(
            "Must be a file, sqlite:////path/to/leadintake.db: in memory, leads are lost at every restart."
        )
    if not text.startswith(_SQLITE) or "?" in path or path.startswith("file:"):
        raise ValueError("Must be sqlite:/// and a path, with nothing after it.")
    return _SQLITE + os.path.abspath(path)  # noqa: PTH100  as in `_folder`


def _public_url(text: str) -> str:
    try:
        parts = urlsplit(text)
        is_good = parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
    except ValueError:
        is_good = False
    else:
        is_good = is_good and not (parts.query or parts.fragment or "@" in parts.netloc)
    if not is_good:
        raise ValueError("Must be http:// or https://, a host and nothing secret: https://leads.example.com.")
    return text.rstrip("/")


# ------------------------------------------------------------------------------------------------------------ the table


def _setting(
    name: str,
    default: str | None,
    meaning: str,
    *,
    read: Callable[[Env, str], Any],
    default_shown: str | None = None,
    is_secret: bool = False,
) -> Setting:
    return Setting(
        name=PREFIX + name,
        meaning=meaning,
        default=default,
        default_shown=(default or "") if default_shown is None else default_shown,
        read=read,
        is_secret=is_secret,
    )


SETTINGS: Final[tuple[Setting, ...]] = (
    _setting(
        "DATA_DIR",
        None,
        "Folder of the embedded database and of the secret key that is made for it.",
        read=_converted(_folder),
        default_shown="~/.local/share/leadintake",
    ),
    _setting(
        "DATABASE_URL",
        None,
        "Where leads are kept: postgresql://user:password@host/database, or sqlite:////path/to/file.",
        read=_converted(_database_url),
        default_shown="sqlite:///<data dir>/leadintake.db",
        is_secret=True,
    ),
    _setting(
        "SECRET_KEY",
        None,
        "Root of the keys that credentials are looked up, sealed and digested with: 32 random characters or more, "
        "the same on every machine. Keep a copy apart from the database's.",
        read=_converted(_strong_secret_key),
        default_shown="<data dir>/secret_key, made at the first start; required with PostgreSQL",
        is_secret=True,
    ),
    _setting(
        "PREVIOUS_SECRET_KEYS",
        "",
        "The secret keys that SECRET_KEY has replaced, separated by commas or line feeds, newest first: what was made "
        "with them goes on working. `leadintake key rotate` says when they are needed no more.",
        read=_converted(_strong_secret_keys),
        default_shown="none",
        is_secret=True,
    ),
    _setting(
        "PUBLIC_URL",
        None,
        "Address under which senders reach the service, for the samples that are shown. Where it is https, the pages' "
        "cookie travels by https only.",
        read=_converted(_public_url),
        default_shown="http://<host>:<port>",
    ),
    _setting("HOST", "127.0.0.1", "Address that `leadintake serve` listens on.", read=_converted(str.strip)),
    _setting("PORT", "8000", "Port that `leadintake serve` listens on.", read=_whole_number(1, 65535)),
    _setting(
        "WORKERS",
        None,
        "Processes of `leadintake serve`; the embedded database is fastest with one.",
        read=_whole_number(1, 64),
        default_shown="1 with SQLite, 2 with PostgreSQL",
    ),
    _setting(
        "THREADS",
        None,
        "Threads of each process.",
        read=_whole_number(1, 512),
        default_shown="32 with SQLite, 16 with PostgreSQL",
    ),
    _setting(
        "PIN_WORKERS",
        "on",
        "Each process keeps to a processor of its own as long as there are enough; `off` where other work is pinned.",
        read=_switch,
    ),
    _setting(
        "TRUSTED_PROXIES",
        "",
        "Addresses and networks, separated by commas, whose X-Forwarded-For, X-Forwarded-Proto and X-Forwarded-Host "
        "are believed.",
        read=_converted(_networks),
        default_shown="none",
    ),
    _setting(
        "METRICS_TOKEN",
        None,
        "Who sends it as `Authorization: Bearer` may read `/metrics`; 16 characters or more.",
        read=_converted(_unguessable),
        default_shown="none: nobody may",
        is_secret=True,
    ),
    _setting(
        "SESSION_IDLE_MINUTES",
        "120",
        "How long somebody may leave the pages alone and still be signed in.",
        read=_whole_number(1, 7 * 24 * 60),
    ),
    _setting(
        "SESSION_HOURS",
        "24",
        "How long somebody stays signed in to the pages at most.",
        read=_whole_number(1, 30 * 24),
    ),
    _setting("RATE_LIMITS", "on", "`off` lifts every rate limit and daily cap, for load tests only.", read=_switch),
    _setting(
        "FAILED_CREDENTIALS_PER_MINUTE",
        "60",
        "Unknown credentials that each process takes from an address in a minute before it answers 429.",
        read=_whole_number(1, 1_000_000),
    ),
    _setting(
        "REQUESTS_PER_MINUTE_PER_ADDRESS",
        None,
        "Requests with a credential that each process takes from an address in a minute.",
        read=_whole_number(1, 1_000_000),
        default_shown="any number",
    ),
    _setting(
        "REQUESTS_PER_MINUTE_PER_COMPANY",
        None,
        "Requests with a credential that each process takes for a company in a minute.",
        read=_whole_number(1, 1_000_000),
        default_shown="any number",
    ),
    _setting("MAX_BODY_BYTES", "262144", "Largest body accepted.", read=_whole_number(1024, 64 * 1024 * 1024)),
    _setting("MAX_TOKENS", "200", "Most lead tokens (named values) in one submission.", read=_whole_number(1, 10_000)),
    _setting("MAX_TOKEN_CHARS", "10000", "Longest value of a lead token.", read=_whole_number(1, 1_000_000)),
    # Python's own JSON parser gives up near a thousand.
    _setting("MAX_DEPTH", "16", "Deepest nesting of a JSON body.", read=_whole_number(1, 200)),
    _setting("BATCH_SIZE", "64", "Most submissions that share one commit.", read=_whole_number(1, 1000)),
    _setting(
        "BATCH_LEADERS",
        "1",
        "Commits under way at once in each process; 2 where flushing a disk takes over a millisecond.",
        read=_whole_number(1, 16),
    ),
    _setting(
        "COMMIT_WAIT_SECONDS",
        "10",
        "How long a submission waits for its commit before it is answered 503.",
        read=_seconds(0.1, 300),
    ),
    _setting(
        "DATABASE_TIMEOUT_SECONDS",
        "5",
        "How long to wait for a connection to the database, and for a lock in it.",
        read=_seconds(0.1, 300),
    ),
    _setting(
        "LOG_LEVEL",
        "info",
        "Least severity that is logged: debug, info, warning, error or critical.",
        read=_one_of("debug", "info", "warning", "error", "critical"),
    ),
    _setting("LOG_FORMAT", "json", "json, or console for people.", read=_one_of("json", "console")),
    _setting(
        "KEEP_ACCEPTED_DAYS",
        "90",
        "How long the requests of accepted submissions are kept; their verdicts stay.",
        read=_whole_number(1, 3650),
    ),
    _setting(
        "KEEP_REFUSED_DAYS",
        "90",
        "How long the requests of refused submissions are kept, and can be replayed; their verdicts stay.",
        read=_whole_number(1, 3650),
    ),
    # Nobody could find these by the caller who asks to be erased.
    _setting(
        "KEEP_CALLERLESS_DAYS",
        "7",
        "The same for refused submissions in which no caller could be read; at most 7.",
        read=_whole_number(1, 7),
    ),
    _setting(
        "KEEP_UNCLAIMED_DAYS",
        "7",
        "How long samples of requests that name no known owner are kept; at most 7.",
        read=_whole_number(1, 7),
    ),
)


# -------------------------------------------------------------------------------------------------------------- reading


def _read_settings(environ: Mapping[str, str]) -> Settings:
    """Return the settings, or raise everything that is wrong with them."""
    problems: dict[str, tuple[str, ...]] = {}
    defaults = {setting.name: setting.default for setting in SETTINGS if setting.default is not None}
    values = _values({**defaults, **_given(environ, problems)}, problems)
    values["data_dir"] = values["data_dir"] or _own_data_folder(environ)
    if values["data_dir"] is None:
        problems.setdefault(PREFIX + "DATA_DIR", ("Is required where HOME is not set.",))
    if _is_secret_key_missing(values):
        problems.setdefault(PREFIX + "SECRET_KEY", (_SECRET_KEY_WANTED,))
    if problems:
        # Nothing is created for settings that will not be used.
        raise SettingsError(problems)
    _fill_in(values)
    warnings = [*_unknown_names(environ), *_unlikely(values)]
    if values["secret_key"] is None:
        values["secret_key"] = _embedded_secret_key(values["data_dir"], values["database_url"], warnings)
    return Settings(**values, warnings=tuple(warnings))


def _given(environ: Mapping[str, str], problems: dict[str, tuple[str, ...]]) -> dict[str, str]:
    """Return the text of every setting that is given, be it in a variable or in a file."""
    given = {}
    for setting in SETTINGS:
        file_name = setting.name + FILE_SUFFIX
        text, path = environ.get(setting.name, ""), environ.get(file_name, "")
        if text and path:
            problems[setting.name] = (f"Is given twice, the other time as {file_name}; give one of them.",)
        elif path:
            try:
                text = _without_line_end(Path(path).read_text(encoding="utf-8"))
            except (OSError, ValueError):
                problems[file_name] = ("Names a file that cannot be read as text.",)
        if text:
            given[setting.name] = text
    return given


def _values(given: Mapping[str, str], problems: dict[str, tuple[str, ...]]) -> dict[str, Any]:
    """Return what can be read, by field; what depends on something else and is not given is None."""
    from environs import Env, EnvValidationError  # noqa: PLC0415  see above

    class GivenEnv(Env):
        """Reads what it was given; environs itself knows only the process's own environment."""

        def _get_value(self, env_key: str, default: Any) -> Any:  # noqa: ANN401  as environs has it
            return given.get(env_key, default)

    env = GivenEnv()
    values: dict[str, Any] = {}
    for setting in SETTINGS:
        values[setting.attribute] = None
        if setting.name in given:
            try:
                values[setting.attribute] = setting.read(env, setting.name)
            except EnvValidationError as error:
                problems[setting.name] = tuple(error.error_messages)
            except ValueError as error:
                problems[setting.name] = (str(error),)
    return values


def _own_data_folder(environ: Mapping[str, str]) -> Path | None:
    """Return the folder that is used when none is given. Source: XDG Base Directory Specification."""
    given, home = Path(environ.get("XDG_DATA_HOME", "")), Path(environ.get("HOME", ""))
    # A relative XDG_DATA_HOME is to be ignored.
    parent = given if given.is_absolute() else home / ".local" / "share"
    return parent / "leadintake" if parent.is_absolute() else None


def _fill_in(values: dict[str, Any]) -> None:
    """Settle, in place, the defaults that depend on other settings."""
    if values["database_url"] is None:
        values["database_url"] = f"{_SQLITE}{values['data_dir'] / 'leadintake.db'}"
    if values["public_url"] is None:
        # What listens on every address is reached here by the local one.
        host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(values["host"], values["host"])  # noqa: S104  replaced, not bound
        values["public_url"] = f"http://[{host}]:{values['port']}" if ":" in host else f"http://{host}:{values['port']}"
    is_embedded = _sqlite_path(values["database_url"]) is not None
    values["workers"] = values["workers"] or (1 if is_embedded else 2)
    values["threads"] = values["threads"] or (32 if is_embedded else 16)


def _unknown_names(environ: Mapping[str, str]) -> Iterator[str]:
    """Yield a warning for each variable that is spelled like a setting and is none."""
    known = [name for setting in SETTINGS for name in (setting.name, setting.name + FILE_SUFFIX)]
    for name in sorted(environ):
        if name.startswith(PREFIX) and name not in known and not name.startswith(_TESTS_OWN):
            # Compared without the prefix, which alone would make any two names look alike.
            meant = get_close_matches(name.removeprefix(PREFIX), [one.removeprefix(PREFIX) for one in known], n=1)
            yield f"{name} is no setting" + (f"; is {PREFIX}{meant[0]} meant?" if meant else ".")


def _unlikely(values: Mapping[str, Any]) -> Iterator[str]:
    """Yield a warning for each pair of settings that work against each other."""
    if values["workers"] > 1 and _sqlite_path(values["database_url"]):
        yield f"{PREFIX}WORKERS: with SQLite one process answers faster than several."
    if values["commit_wait_seconds"] <= values["database_timeout_seconds"]:
        yield f"{PREFIX}COMMIT_WAIT_SECONDS should be longer than {PREFIX}DATABASE_TIMEOUT_SECONDS."


def _sqlite_path(database_url: str) -> Path | None:
    """Return the file of an embedded database."""
    return Path(database_url.removeprefix(_SQLITE)) if database_url.startswith(_SQLITE) else None


def _without_line_end(text: str) -> str:
    """Return the text without the one line end that editors and `echo` leave."""
    return text.removesuffix("\n").removesuffix("\r")


# ------------------------------------------------------------------------------------------------------- the secret key


def _is_secret_key_missing(values: Mapping[str, Any]) -> bool:
    """Say whether a secret key must be given: several machines cannot each make their own."""
    url = values["database_url"]
    return values["secret_key"] is None and url is not None and _sqlite_path(url) is None


def _embedded_secret_key(data_dir: Path, database_url: str, warnings: list[str]) -> str:
    """Return the secret key kept beside the embedded database, made now if the installation is new."""
    key_file = data_dir / SECRET_KEY_FILE_NAME
    try:
        return _kept_secret_key(key_file, Path(database_url.removeprefix(_SQLITE)), warnings)
    except OSError as error:
        said = f"The secret key {key_file} cannot be kept there: {error.strerror}."
        raise SettingsError({PREFIX + "DATA_DIR": (said,)}) from error
    except ValueError as error:
        raise SettingsError({PREFIX + "SECRET_KEY": (f"{key_file}: {error}",)}) from error


def _kept_secret_key(key_file: Path, database: Path, warnings: list[str]) -> str:
    """Read the key from its file, which is made unless it is there.

    Raises: ValueError: the file is missing although it must be there, or holds no key.
    """
    # Looked at before the key, because the key is written before the database: two processes that start
    # together must not take each other's database for one that has lost its key.
    is_database_there = database.exists() and database.stat().st_size > 0
    if not key_file.exists():
        if is_database_there:
            raise ValueError(
                f"The file is missing, though the database {database} is there: put it back from a backup. With a new "
                "secret key every lead token and API key would stop working."
            )
        _create_secret_key(key_file)
    if key_file.stat().st_mode & _READABLE_BY_OTHERS:
        warnings.append(f"{key_file} can be read by others; mend it with: chmod 600 {key_file}")
    return _strong_secret_key(_without_line_end(key_file.read_text(encoding="utf-8")))


def _create_secret_key(key_file: Path) -> None:
    """Write a new secret key unless somebody else is faster; whoever reads the file finds it whole."""
    key_file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    # A file that only its owner can read from its first moment on, and that no file of that name is replaced by:
    # a link, unlike a rename, fails when the name is taken.
    handle, draft = tempfile.mkstemp(prefix=f".{SECRET_KEY_FILE_NAME}.", dir=key_file.parent)
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(mint_secret_key(os.urandom) + "\n")
            file.flush()
            os.fsync(file.fileno())
        with suppress(FileExistsError):
            os.link(draft, key_file)
    finally:
        Path(draft).unlink()
    _sync_folder(key_file.parent)


def _sync_folder(folder: Path) -> None:
    """Make the names in a folder survive a loss of power."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
