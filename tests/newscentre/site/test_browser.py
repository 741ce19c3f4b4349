"""Looks at the pages with a real browser: nothing sticks out, Arabic mirrors, all is reached by keyboard and can be read."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.utils import translation

from digest.editions import build_edition
from digest.subscriptions import subscribe
from digest.transport import FolderTransport
from digest.trends import build_report
from newsdesk.models import Article, Source, Subscription
from newsdesk.values import THEMES
from tests.newscentre.site.conftest import LANGUAGES, PASSWORD

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

SIZES = {"phone": (390, 844), "desktop": (1280, 900)}
PAGES = (
    "",
    "latest/",
    "theme/protection/",
    "country/TN/",
    "countries/",
    "search/?q=migrant",
    "search/?q=(a",
    "digests/",
    "sources/",
    "sources/region/europe/",
    "about/",
    "sign-in/",
)
FLAGS = ("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking")

#: The contrast of every text with what lies behind it, by WCAG 2.2; answers with those below 4.5 (large: 3).
CONTRAST = """() => {
  const channel = v => { v /= 255; return v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4; };
  const luminance = ([r, g, b]) => 0.2126 * channel(r) + 0.7152 * channel(g) + 0.0722 * channel(b);
  const numbers = colour => (colour.match(/[\\d.]+/g) || []).map(Number);
  const behind = element => {
    for (let each = element; each; each = each.parentElement) {
      const found = numbers(getComputedStyle(each).backgroundColor);
      if (found.length === 3 || found[3] > 0.9) return found.slice(0, 3);
    }
    return [255, 255, 255];
  };
  const wrong = [];
  for (const element of document.querySelectorAll('body *')) {
    const own = [...element.childNodes].some(node => node.nodeType === 3 && node.textContent.trim());
    if (!own || !element.checkVisibility() || element.closest('.unseen, .skip, option, iframe')) continue;
    const style = getComputedStyle(element);
    const pair = [luminance(numbers(style.color).slice(0, 3)), luminance(behind(element))].sort((a, b) => b - a);
    const ratio = (pair[0] + 0.05) / (pair[1] + 0.05);
    const large = parseFloat(style.fontSize) >= 24 || (parseFloat(style.fontSize) >= 18.66 && style.fontWeight >= 700);
    const name = `${element.tagName}.${element.className} ${ratio.toFixed(2)} ${element.textContent.trim().slice(0, 30)}`;
    if (ratio < (large ? 3 : 4.5)) wrong.push(name);
  }
  return wrong;
}"""
#: Links and buttons that say nothing to those who do not see them.
NAMELESS = """() => [...document.querySelectorAll('a, button, iframe, table, nav, [role=region]')].filter(element => {
  if (!element.checkVisibility()) return false;
  const name = element.getAttribute('aria-label') || element.getAttribute('title') || element.textContent.trim()
    || (element.getAttribute('aria-labelledby') && document.getElementById(element.getAttribute('aria-labelledby')));
  return !name;
}).map(element => element.outerHTML.slice(0, 120))"""


@pytest.fixture(scope="module")
def chromium() -> Iterator[Any]:
    """Start a browser, or skip."""
    sync_api = pytest.importorskip("playwright.sync_api", reason="Playwright is not installed")
    path = os.environ.get("NEWSCENTRE_TEST_CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")
    if not path:
        pytest.skip("there is no Chromium; install it or name it in NEWSCENTRE_TEST_CHROMIUM")
    # Playwright runs an event loop in this thread, beside which Django would refuse to touch the record.
    before = os.environ.get("DJANGO_ALLOW_ASYNC_UNSAFE")
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"
    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=list(FLAGS))
        yield browser
        browser.close()
    if before is None:
        del os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"]


@pytest.fixture
def site(live_server: Any, write: Callable[..., Article], story: Any, indexed: Callable[[], object], now: datetime) -> str:
    """Serve a site with something on every page, some of it hard to lay out; return its address."""
    write(
        "en",
        title="Unbreakable" * 12,
        outlet="Outlet" * 20,
        countries=("BA", "CD", "VC", "GB"),
        themes=[(theme, 0.9) for theme in THEMES],
    )
    write("ar", title="كلمة" * 40, date_origin="fetch")
    for number in range(25):
        write(LANGUAGES[number % 3], hours=24 * 6 * number, themes=((THEMES[number % 4], 0.8),))
    Source.objects.update(languages=["ar", "en", "fr"], state="blocked", state_since=now, crawled_at=now)
    for language in LANGUAGES:
        build_edition(language, day=now.date(), now=now)
    build_report(now - timedelta(days=150), now, now)
    indexed()
    return str(live_server.url)


@pytest.mark.parametrize(("size", "colours"), [("phone", "light"), ("desktop", "light"), ("phone", "dark")])
def test_pages_fit_mirror_and_can_be_read(chromium: Any, site: str, now: datetime, size: str, colours: str) -> None:
    width, height = SIZES[size]
    context = chromium.new_context(
        viewport={"width": width, "height": height}, color_scheme=colours, reduced_motion="reduce", java_script_enabled=True
    )
    page = context.new_page()
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    for language in LANGUAGES if colours == "light" else ("ar",):
        for path in (*PAGES, f"digests/{now.date()}/", "trends/"):
            page.goto(f"{site}/{language}/{path}")
            place = f"{language}/{path} at {width}"
            assert page.evaluate("document.documentElement.scrollWidth") <= width, place
            direction = "rtl" if language == "ar" else "ltr"
            assert page.evaluate("getComputedStyle(document.body).direction") == direction, place
            assert page.evaluate(CONTRAST) == [], place
            assert page.evaluate(NAMELESS) == [], place
    assert [line for line in complaints if "400" not in line] == []
    context.close()


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_keyboard_reaches_everything(chromium: Any, site: str, language: str) -> None:
    page = chromium.new_page(viewport={"width": 1280, "height": 900})
    page.goto(f"{site}/{language}/")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    assert page.evaluate("document.activeElement.getBoundingClientRect().top") >= 0
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "content"
    page.goto(f"{site}/{language}/")
    wanted = page.evaluate("document.querySelectorAll('a[href], button, input:not([type=hidden]), select, summary').length")
    reached = set()
    for _press in range(wanted):
        page.keyboard.press("Tab")
        reached.add(
            page.evaluate(
                "(() => { const e = document.activeElement; return e.outerHTML + JSON.stringify(e.getBoundingClientRect()); })()"
            )
        )
        assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") != "none"
    assert len(reached) == wanted
    page.close()


@pytest.mark.parametrize("size", SIZES)
def test_a_reader_searches_and_signs_in(
    *, chromium: Any, site: str, person: Callable[[str], Any], now: datetime, size: str
) -> None:
    editor = person("editor")
    editor.saved_searches.create(name="بحث" * 30, query="q" * 120, language="ar", frequency="hourly", since=now, created_at=now)
    width, height = SIZES[size]
    page = chromium.new_page(viewport={"width": width, "height": height}, java_script_enabled=False)
    page.goto(f"{site}/fr/")
    page.fill("#find", "migrante -football")
    page.press("#find", "Enter")
    assert page.locator("mark").count() > 0
    page.locator(".tongues a[hreflang=ar]").click()
    assert "/ar/search/?q=migrante" in page.url
    page.goto(f"{site}/ar/desk/")
    page.fill("[name=username]", "editor@people.example")
    page.fill("[name=password]", PASSWORD)
    page.locator("main button[type=submit]").click()
    assert page.url == f"{site}/ar/desk/"
    with translation.override("ar"):
        assert page.locator("h1").inner_text() == translation.gettext("Desk")
    for path in ("saved/new/", "account/"):
        page.goto(f"{site}/ar/{path}")
        assert page.locator("main form").first.is_visible(), path
    for path in ("ar/saved/", "ar/countries/", "fr/countries/"):
        page.goto(f"{site}/{path}")
        assert page.locator(".scroll").evaluate("table => table.scrollWidth <= table.clientWidth"), f"{path} hides a column"
    page.close()


def test_a_subscription_is_confirmed_changed_and_ended_by_hand(chromium: Any, live_server: Any, mails: Path) -> None:
    """A browser sends an origin with each form; the secret addresses must not keep it from doing so."""
    subscribe("reader@people.example", "en", (), (), datetime.now(UTC), transport=FolderTransport(mails))
    subscription = Subscription.objects.get()
    page = chromium.new_page(java_script_enabled=False)
    for name, after in (("confirm", "active"), ("preferences", "active"), ("unsubscribe", "ended")):
        page.goto(f"{live_server.url}/en/digests/{name}/{subscription.token}/")
        with page.expect_response(lambda answer: answer.request.method == "POST") as answered:
            page.locator("main form button").click()
        assert answered.value.status == 200, name
        subscription.refresh_from_db()
        assert subscription.state == after, name
    page.close()
