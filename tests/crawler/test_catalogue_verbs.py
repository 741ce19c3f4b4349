"""The verbs ``sources preview``, ``add``, ``import`` and ``export``, as a person or a script runs them."""

from __future__ import annotations

from errno import ENOSPC
from os import strerror
from pathlib import Path

import pytest

from crawler.catalogue import load_catalogue, shipped
from newscentre.cli.catalogue import _put
from newsdesk.errors import BadInput
from tests.crawler.conftest import Desk
from tests.crawler.newsstand import page, rss
from tests.crawler.test_verbs import newscentre, newscentre_each, rows

TEXTS = {
    "ar": (
        "قالت البحرية إنها أنقذت عشرات المهاجرين قبالة الساحل بعد أن تعطل محرك القارب الذي كان يقلهم نحو أوروبا.",
        "ونقل الناجون إلى مركز استقبال في المدينة، وطلب بعضهم اللجوء، فيما تبحث فرق الإنقاذ عن مفقودين في البحر.",
        "ودعت منظمات إنسانية إلى فتح طرق آمنة للمهاجرين واللاجئين، وإلى وقف إعادتهم قسرا إلى بلدان يخشون فيها على حياتهم.",
    ),
    "en": (
        "The navy said it had rescued dozens of migrants off the coast after the engine of their boat failed on the way north.",
        "The survivors were taken to a reception centre in the town, where some asked for asylum while the search went on.",
        "Aid groups called for safe routes for migrants and refugees, and for an end to returns to where they are at risk.",
    ),
    "fr": (
        "La marine a annoncé avoir secouru des dizaines de migrants au large, le moteur de leur bateau étant tombé en panne.",
        "Les rescapés ont été conduits dans un centre d’accueil de la ville, où certains ont demandé l’asile.",
        "Des associations réclament des voies sûres pour les migrants et les réfugiés, et la fin des renvois.",
    ),
}


@pytest.fixture
def ready(desk: Desk) -> Desk:
    """Prepare a data folder that may ask three hosts of the newsstand."""
    hosts = desk.stand.test_hosts("news", "echo", "gone")
    (desk.data / "newscentre.toml").write_text(f'test_hosts = "{hosts}"\n', encoding="utf-8")
    return desk


def declare(desk: Desk) -> None:
    stand = desk.stand
    stand.serve("news", "/feed.xml", rss(stand.url("news", ""), ["/boat-ar", "/boat-en", "/boat-fr", "/boat-gone"]))
    for language, texts in TEXTS.items():
        stand.serve("news", f"/boat-{language}", page(language, extra="</p><p>".join(texts)))
    (desk.data / "sources.toml").write_text(
        f'# mine\n[news]\nname = "News"\nhomepage = "{stand.url("news")}"\nlanguages = ["fr", "ar", "en"]\n'
        f'feeds = ["{stand.url("news", "/feed.xml")}"]\n',
        encoding="utf-8",
    )


def test_a_preview_shows_what_would_be_made_of_the_newest_articles(ready: Desk) -> None:
    declare(ready)
    answer = newscentre(ready, "sources", "preview", "news", "--delay", "0", "--json")
    assert answer.returncode == 0, answer.stderr
    found = {row["url"].rpartition("-")[2]: row for row in rows(answer)}
    assert {key: row["code"] for key, row in found.items()} == {"ar": "", "en": "", "fr": "", "gone": "http-404"}
    for language, texts in TEXTS.items():
        row = found[language]
        assert (row["language"], row["relevant"], row["published"][:10]) == (language, True, "2026-11-20")
        assert texts[1] in row["text"]
        assert "themes" in {label["actor"].partition(" ")[0] for label in row["labels"]}
    shown = newscentre(ready, "sources", "preview", "news", "--delay", "0", "--limit", "1").stdout
    assert "labels" in shown  # whole: a table of many columns broke it
    assert ready.rows("SELECT count(*) AS n FROM newsdesk_fetch") == [{"n": 0}]
    assert ready.rows("SELECT count(*) AS n FROM newsdesk_article") == [{"n": 0}]


def test_a_check_says_what_each_way_in_answers(ready: Desk) -> None:
    declare(ready)
    path = ready.data / "sources.toml"
    path.write_text(path.read_text("utf-8") + f'sitemaps = ["{ready.stand.url("news", "/none.xml")}"]\n', encoding="utf-8")
    (row,) = rows(newscentre(ready, "sources", "check", "news", "--json"))
    assert [(way["kind"], way["links"], way["code"]) for way in row["ways"]] == [("feed", 4, ""), ("sitemap", 0, "http-404")]
    assert "status 404" in row["ways"][1]["message"]


def test_a_site_is_added_by_its_address(ready: Desk) -> None:
    stand = ready.stand
    (ready.data / "sources.toml").write_text("# mine\n[okaz]\nenabled = false # too many", encoding="utf-8")
    before = (ready.data / "sources.toml").read_text("utf-8")
    stand.serve("echo", "/", '<html lang="ar"><title>صدى</title><link rel="alternate" type="application/rss+xml" href="/f">')
    stand.serve("echo", "/f", rss(stand.url("echo", ""), ["/a"], language="ar"))
    arguments = ("sources", "add", stand.url("echo"), "--country", "tn", "--region", "maghreb", "--delay", "0")
    tried = newscentre(ready, *arguments, "--dry-run")
    assert 'name = "صدى"' in tried.stdout, tried.stderr
    assert (ready.data / "sources.toml").read_text("utf-8") == before
    (row,) = rows(newscentre(ready, *arguments, "--json"))
    assert (row["added"], row["outlet"]["key"]) == (True, "echo")
    assert (ready.data / "sources.toml").read_text("utf-8").startswith(before)
    outlets = load_catalogue(ready.data / "sources.toml")
    echo = outlets["echo"]
    assert (echo.name, echo.country, echo.languages, echo.feeds) == ("صدى", "TN", ("ar",), (stand.url("echo", "/f"),))
    assert not outlets["okaz"].enabled
    again = newscentre(ready, *arguments)
    assert (again.returncode, "is already collected as echo" in again.stderr) == (2, True)


def test_what_cannot_be_done_is_one_sentence(ready: Desk) -> None:
    said = {
        ("add", "http://169.254.169.254/"): (2, "not of the open internet"),
        ("add", "https://real.example/"): (2, "is a real site: set `contact`"),
        ("add", ready.stand.url("gone")): (1, "status 404"),
        ("add", "https://a.example/", "--key", "okaz"): (2, "the key okaz is taken"),
        ("export", "list.pdf"): (2, "ends in .opml or .csv"),
    }
    answers = newscentre_each(ready, *(("sources", *arguments) for arguments in said))
    for answer, (code, sentence) in zip(answers, said.values(), strict=True):
        assert (answer.returncode, sentence in answer.stderr, "Traceback" in answer.stderr) == (code, True, False), answer


def test_a_list_that_was_exported_changes_nothing(ready: Desk) -> None:
    declare(ready)
    before = (ready.data / "sources.toml").read_bytes()
    files = [str(ready.data / f"list.{ending}") for ending in ("opml", "csv")]
    commands = [command for file in files for command in (("export", file, "--all"), ("import", file, "--json"))]
    answers = newscentre_each(ready, *(("sources", *command) for command in commands))
    assert [answer.returncode for answer in answers] == [0] * 4, answers
    for answer in answers[1::2]:
        assert rows(answer) == [{"added": [], "unchanged": len(shipped()) + 1, "refused": []}]
    assert (ready.data / "sources.toml").read_bytes() == before


@pytest.mark.parametrize("before", [None, b"what was there"])
def test_a_list_that_cannot_be_written_leaves_no_part(
    before: bytes | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(draft: Path, content: bytes) -> int:
        draft.touch()
        raise OSError(ENOSPC, strerror(ENOSPC))

    file = tmp_path / "list.csv"
    if before is not None:
        file.write_bytes(before)
    monkeypatch.setattr(Path, "write_bytes", full)
    with pytest.raises(BadInput, match=r"list\.csv cannot be written: No space left"):
        _put(file, b"key,name")
    assert [path.read_bytes() for path in tmp_path.iterdir()] == ([] if before is None else [before])


def test_a_list_is_taken_in_as_far_as_it_can_be_used(ready: Desk) -> None:
    okaz = shipped()["okaz"]
    lines = [
        "key,name,homepage,languages,feeds",
        "mina,الميناء,https://mina.example/,ar,https://mina.example/rss",
        "mina2,Mina,https://mina.example/,ar,https://mina.example/rss/",
        "okaz,Okaz,https://okaz.example/,ar,https://okaz.example/f",
        "bad,Bad,nowhere,ar,https://bad.example/f",
        "inner,Inner,https://inner.example/,ar,http://169.254.169.254/rss",
    ]
    file = ready.data / "list.csv"
    file.write_text("\n".join(lines), encoding="utf-8")
    answer = newscentre(ready, "sources", "import", str(file), "--disabled")
    assert answer.returncode == 1
    assert len(answer.stderr.splitlines()) == 4
    for said in (
        "list.csv:3: https://mina.example/rss is already collected as mina",
        "list.csv:4: the key okaz is taken",
        "list.csv:5: 'nowhere'",
        "list.csv:6: http://169.254.169.254/rss: 169.254.169.254 is not of the open internet",
    ):
        assert said in answer.stderr
    outlets = load_catalogue(ready.data / "sources.toml")
    assert (outlets["mina"].name, outlets["mina"].enabled, outlets["okaz"]) == ("الميناء", False, okaz)
