"""The site's addresses: pages under their language, and a few that have none. ``digest.links`` writes some of them into mails."""

from __future__ import annotations

from datetime import date

from django.conf.urls.i18n import i18n_patterns
from django.contrib.auth.views import LogoutView
from django.urls import URLPattern, URLResolver, include, path, register_converter

from newscentre.site.api import api
from newscentre.site.feeds import LatestFeed
from newscentre.site.views import (
    account,
    asking,
    correcting,
    desk,
    digests,
    drifting,
    evidence,
    exporting,
    moving,
    naming,
    plain,
    reading,
    saved_feed,
    saving,
    searching,
    source,
    trends,
)


class Day:
    """A day as YYYY-MM-DD."""

    regex = r"\d{4}-\d{2}-\d{2}"

    def to_python(self, value: str) -> date:
        """Read it; ValueError: no such address."""
        return date.fromisoformat(value)

    def to_url(self, value: date) -> str:
        """Write it."""
        return value.isoformat()


register_converter(Day, "day")

_pages: list[URLPattern | URLResolver] = [
    path("", reading.home, name="home"),
    path("latest/", reading.latest, name="latest"),
    path("theme/<slug:name>/", reading.theme, name="theme"),
    path("countries/", reading.countries, name="countries"),
    path("routes/", moving.routes, name="routes"),
    path("routes/<slug:key>/", moving.route, name="route"),
    path("country/<slug:code>/", reading.country, name="country"),
    path("story/<int:story_id>/", reading.story, name="story"),
    path("article/<int:article_id>/", reading.article, name="article"),
    path("article/<int:article_id>/correct/", correcting.correct, name="correct"),
    path("article/<int:article_id>/revision/<int:number>/", reading.revision, name="revision"),
    path("article/<int:article_id>/evidence.zip", evidence.evidence, name="evidence"),
    path("search/", searching.search, name="search"),
    path("search/export.<str:name>", exporting.export, name="export"),
    path("saved/", saving.saved, name="saved"),
    path("saved/new/", saving.new, name="save-search"),
    path("saved/<int:search_id>/", saving.search, name="saved-search"),
    path("saved/<int:search_id>/<slug:deed>/", saving.act, name="act-on-search"),
    path("saved/stop/<slug:token>/", saving.stop, name="stop-mails"),
    path("feeds/search/<slug:token>.<str:kind>", saved_feed.feed, name="saved-feed"),
    path("search/suggest", asking.suggest, name="suggest"),
    path("search/concepts/", asking.concept_list, name="concepts"),
    path("search/concepts/<slug:key>/", asking.concept, name="concept"),
    path("digests/", digests.digests, name="digests"),
    path("digests/<day:day>/", digests.edition, name="edition"),
    path("digests/confirm/<slug:token>/", digests.confirm_page, name="confirm"),
    path("digests/preferences/<slug:token>/", digests.preferences, name="preferences"),
    path("digests/unsubscribe/<slug:token>/", digests.unsubscribe_page, name="unsubscribe"),
    path("trends/", trends.reports, name="trends"),
    path("trends/<int:report_id>/", trends.report, name="trend"),
    path("trends/<int:report_id>/<slug:chart>.svg", trends.chart, name="chart"),
    path("sources/", plain.sources, name="sources"),
    path("sources/region/<slug:slug>/", plain.sources_of_region, name="sources-of-region"),
    path("sources/<slug:key>/", source.source, name="source"),
    path("sources/<slug:key>/pause/", source.set_pause, name="set-pause"),
    path("about/", plain.about, name="about"),
    path("sign-in/", account.SignIn.as_view(), name="sign-in"),
    path("sign-out/", LogoutView.as_view(), name="sign-out"),
    path("account/", account.account, name="account"),
    path("desk/", desk.desk, name="desk"),
    path("desk/fetch/<int:fetch_id>/", desk.fetch, name="fetch"),
    path("desk/mails/", desk.mails, name="mails"),
    path("desk/mails/<str:name>/", desk.mail, name="mail"),
    path("desk/mails/<str:name>/html", desk.mail_html, name="mail-html"),
    path("desk/mails/<str:name>/source", desk.mail_source, name="mail-source"),
    path("desk/drift/", drifting.drift, name="drift"),
    path("desk/review/", correcting.review, name="review"),
    path("desk/review/answer/", correcting.answer, name="answer"),
    path("desk/names/", naming.listing, name="names"),
    path("desk/names/<slug:code>/", naming.edit, name="name"),
    path("desk/names/<slug:code>/reset/", naming.reset, name="reset-name"),
    path("desk/people/", desk.people, name="people"),
    path("desk/people/<int:user_id>/role/", desk.set_role, name="set-role"),
    path("feeds/latest.atom", LatestFeed(), name="feed"),
    path("feeds/theme/<slug:theme>.atom", LatestFeed(), name="theme-feed"),
]

urlpatterns: list[URLPattern | URLResolver] = [
    path("", plain.front_door),
    path("health", plain.health, name="health"),
    path("robots.txt", plain.robots),
    path("api/", api.urls),
    *i18n_patterns(path("", include(_pages))),
]

handler400 = "newscentre.site.views.plain.bad_request"
handler403 = "newscentre.site.views.plain.forbidden"
handler404 = "newscentre.site.views.plain.not_found"
handler500 = "newscentre.site.views.plain.broken"
