"""Settings: built-in defaults, then ``newscentre.toml`` in the data folder, then the environment; all checked on entry."""

from __future__ import annotations

import difflib
import os
import re
import secrets
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

from newsdesk.errors import BadSetting

FILE_NAME = "newscentre.toml"
PREFIX = "NEWSCENTRE_"
#: Settings that are numbers, with the least and the most that they can be.
BOUNDS = {
    "port": (1, 65_535),
    "digest_hour": (0, 23),
    **dict.fromkeys(("search_title", "search_lead", "search_tie"), (0, 100)),
    "host_daily_cap": (1, 100_000),
    "workers": (0, 1_000),
    "elasticsearch_shards": (1, 100),
    "elasticsearch_replicas": (0, 10),
    **dict.fromkeys(("keep_articles", "keep_other_articles", "keep_refused", "keep_listings"), (0, 36_500)),
    **dict.fromkeys(("keep_listing_rows", "keep_mails", "keep_alerts", "keep_ended"), (0, 36_500)),
}


def setting(default: Any, description: str) -> Any:
    """Declare one setting with its default and a sentence for ``newscentre settings``."""
    return field(default=default, metadata={"description": description})


@dataclass(frozen=True)
class Configuration:
    """One deployment's settings. ``data`` is the folder that holds all its state."""

    data: Path
    database_url: str = setting("", "where the record lives; empty: SQLite in the data folder (also read from DATABASE_URL)")
    engine: str = setting("embedded", "search engine fed by the outbox: embedded or elastic")
    elasticsearch_url: str = setting(
        "http://127.0.0.1:9200",
        "address of Elasticsearch, with user and password if it has any; several nodes: comma-separated",
    )
    elasticsearch_index: str = setting("newscentre", "alias of the index in Elasticsearch")
    elasticsearch_shards: int = setting(1, "shards of each index in Elasticsearch; takes effect with the next reindex")
    elasticsearch_replicas: int = setting(1, "copies of each shard, as far as there are nodes for them; with the next reindex")
    elasticsearch_monthly: bool = setting(False, "one index a month in Elasticsearch, behind one alias; needs a reindex")
    site_url: str = setting("http://127.0.0.1:8000", "public address of the site, used in mails and feeds")
    host: str = setting("127.0.0.1", "address the site listens on")
    port: int = setting(8000, "port the site listens on")
    trusted_proxy: str = setting(
        "", "address of the proxy in front of the site, believed about who asks; * if only it can reach us"
    )
    smtp_url: str = setting("", "smtp://user:password@host:port or smtps://...; empty: mails become files in the data folder")
    mail_from: str = setting("Newscentre <newscentre@localhost>", "sender of digests and confirmations")
    contact: str = setting("", "e-mail or page named in the crawler's user agent; needed to crawl anything but test hosts")
    host_daily_cap: int = setting(2_000, "most requests a day to one host, counted over all machines")
    search_title: float = setting(5.0, "what a word found in a title weighs in a list by relevance; in the text: 1")
    search_lead: float = setting(0.0, "what a word found among the first of a text weighs more")
    search_tie: float = setting(0.0, "scores of relevance that differ by less count as equal, and the newer article is first")
    digest_hour: int = setting(6, "hour (UTC) at which the daily digest is built")
    workers: int = setting(0, "processes that analyse pages; 0: one a core")
    debug: bool = setting(False, "show tracebacks in the browser; never in production")
    archive: str = setting("", "folder of the archived bodies; empty: archive in the data folder; several machines share one")
    keep_articles: int = setting(1825, "days that bodies of articles about migration are kept; 0: for ever (so for all of these)")
    keep_other_articles: int = setting(90, "days that bodies of other articles are kept")
    keep_refused: int = setting(30, "days that bodies of refused pages are kept")
    keep_listings: int = setting(14, "days that bodies of feeds, sitemaps and sections are kept; the newest of each always is")
    keep_listing_rows: int = setting(400, "days that it is known when which feed, sitemap or section was read")
    keep_mails: int = setting(90, "days that mails in the data folder and the lists of who was sent which digest are kept")
    keep_alerts: int = setting(180, "days that it is known what saved searches found and told; at least 4")
    keep_ended: int = setting(30, "days that an ended or never confirmed subscription is kept, with its address and secret")
    keep_by_source: str = setting("", "comma-separated key:days for bodies of the articles of one source, before keep_articles")
    test_hosts: str = setting("", "comma-separated name:port of hosts on the loopback that the crawler may visit (tests, demo)")

    @property
    def index_folder(self) -> Path:
        """Where the embedded index lives."""
        return self.data / "index"

    @property
    def mail_folder(self) -> Path:
        """Where mails are written when no SMTP server is set."""
        return self.data / "mail"

    @property
    def archive_folder(self) -> Path:
        """Where bodies live once they have left their rows."""
        return Path(self.archive) if self.archive else self.data / "archive"

    @property
    def locks_folder(self) -> Path:
        """Where lock files live when the record is SQLite."""
        return self.data / "locks"

    @property
    def record_url(self) -> str:
        """Database address, with the default filled in."""
        return self.database_url or f"sqlite:///{self.data / 'record.sqlite3'}"


def load(data: Path, environ: Mapping[str, str] | None = None) -> Configuration:
    """Read the settings of one data folder; raise BadSetting, naming the place, for anything unknown or impossible."""
    environ = os.environ if environ is None else environ
    values: dict[str, Any] = {}
    for place, name, raw in [*_from_file(data / FILE_NAME), *_from_environment(environ)]:
        values[name] = _converted(raw, name=name, place=place)
    if values.get("engine", "embedded") not in ("embedded", "elastic"):
        raise BadSetting(f"engine is {values['engine']!r}; it must be embedded or elastic")
    return Configuration(data=data.resolve(), **values)


def made(data: Path) -> Path:
    """Return the data folder, made if it was missing; raise BadSetting if it cannot be made or written to."""
    try:
        data.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise BadSetting(f"{data} cannot be the data folder: {error.strerror}") from error
    if not os.access(data, os.W_OK | os.X_OK):
        raise BadSetting(f"{data} cannot be the data folder: it cannot be written to")
    return data


def without_secrets(value: Any) -> Any:
    """Return a setting's value with the password of an address hidden, fit to be shown."""
    return re.sub(r"(://[^:/@]*:)[^@]*@", r"\1***@", value) if isinstance(value, str) else value


def secret_key(data: Path) -> str:
    """Return this data folder's secret key, made on first use and readable by its owner alone."""
    path = data / "secret-key"
    try:
        return path.read_text(encoding="ascii")
    except FileNotFoundError:
        data.mkdir(mode=0o700, parents=True, exist_ok=True)
    fresh = path.with_suffix(f".{os.getpid()}")
    fresh.touch(mode=0o600)
    fresh.write_text(secrets.token_urlsafe(48), encoding="ascii")
    try:
        os.link(fresh, path)
    except FileExistsError:
        pass
    finally:
        fresh.unlink()
    return path.read_text(encoding="ascii")


def _from_file(path: Path) -> list[tuple[str, str, Any]]:
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
    except (FileNotFoundError, NotADirectoryError):
        return []
    except OSError as error:
        raise BadSetting(f"{path} cannot be read: {error.strerror}") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise BadSetting(f"{path}: {error}") from error
    return [(str(path), _known(name, place=str(path)), raw) for name, raw in table.items()]


#: Variables of the environment with our prefix that are not settings.
NOT_SETTINGS = {"NEWSCENTRE_DATA"}


def _from_environment(environ: Mapping[str, str]) -> list[tuple[str, str, Any]]:
    found: list[tuple[str, str, Any]] = []
    if environ.get("DATABASE_URL"):
        found.append(("environment variable DATABASE_URL", "database_url", environ["DATABASE_URL"]))
    for variable, raw in sorted(environ.items()):
        if variable.startswith(PREFIX) and variable not in NOT_SETTINGS and not variable.startswith(PREFIX + "TEST_"):
            place = f"environment variable {variable}"
            found.append((place, _known(variable.removeprefix(PREFIX).lower(), place=place), raw))
    return found


def _known(name: str, *, place: str) -> str:
    names = [f.name for f in fields(Configuration) if f.name != "data"]
    if name in names:
        return name
    near = difflib.get_close_matches(name, names, n=1)
    hint = f"; did you mean {near[0]}?" if near else f"; known settings: {', '.join(names)}"
    raise BadSetting(f"{place}: unknown setting {name!r}{hint}")


def _converted(raw: Any, *, name: str, place: str) -> Any:
    default: Any = next(f.default for f in fields(Configuration) if f.name == name)
    kind = type(default)
    try:
        if kind is bool:
            return {"true": True, "1": True, "yes": True, "false": False, "0": False, "no": False, "": False}[str(raw).lower()]
        if kind is str and not isinstance(raw, str):
            raise TypeError
        value = kind(raw)
    except (KeyError, ValueError, TypeError, OverflowError) as error:
        raise BadSetting(f"{place}: {name} is {raw!r}; it must be a {kind.__name__}") from error
    least, most = BOUNDS.get(name, (value, value))
    if not least <= value <= most:
        raise BadSetting(f"{place}: {name} is {value}; it must lie between {least} and {most}")
    return value
