"""Catalogue files: what ships, what an operator changes, what is refused."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from crawler.catalogue import chosen, load_catalogue, outlet_of, read_catalogue, shipped
from crawler.outlets import REGIONS, Outlet
from newsdesk.errors import BadInput
from newsdesk.languages import languages

GOOD = '[almina]\nname = "الميناء"\nhomepage = "https://almina.example/"\nlanguages = ["ar"]\nfeeds = ["https://almina.example/rss"]\n'


LOCALS = ("austria", "denmark", "france", "germany", "italy", "norway", "spain", "sweden", "switzerland")
#: Hosts of ways in that are not of their outlet's own domain, each by the outlet's key.
HOSTED_ELSEWHERE = {
    "bbc-arabic": "feeds.bbci.co.uk",
    "bbc-news": "feeds.bbci.co.uk",
    "radio-sweden": "api.sr.se",
    "sky-news": "feeds.skynews.com",
    **dict.fromkeys((f"the-local-{name}" for name in LOCALS), "feeds.thelocal.com"),
}


def site_of(address: str) -> str:
    """Return the last two labels of the host, three where the last but one is a class of names (co.uk)."""
    labels = (urlsplit(address).hostname or "").split(".")
    return ".".join(labels[-3:] if len(labels) > 2 and labels[-2] in {"co", "com", "org", "gov", "net"} else labels[-2:])


def test_the_shipped_catalogue_covers_languages_regions_and_kinds() -> None:
    outlets = shipped()
    assert len(outlets) >= 150
    enabled = [outlet for outlet in outlets.values() if outlet.enabled]
    spoken = Counter(language for outlet in enabled for language in outlet.languages)
    assert all(spoken[language] >= 40 for language in languages())
    kinds = Counter(outlet.kind for outlet in enabled)
    assert kinds["media"] >= 150
    assert min(kinds["institution"], kinds["specialist"]) >= 8
    assert {outlet.region for outlet in enabled} == set(REGIONS)


@pytest.mark.parametrize("outlet", shipped().values(), ids=lambda outlet: outlet.key)
def test_each_shipped_outlet_is_sound(outlet: Outlet) -> None:
    assert outlet.ways, "nothing leads in"
    assert outlet.languages
    assert set(outlet.languages) <= set(languages()), "a language that is not worked in"
    assert outlet.region
    assert outlet.country or outlet.region in ("world", "europe")
    assert outlet.evidence, "nothing says why the addresses are believed"
    assert outlet.verified == (outlet.evidence == "probe" and outlet.enabled)
    if outlet.evidence in ("old-list", "known"):
        assert not outlet.enabled, "doubtful addresses are off until somebody checked them"
    for _kind, address in outlet.ways:
        host = urlsplit(address).hostname
        assert site_of(address) == site_of(outlet.homepage) or HOSTED_ELSEWHERE.get(outlet.key) == host


def test_no_two_shipped_outlets_share_a_way_in_or_a_name() -> None:
    outlets = shipped().values()
    ways = Counter(address.rstrip("/") for outlet in outlets for _kind, address in outlet.ways)
    names = Counter((outlet.name, outlet.country) for outlet in outlets)
    assert [way for way, count in ways.items() if count > 1] == []
    assert [name for name, count in names.items() if count > 1] == []


def test_an_operator_adds_and_switches_off(tmp_path: Path) -> None:
    mine = tmp_path / "sources.toml"
    mine.write_text(GOOD + "[okaz]\nenabled = false\n[hespress]\ndelay = 9\n", encoding="utf-8")
    outlets = load_catalogue(mine)
    assert outlets["almina"].name == "الميناء"
    assert not outlets["okaz"].enabled
    assert outlets["okaz"].feeds == load_catalogue()["okaz"].feeds
    assert outlets["hespress"].delay == 9.0
    assert "okaz" not in [outlet.key for outlet in chosen(outlets, ())]
    assert [outlet.key for outlet in chosen(outlets, ["okaz"])] == ["okaz"]


def test_a_missing_operators_file_adds_nothing(tmp_path: Path) -> None:
    assert load_catalogue(tmp_path / "none.toml") == load_catalogue()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (GOOD.replace('"https://almina.example/rss"', '"ftp://almina.example/rss"'), "is no http"),
        (GOOD.replace('["ar"]', '"ar"'), "languages is 'ar'; it must be a list of texts"),
        (GOOD.replace('["ar"]', '["arabic"]'), "language 'arabic'"),
        (GOOD.replace("[almina]", "[Al-Mina]"), "a key is made of"),
        (GOOD + 'kind = "blog"\n', "kind is 'blog'"),
        (GOOD + 'country = "Malta"\n', "country is 'Malta'"),
        (GOOD + 'feed = "x"\n', "unknown entry 'feed'"),
        (GOOD + "delay = -1\n", "delay is -1"),
        (GOOD + 'enabled = "no"\n', "enabled is 'no'; it must be a yes or no"),
        (GOOD + 'note = "a\\u0008b"\n', "note holds control characters"),
        (GOOD + 'article = "("\n', "article is no regular expression"),
        ('[almina]\nname = "x"\n', "almina: it needs a homepage"),
        ("name = 3\n", "name stands outside"),
        ("[almina\n", "line 1"),
        ("[almina]\nhomepage = 'http://[::1'\nname = 'x'\n", "is no http"),
    ],
)
def test_a_faulty_file_is_named_with_its_key(tmp_path: Path, text: str, said: str) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(BadInput, match=r"mine\.toml") as caught:
        read_catalogue(path)
    assert said in str(caught.value)
    assert "\n" not in str(caught.value).strip()


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("# mine\n\n" + GOOD + "delay = -1\n", 8),
        ('[a]\nname = "a"\nhomepage = "https://a.example/"\n\n' + GOOD.replace('["ar"]', "[3]"), 8),
        ('["almina"]\nname = "x"\n', 1),
        ("\nname = 3\n", 2),
        (GOOD + "\n[ b ]\nname = 'b'\nkind = 'blog'\nhomepage = 'https://b.example/'\n", 9),
    ],
)
def test_a_fault_is_told_with_its_line(tmp_path: Path, text: str, line: int) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(BadInput, match=rf"mine\.toml:{line}: "):
        read_catalogue(path)


def test_a_catalogue_of_boundless_size_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_bytes(b"# long\n" * 700_000)
    with pytest.raises(BadInput, match="at most 4,194,304 bytes"):
        load_catalogue(path)


def test_unknown_keys_are_named() -> None:
    with pytest.raises(BadInput, match="nowhere"):
        chosen(load_catalogue(), ["okaz", "nowhere"])


def test_an_outlet_survives_json() -> None:
    import json

    for outlet in load_catalogue().values():
        assert outlet_of(json.loads(json.dumps(outlet.as_json()))) == outlet
