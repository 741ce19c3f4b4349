"""Catalogue files: what ships, what an operator changes, what is refused."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from crawler.catalogue import chosen, load_catalogue, outlet_of, read_catalogue
from newsdesk.errors import BadInput
from newsdesk.languages import languages

GOOD = '[almina]\nname = "الميناء"\nhomepage = "https://almina.example/"\nlanguages = ["ar"]\nfeeds = ["https://almina.example/rss"]\n'


def test_the_shipped_catalogue_covers_languages_regions_and_kinds() -> None:
    outlets = load_catalogue()
    enabled = [outlet for outlet in outlets.values() if outlet.enabled]
    assert len(enabled) >= 45
    spoken = Counter(language for outlet in enabled for language in outlet.languages)
    assert all(spoken[language] >= 15 for language in languages())
    assert {outlet.kind for outlet in enabled} == {"media", "institution", "specialist"}
    assert len({outlet.region for outlet in enabled}) >= 6
    assert all(outlet.ways for outlet in outlets.values())
    assert not any(outlet.verified and not outlet.enabled for outlet in outlets.values())


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
        (GOOD + 'article = "("\n', "article is no regular expression"),
        ('[almina]\nname = "x"\n', "almina needs a name and a homepage"),
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


def test_unknown_keys_are_named() -> None:
    with pytest.raises(BadInput, match="nowhere"):
        chosen(load_catalogue(), ["okaz", "nowhere"])


def test_an_outlet_survives_json() -> None:
    import json

    for outlet in load_catalogue().values():
        assert outlet_of(json.loads(json.dumps(outlet.as_json()))) == outlet
