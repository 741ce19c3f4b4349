"""Settings: where they come from, and what is said of a wrong one."""

from __future__ import annotations

from pathlib import Path

import pytest

from newsdesk.configuration import load, secret_key, without_secrets
from newsdesk.errors import BadSetting


def test_the_environment_wins_over_the_file_and_the_file_over_the_default(tmp_path: Path) -> None:
    (tmp_path / "newscentre.toml").write_text('port = 9000\ncontact = "news@example.org"\n', encoding="utf-8")
    configuration = load(tmp_path, {"NEWSCENTRE_PORT": "9001"})
    assert (configuration.port, configuration.contact, configuration.engine) == (9001, "news@example.org", "embedded")
    assert configuration.record_url == f"sqlite:///{tmp_path}/record.sqlite3"


def test_the_usual_variable_names_the_database(tmp_path: Path) -> None:
    assert load(tmp_path, {"DATABASE_URL": "postgresql://db/news"}).record_url == "postgresql://db/news"


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        ("prot = 1", "newscentre.toml: unknown setting 'prot'; did you mean port?"),
        ("port = 'many'", "port is 'many'; it must be a int"),
        ("port = [1]", "port is [1]; it must be a int"),
        ("port = inf", "port is inf; it must be a int"),
        ("contact = ['a@n.example']", "contact is ['a@n.example']; it must be a str"),
        ("workers = -1", "workers is -1; it must lie between 0 and 1000"),
        ("digest_hour = 24", "digest_hour is 24; it must lie between 0 and 23"),
        ("debug = 'perhaps'", "debug is 'perhaps'; it must be a bool"),
        ("engine = 'lucene'", "engine is 'lucene'; it must be embedded or elastic"),
        ("port = = 1", "newscentre.toml: Invalid value"),
        ("لغة = 1", "newscentre.toml: Invalid statement"),
    ],
)
def test_a_wrong_setting_is_named_with_its_place(tmp_path: Path, content: str, sentence: str) -> None:
    (tmp_path / "newscentre.toml").write_text(content, encoding="utf-8")
    with pytest.raises(BadSetting) as refusal:
        load(tmp_path, {})
    assert sentence in str(refusal.value)


def test_an_unknown_variable_is_refused_but_not_the_tests_own(tmp_path: Path) -> None:
    load(tmp_path, {"NEWSCENTRE_TEST_ELASTICSEARCH": "x", "NEWSCENTRE_DATA": "y", "HOME": "z"})
    with pytest.raises(BadSetting, match="environment variable NEWSCENTRE_PROT"):
        load(tmp_path, {"NEWSCENTRE_PROT": "1"})


def test_the_secret_key_is_made_once_and_private(tmp_path: Path) -> None:
    key = secret_key(tmp_path / "data")
    assert len(key) > 40
    assert secret_key(tmp_path / "data") == key
    assert (tmp_path / "data" / "secret-key").stat().st_mode & 0o077 == 0


def test_passwords_are_not_shown() -> None:
    assert without_secrets("postgresql://news:s3cret@db/news") == "postgresql://news:***@db/news"
    assert without_secrets("no password here") == "no password here"
    assert without_secrets(8000) == 8000
