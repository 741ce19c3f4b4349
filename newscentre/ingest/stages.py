"""Strings the pure stages together: a page goes in, an analysed article comes out or a refusal is raised."""

from __future__ import annotations

from dataclasses import dataclass, field

from classify.countries import CountryTagger
from classify.duplicates import fingerprint
from classify.language import LanguageDetector
from classify.movement import movement
from classify.stories import story_terms
from classify.tags import tags
from classify.themes import ThemeClassifier
from classify.topics import TopicTagger
from crawler.extract import extract
from newsdesk.errors import Refused
from newsdesk.languages import languages
from newsdesk.values import Analysed, Figure, Label, Page

_ABOUT_MIGRATION = Label("relevance", "migration", 1.0, 0.5, given=True, actor="")


@dataclass(frozen=True)
class Analyser:
    """The stages, loaded once a process. Calling it with a page runs them all."""

    detector: LanguageDetector
    themes: ThemeClassifier
    countries: CountryTagger
    topics: TopicTagger = field(default_factory=TopicTagger)

    @classmethod
    def load(cls) -> Analyser:
        """Load every trained artefact; raise BadArtefact for one that is damaged or missing."""
        analyser = cls(detector=LanguageDetector(), themes=ThemeClassifier.load(), countries=CountryTagger.load())
        for language in languages():
            # What is built on first use is built now, not on the time of the first page; the patterns of movement too, though
            # these words are about nothing.
            analyser.labels(language, language, language)
            movement(language, language, language, (_ABOUT_MIGRATION,))
        return analyser

    def __call__(self, page: Page) -> Analysed:
        """Extract, detect the language, label and fingerprint one page; raise Refused where it is no article of ours."""
        extracted = extract(page)
        declared = extracted.language or page.hint.language
        detected = self.detector.detect(f"{extracted.title}\n{extracted.text}", declared=page.languages, page_language=declared)
        if detected.language not in languages():
            raise Refused("language", f"written in «{detected.language}», which is not a working language")
        labels, figures = self.told(extracted.title, extracted.text, detected.language, source_country=page.source_country)
        return Analysed(
            extracted=extracted,
            language=detected.language,
            language_score=detected.score,
            labels=labels,
            fingerprint=fingerprint(extracted.text, detected.language),
            story_terms=story_terms(
                extracted.title, extracted.text, detected.language, labels, source_country=page.source_country
            ),
            figures=figures,
        )

    def labels(self, title: str, text: str, language: str, *, source_country: str = "") -> tuple[Label, ...]:
        """Label a text: see ``told``."""
        return self.told(title, text, language, source_country=source_country)[0]

    def told(
        self, title: str, text: str, language: str, *, source_country: str = ""
    ) -> tuple[tuple[Label, ...], tuple[Figure, ...]]:
        """Label a text: relevance, themes, countries, cities, organisations; where it is about migration also topics, roles,
        routes, and its figures.
        """
        themes = self.themes.labels(title, text, language)
        topics = self.topics.labels_beside(title, text, language, labels=themes)
        countries = self.countries.labels(title, text, language, source_country=source_country)
        about = [label.value for label in countries if label.given]
        named = tags(title, text, language, source_country=source_country, countries=about)
        moving = movement(title, text, language, themes, source_country=source_country)
        return (*themes, *topics, *countries, *named, *moving.labels), moving.figures
