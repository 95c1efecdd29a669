"""Settings: what may be set, what it means when it is not, and what is said when it is wrong."""

from __future__ import annotations

import dataclasses
import subprocess
import sys
import traceback
from concurrent.futures import ThreadPoolExecutor
from ipaddress import ip_network
from pathlib import Path
from threading import Barrier
from typing import TypeAlias

import pytest

from leadintake.config import SETTINGS, Setting, Settings, SettingsError

SECRET_KEY = "0123456789abcdefghijklmnopqrstuvwxyz"
POSTGRESQL = "postgresql://ada:hunter2@db.example.com:5432/leads"

Environ: TypeAlias = dict[str, str]


@pytest.fixture
def environ(tmp_path: Path) -> Environ:
    """Hold the least a user's environment has."""
    return {"HOME": str(tmp_path / "home"), "PATH": "/usr/bin"}


def problems_of(environ: Environ) -> dict[str, tuple[str, ...]]:
    with pytest.raises(SettingsError) as raised:
        Settings.from_environment(environ)
    return raised.value.problems


def with_database(environ: Environ, url: str) -> Settings:
    return Settings.from_environment(environ | {"LEADINTAKE_DATABASE_URL": url, "LEADINTAKE_SECRET_KEY": SECRET_KEY})


class TestDefaults:
    def test_everything_has_one(self, environ: Environ, tmp_path: Path) -> None:
        """`leadintake init` and `serve` work with nothing set."""
        settings = Settings.from_environment(environ)

        assert settings.data_dir == tmp_path / "home/.local/share/leadintake"
        assert settings.database_url == f"sqlite:///{settings.data_dir}/leadintake.db"
        assert settings.sqlite_path == settings.data_dir / "leadintake.db"
        assert (settings.host, settings.port, settings.public_url) == ("127.0.0.1", 8000, "http://127.0.0.1:8000")
        assert (settings.workers, settings.threads) == (1, 32)
        assert (settings.batch_size, settings.batch_leaders) == (64, 1)
        assert settings.trusted_proxies == ()
        assert settings.rate_limits
        assert (settings.max_body_bytes, settings.max_tokens) == (262_144, 200)
        assert (settings.max_token_chars, settings.max_depth) == (10_000, 16)
        assert (settings.log_level, settings.log_format) == ("info", "json")
        assert settings.warnings == ()

    def test_empty_variables_count_as_not_given(self, environ: Environ) -> None:
        """Compose files pass on variables that nobody has set."""
        empty = {setting.name + suffix: "" for setting in SETTINGS for suffix in ("", "_FILE")}

        assert Settings.from_environment(environ | empty) == Settings.from_environment(environ)

    def test_postgresql_gets_processes(self, environ: Environ) -> None:
        settings = with_database(environ, POSTGRESQL)

        assert (settings.workers, settings.threads) == (2, 16)
        assert settings.sqlite_path is None

    @pytest.mark.parametrize(("given", "used"), [("/data", "/data/leadintake"), ("data", None)])
    def test_data_home_is_used_if_absolute(
        self, environ: Environ, tmp_path: Path, given: str, used: str | None
    ) -> None:
        settings = Settings.from_environment(environ | {"XDG_DATA_HOME": given, "LEADINTAKE_SECRET_KEY": SECRET_KEY})

        assert settings.data_dir == Path(used or tmp_path / "home/.local/share/leadintake")

    def test_without_a_home_the_data_folder_is_asked_for(self) -> None:
        """Services often have no home; the data must not land in whatever folder they run in."""
        assert list(problems_of({})) == ["LEADINTAKE_DATA_DIR"]

    @pytest.mark.parametrize(
        ("host", "public_url"),
        [("0.0.0.0", "http://127.0.0.1:8000"), ("::", "http://[::1]:8000"), ("leads.lan", "http://leads.lan:8000")],  # noqa: S104  what people give
    )
    def test_samples_show_an_address_that_can_be_reached(self, environ: Environ, host: str, public_url: str) -> None:
        assert Settings.from_environment(environ | {"LEADINTAKE_HOST": host}).public_url == public_url


class TestTable:
    def test_it_lists_exactly_the_settings_there_are(self) -> None:
        """The documents and doctor are made from it."""
        fields = {field.name for field in dataclasses.fields(Settings)}

        assert {setting.attribute for setting in SETTINGS} == fields - {"warnings"}
        assert len({setting.name for setting in SETTINGS}) == len(SETTINGS)

    @pytest.mark.parametrize("setting", SETTINGS, ids=lambda setting: setting.name)
    def test_each_setting_is_described(self, setting: Setting) -> None:
        assert setting.default_shown
        assert setting.meaning.endswith(".")

    def test_importing_it_costs_no_marshmallow(self) -> None:
        """`leadintake --help` has 0.3 seconds in all."""
        code = "import sys, leadintake.config; print({'marshmallow', 'environs'} & set(sys.modules))"
        source = Path(__file__).parents[2] / "src"
        done = subprocess.run(  # a process of its own: here both are loaded already
            [sys.executable, "-c", code], env={"PYTHONPATH": str(source)}, capture_output=True, text=True, check=True
        )

        assert done.stdout == "set()\n"


class TestValues:
    def test_what_is_given_is_used(self, environ: Environ, tmp_path: Path) -> None:
        settings = Settings.from_environment(
            environ
            | {
                "LEADINTAKE_DATA_DIR": str(tmp_path / "x/../data"),
                "LEADINTAKE_PORT": "8080",
                "LEADINTAKE_RATE_LIMITS": "off",
                "LEADINTAKE_TRUSTED_PROXIES": "10.0.0.0/8, ::1,",
                "LEADINTAKE_PUBLIC_URL": "https://leads.example.com/intake/",
                "LEADINTAKE_LOG_LEVEL": "WARNING",
                "LEADINTAKE_COMMIT_WAIT_SECONDS": "7.5",
            }
        )

        assert settings.data_dir == tmp_path / "data"
        assert settings.port == 8080
        assert not settings.rate_limits
        assert settings.trusted_proxies == (ip_network("10.0.0.0/8"), ip_network("::1"))
        assert settings.public_url == "https://leads.example.com/intake"
        assert settings.log_level == "warning"
        assert settings.commit_wait_seconds == 7.5

    @pytest.mark.parametrize(
        ("name", "text"),
        [
            ("PORT", "0"),
            ("PORT", "65536"),
            ("PORT", "http"),
            ("WORKERS", "-1"),
            ("MAX_DEPTH", "5000"),
            ("COMMIT_WAIT_SECONDS", "nan"),
            ("COMMIT_WAIT_SECONDS", "0"),
            ("RATE_LIMITS", "perhaps"),
            ("LOG_FORMAT", "xml"),
            ("TRUSTED_PROXIES", "10.0.0.1/8"),
            ("TRUSTED_PROXIES", "proxy.example.com"),
            ("PUBLIC_URL", "leads.example.com"),
            ("PUBLIC_URL", "ftp://leads.example.com"),
            ("PUBLIC_URL", "https://"),
            ("PUBLIC_URL", "https://ada:hunter2@leads.example.com"),
            ("PUBLIC_URL", "https://leads.example.com?x=1"),
            ("PUBLIC_URL", "https://leads.example.com:x"),
            ("PUBLIC_URL", "https://[::1"),
            ("SECRET_KEY", "hunter2"),
            ("SECRET_KEY", "ab" * 20),
        ],
    )
    def test_what_cannot_be_used_is_refused_by_name_and_not_repeated(
        self, environ: Environ, name: str, text: str
    ) -> None:
        problems = problems_of(environ | {f"LEADINTAKE_{name}": text})

        assert list(problems) == [f"LEADINTAKE_{name}"]
        assert "hunter2" not in str(problems)

    def test_all_problems_are_told_at_once(self, environ: Environ) -> None:
        """Mending settings one restart at a time is no way to spend a night."""
        wrong = {"LEADINTAKE_PORT": "x", "LEADINTAKE_WORKERS": "0", "LEADINTAKE_DATABASE_URL": POSTGRESQL}
        with pytest.raises(SettingsError) as raised:
            Settings.from_environment(environ | wrong | {"LEADINTAKE_LOG_LEVEL_FILE": "/nowhere"})

        assert set(raised.value.problems) == {
            "LEADINTAKE_PORT",
            "LEADINTAKE_WORKERS",
            "LEADINTAKE_SECRET_KEY",
            "LEADINTAKE_LOG_LEVEL_FILE",
        }
        assert all(name in str(raised.value) for name in raised.value.problems)

    def test_misspelled_names_are_warned_about(self, environ: Environ) -> None:
        """A setting that is silently ignored is found out in production."""
        given = {"LEADINTAKE_PROT": "1", "LEADINTAKE_ZZZZ": "1", "LEADINTAKE_TEST_DATABASE_URL": "x", "OTHER": "1"}

        assert Settings.from_environment(environ | given).warnings == (
            "LEADINTAKE_PROT is no setting; is LEADINTAKE_PORT meant?",
            "LEADINTAKE_ZZZZ is no setting.",
        )

    def test_settings_that_work_against_each_other_are_warned_about(self, environ: Environ) -> None:
        given = {"LEADINTAKE_WORKERS": "4", "LEADINTAKE_COMMIT_WAIT_SECONDS": "2"}
        warnings = Settings.from_environment(environ | given).warnings

        assert [warning.partition(":")[0].partition(" ")[0] for warning in warnings] == [
            "LEADINTAKE_WORKERS",
            "LEADINTAKE_COMMIT_WAIT_SECONDS",
        ]


class TestFiles:
    @pytest.mark.parametrize("ending", ["", "\n", "\r\n"])
    def test_one_line_end_is_not_part_of_the_value(self, environ: Environ, tmp_path: Path, ending: str) -> None:
        file = tmp_path / "level"
        file.write_bytes(b"debug" + ending.encode())

        assert Settings.from_environment(environ | {"LEADINTAKE_LOG_LEVEL_FILE": str(file)}).log_level == "debug"

    def test_every_other_blank_is(self, environ: Environ, tmp_path: Path) -> None:
        file = tmp_path / "level"
        file.write_text("debug\n\n")

        assert list(problems_of(environ | {"LEADINTAKE_LOG_LEVEL_FILE": str(file)})) == ["LEADINTAKE_LOG_LEVEL"]

    def test_variable_and_file_together_are_refused(self, environ: Environ, tmp_path: Path) -> None:
        given = {"LEADINTAKE_PORT": "1", "LEADINTAKE_PORT_FILE": str(tmp_path / "port")}

        assert list(problems_of(environ | given)) == ["LEADINTAKE_PORT"]

    def test_file_that_cannot_be_read_is_told_by_its_variable(self, environ: Environ, tmp_path: Path) -> None:
        (tmp_path / "latin-1").write_bytes(b"\xe9")
        given = {"LEADINTAKE_HOST_FILE": str(tmp_path / "latin-1"), "LEADINTAKE_PORT_FILE": str(tmp_path / "none")}

        assert set(problems_of(environ | given)) == set(given)


class TestDatabaseUrl:
    @pytest.mark.parametrize("scheme", ["postgres", "postgresql", "postgresql+psycopg"])
    def test_postgresql_is_known_by_all_its_names(self, environ: Environ, scheme: str) -> None:
        url = f"{scheme}://ada:hunter2@db.example.com/leads?sslmode=require"

        assert with_database(environ, url).database_url == (
            "postgresql+psycopg://ada:hunter2@db.example.com/leads?sslmode=require"
        )

    def test_postgresql_behind_a_socket_needs_no_host(self, environ: Environ) -> None:
        assert with_database(environ, "postgresql:///leads?host=/run/postgresql").sqlite_path is None

    def test_path_of_sqlite_is_made_absolute(self, environ: Environ, tmp_path: Path) -> None:
        """A command that changes its folder must not open a second database."""
        assert with_database(environ, "sqlite:///leads.db").sqlite_path == Path.cwd() / "leads.db"
        assert with_database(environ, f"sqlite:///{tmp_path}/leads.db").sqlite_path == tmp_path / "leads.db"

    @pytest.mark.parametrize(
        "url",
        [
            "mysql://ada:hunter2@db/leads",
            "postgresql+psycopg2://ada:hunter2@db/leads",
            "postgresql://ada:hunter2@db",
            "postgresql://ada:hunter2@db:hunter2/leads",
            "postgresql://ada:[hunter2@db/leads",
            "sqlite:///leads.db?timeout=hunter2",
            "sqlite://leads.db",
            "/var/hunter2.db",
        ],
    )
    def test_what_is_no_usable_database_is_refused_without_its_password(self, environ: Environ, url: str) -> None:
        given = environ | {"LEADINTAKE_DATABASE_URL": url, "LEADINTAKE_SECRET_KEY": SECRET_KEY}
        with pytest.raises(SettingsError) as raised:
            Settings.from_environment(given)

        assert list(raised.value.problems) == ["LEADINTAKE_DATABASE_URL"]
        assert "hunter2" not in "".join(traceback.format_exception(raised.value))

    @pytest.mark.parametrize(
        "url", ["sqlite://", "sqlite:///", "sqlite:///:memory:", "sqlite:///file:x?mode=memory&uri=true"]
    )
    def test_database_in_memory_is_refused_with_the_reason(self, environ: Environ, url: str) -> None:
        """An acknowledged lead is never lost, not even by a default copied from a tutorial."""
        (said,) = problems_of(environ | {"LEADINTAKE_DATABASE_URL": url})["LEADINTAKE_DATABASE_URL"]

        assert "lost at every restart" in said


class TestSecretKey:
    def test_it_is_made_once_for_an_embedded_installation(self, environ: Environ) -> None:
        first, second = Settings.from_environment(environ), Settings.from_environment(environ)
        key_file = first.data_dir / "secret_key"

        assert first.secret_key == second.secret_key
        assert len(first.secret_key) == 43
        assert key_file.stat().st_mode & 0o777 == 0o600
        assert first.data_dir.stat().st_mode & 0o777 == 0o700
        assert list(first.data_dir.iterdir()) == [key_file]

    def test_processes_that_start_together_share_it(self, environ: Environ, tmp_path: Path) -> None:
        """Two keys would make the tokens of one process unknown to the other."""
        together = Barrier(8)

        def start(data_dir: Path) -> str:
            together.wait()
            return Settings.from_environment(environ | {"LEADINTAKE_DATA_DIR": str(data_dir)}).secret_key

        with ThreadPoolExecutor(8) as processes:
            for number in range(10):
                assert len(set(processes.map(start, [tmp_path / str(number)] * 8))) == 1

    def test_it_is_not_made_when_one_is_given(self, environ: Environ) -> None:
        settings = Settings.from_environment(environ | {"LEADINTAKE_SECRET_KEY": f" {SECRET_KEY}\n"})

        assert settings.secret_key == SECRET_KEY
        assert not settings.data_dir.exists()

    def test_it_is_not_made_when_settings_are_wrong(self, environ: Environ, tmp_path: Path) -> None:
        problems_of(environ | {"LEADINTAKE_PORT": "x"})

        assert not (tmp_path / "home").exists()

    def test_it_must_be_given_with_postgresql(self, environ: Environ) -> None:
        """Machines that each made their own would not know each other's tokens."""
        (said,) = problems_of(environ | {"LEADINTAKE_DATABASE_URL": POSTGRESQL})["LEADINTAKE_SECRET_KEY"]

        assert "openssl rand -base64 32" in said

    def test_database_that_has_lost_its_key_gets_no_new_one(self, environ: Environ) -> None:
        """A new key would silently end every credential there is."""
        settings = Settings.from_environment(environ)
        (settings.data_dir / "leadintake.db").write_bytes(b"SQLite format 3")
        (settings.data_dir / "secret_key").unlink()

        (said,) = problems_of(environ)["LEADINTAKE_SECRET_KEY"]

        assert "put it back from a backup" in said
        assert not (settings.data_dir / "secret_key").exists()

    def test_database_that_is_still_empty_has_not_lost_its_key(self, environ: Environ, tmp_path: Path) -> None:
        (tmp_path / "leads.db").touch()

        settings = Settings.from_environment(environ | {"LEADINTAKE_DATABASE_URL": f"sqlite:///{tmp_path}/leads.db"})

        assert (settings.data_dir / "secret_key").exists()

    @pytest.mark.parametrize("kept", [b"", b"hunter2\n", b"\xff" * 40])
    def test_file_without_a_usable_key_is_refused(self, environ: Environ, kept: bytes) -> None:
        data_dir = Settings.from_environment(environ).data_dir
        (data_dir / "secret_key").write_bytes(kept)

        (said,) = problems_of(environ)["LEADINTAKE_SECRET_KEY"]

        assert str(data_dir / "secret_key") in said
        assert "hunter2" not in said

    def test_folder_that_cannot_be_used_is_told(self, environ: Environ, tmp_path: Path) -> None:
        (tmp_path / "file").touch()

        assert list(problems_of(environ | {"LEADINTAKE_DATA_DIR": str(tmp_path / "file")})) == ["LEADINTAKE_DATA_DIR"]

    def test_file_that_others_can_read_is_warned_about(self, environ: Environ) -> None:
        key_file = Settings.from_environment(environ).data_dir / "secret_key"
        key_file.chmod(0o644)

        (warning,) = Settings.from_environment(environ).warnings

        assert warning.endswith(f"chmod 600 {key_file}")

    def test_it_is_shown_nowhere(self, environ: Environ) -> None:
        settings = with_database(environ, POSTGRESQL)

        assert SECRET_KEY not in repr(settings)
        assert "hunter2" not in repr(settings)
