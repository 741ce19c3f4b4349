"""How outlets lay out bylines, dates and what stands around an article, as their readers know it: what is read of each."""

# ruff: noqa: E501 - a layout a line, as it is
from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

import pytest

from crawler.extract import read
from newsdesk.values import Page

NOW = datetime(2026, 11, 1, 12, tzinfo=UTC)
TITLES = {
    "ar": "بلدية المرفأ تفتح مدرسة مسائية للعمال المهاجرين",
    "en": "Harbour council opens an evening school for migrant workers",
    "fr": "La commune du port ouvre une école du soir aux travailleurs migrants",
}
TEXTS = {
    "ar": (
        "افتتحت بلدية المرفأ مساء أمس مدرسة مسائية يتعلم فيها العمال المهاجرون القراءة والكتابة وقوانين العمل من دون مقابل.",
        "وقالت مديرة المدرسة إن ستين عاملاً سجلوا أسماءهم في اليوم الأول، نصفهم من عمال البناء والباقون من عمال المطاعم والمزارع.",
        "وتستمر الدروس ثلاث ليال في الأسبوع حتى نهاية الربيع، ثم تنظر البلدية في نقلها إلى مبنى أكبر قرب محطة الحافلات القديمة.",
        "ويأمل المدرسون المتطوعون أن يجد الطلاب بعد الدورة عقوداً أفضل، فكثير منهم وقعوا أوراقاً لم يستطيعوا قراءتها.",
    ),
    "en": (
        "The harbour council opened an evening school last night where migrant workers learn to read, write and know the labour law for free.",
        "The head of the school said that sixty workers had enrolled on the first day, half of them builders, the rest cooks and farmhands.",
        "Lessons run three nights a week until the end of spring, when the council will think of a larger building near the old bus station.",
        "The teachers, all volunteers, hope that their students will find better contracts: many had signed papers that they could not read.",
    ),
    "fr": (
        "La commune du port a ouvert hier soir une école où les travailleurs migrants apprennent gratuitement à lire, à écrire et le droit du travail.",
        "La directrice de l’école affirme que soixante personnes se sont inscrites le premier jour, pour moitié des maçons, le reste des cuisiniers.",
        "Les cours ont lieu trois soirs par semaine jusqu’à la fin du printemps, puis la commune songera à un bâtiment plus grand près de la gare.",
        "Les enseignants, tous bénévoles, espèrent que leurs élèves trouveront de meilleurs contrats : beaucoup avaient signé sans pouvoir lire.",
    ),
}  # fmt: skip


@dataclass(frozen=True)
class Habit:
    """A way to lay out an article: what stands above its text, inside it and below it; whom and when that names."""

    name: str
    language: str
    top: str = ""
    inside: str = ""
    below: str = ""
    author: str = ""
    day: str = "None"
    kept: str = ""
    """What of it belongs to the text."""


def related(language: str) -> str:
    box = {"ar": "اقرأ أيضاً", "en": "Read also", "fr": "Lire aussi"}[language]
    other = {
        "ar": "وزير النقل يعلن موعد افتتاح الخط البحري الجديد بين المرفأين",
        "en": "Transport minister names the day of the new ferry line's opening",
        "fr": "Le ministre des transports annonce la date de la nouvelle ligne maritime",
    }[language]
    return f'<div class="inline-box"><p><strong>{box}:</strong></p><p><a href="/2/ferry">{other}</a></p></div><p>{box}: <a href="/2/ferry">{other}</a></p>'


def around(language: str) -> str:
    share, tags, said, words, comments = {
        "ar": ("شارك", "كلمات مفتاحية", "أضف تعليقاً", "مهاجرون عمال مدارس", "كلام جميل ولكن من سيدفع أجور المدرسين بعد نهاية العام؟"),
        "en": ("Share", "Tags", "Leave a comment", "migrants workers schools", "Fine words, but who will pay the teachers after the end of the year?"),
        "fr": ("Partager", "Mots-clés", "Laisser un commentaire", "migrants travail école", "De belles paroles, mais qui paiera les enseignants à la fin de l’année ?"),
    }[language]  # fmt: skip
    links = "".join(f'<a href="/tag/{word}">{word}</a> ' for word in words.split())
    return (
        f'<ul class="share-buttons"><li>{share}</li><li><a href="#">Facebook</a></li><li><a href="#">X</a></li></ul>'
        f'<div class="tags"><span>{tags}:</span> {links}</div>'
        f'<section id="comments" class="comments-area"><h3>{said}</h3><div class="comment"><p>{comments}</p></div></section>'
    )


def ar(name: str, top: str, author: str = "", day: str = "2026-10-05", **rest: str) -> Habit:
    return Habit(name, "ar", top, author=author, day=day, **rest)


HABITS = [
    # Who wrote it
    ar("author-before-date", '<div class="meta"><span class="author">كتب: سامر الحداد</span> <span>5 أكتوبر 2026</span></div>', "سامر الحداد"),
    ar("date-before-author", "<div><span>الاثنين 05/10/2026 - 14:20</span></div><p>كتبت: هناء بوزيان</p>", "هناء بوزيان"),
    ar("in-one-line", '<p class="byline">بقلم: ياسين القاضي | الإثنين 5 أكتوبر 2026 - 03:45 م</p>', "ياسين القاضي"),
    ar("wrote-without-colon", "<h4>كتب رامي السعدي</h4><time>٥ أكتوبر ٢٠٢٦</time>", "رامي السعدي"),
    ar("prepared", "<p>إعداد: ليلى منصور</p><p>تاريخ النشر: 5 تشرين الأول 2026</p>", "ليلى منصور"),
    ar("two-authors", '<div class="authors"><a href="/a/1">سلمى العلوي</a><a href="/a/2">كريم بنعلي</a></div><p>نشر في 5 أكتوبر 2026</p>', "سلمى العلوي, كريم بنعلي"),
    ar("agency", '<span class="author">الأناضول</span><span class="date">5 تشرين الأول/أكتوبر 2026</span>', "الأناضول"),
    ar("agencies-and-city", '<div class="byline">وكالات - تونس</div><p>نشر بتاريخ 2026/10/05</p>', "وكالات"),
    ar("photo-of-the-author", '<div class="article-author"><div class="author-image"><img src="a.jpg" alt=""></div><a class="author-name" href="/w/7">نادية الشريف</a><a href="#">تابع</a></div><p>5 أكتوبر 2026</p>', "نادية الشريف"),
    ar("comment-author-is-none", "<p>5 أكتوبر 2026</p>", "", below='<div class="comment"><span class="comment-author">زائر كريم</span><p>شكراً لكم على هذا الخبر.</p></div>'),
    ar("a-minister-wrote", "<p>5 أكتوبر 2026</p><p>كتب الوزير على صفحته أن المدرسة باقية</p>", kept="كتب الوزير على صفحته أن المدرسة باقية"),
    Habit("by", "en", "<p>By Grace Lokwawi | 5 October 2026</p>", author="Grace Lokwawi", day="2026-10-05"),
    Habit("by-the-sea", "en", "<p>By the sea, an idea grew</p><p>Oct. 5, 2026</p>", day="2026-10-05", kept="By the sea, an idea grew"),
    Habit("role-below", "en", '<div class="byline"><span>Tom Ash</span><br><span>Migration correspondent</span></div><p>Published: October 5, 2026</p>', author="Tom Ash", day="2026-10-05"),
    Habit("par", "fr", "<p>Par Awa Kaboré, à Dakar</p><p>Publié le 5 octobre 2026 à 14h20</p>", author="Awa Kaboré", day="2026-10-05"),
    Habit("auteurs", "fr", '<div class="dates_auteurs">par <span class="auteurs">Didier Morel</span>, 5 octobre 2026</div>', author="Didier Morel", day="2026-10-05"),
    # When it came out
    ar("levant", "<p>الاثنين، 5 تشرين الأول 2026</p>"),
    ar("egypt", "<p>الإثنين 05 أكتوبر 2026 03:45 م</p>"),
    ar("maghreb", "<p>الإثنين 5 أكتوبر 2026 - 14:20</p>"),
    ar("morocco", "<p>الأحد 9 غشت 2026 - 10:00</p>", day="2026-08-09"),
    ar("algeria", "<p>نشر يوم 9 أوت 2026 على الساعة 10:00</p>", day="2026-08-09"),
    ar("tunisia", "<p>تم النشر: 14 جويلية 2026 09:30</p>", day="2026-07-14"),
    ar("two-systems", "<p>نُشر: 3 حزيران / يونيو 2026</p>", day="2026-06-03"),
    ar("two-systems-in-brackets", "<p>3 كانون الثاني (يناير) 2026</p>", day="2026-01-03"),
    ar("hijri-first", "<p>الاثنين 24 ربيع الآخر 1448هـ - 5 أكتوبر 2026م</p>"),
    ar("hijri-in-brackets", "<p>5 أكتوبر 2026م (24 ربيع الآخر 1448 هـ)</p>"),
    ar("hijri-in-digits", "<p>1448/04/24 الموافق 05/10/2026</p>"),
    ar("arabic-digits", "<p>٠٥/١٠/٢٠٢٦ ١٤:٢٠</p>"),
    ar("persian-digits", "<p>۵ أكتوبر ۲۰۲۶</p>"),
    ar("updated-first", "<p>آخر تحديث: 7 أكتوبر 2026</p><p>نشر في: 5 أكتوبر 2026</p>"),
    ar("updated-alone-is-none", "<p>آخر تحديث: أكتوبر 2026</p>", day="None"),
    Habit("updated-first", "fr", "<p>Mis à jour le 7 octobre 2026</p><p>Publié le lundi 5 octobre 2026</p>", day="2026-10-05"),
    Habit("updated-first", "en", "<p>Updated 7 October 2026</p><p>Published Monday 5 October 2026</p>", day="2026-10-05"),
    # What stands around it
    *(Habit("boxes", code, "<p>05/10/2026</p>", inside=related(code), below=around(code), day="2026-10-05") for code in TEXTS),
]  # fmt: skip


def page_of(habit: Habit) -> Page:
    language = habit.language
    first, second, *rest = (f"<p>{text}</p>" for text in TEXTS[language])
    html = (
        f'<html lang="{language}"><head><meta charset="utf-8"><title>{TITLES[language]} | المرفأ</title></head><body>'
        f'<nav><a href="/">المرفأ</a></nav><article><h1>{TITLES[language]}</h1>{habit.top}'
        f'<div class="content">{first}{second}{habit.inside}{"".join(rest)}</div></article>{habit.below}</body></html>'
    )
    return Page(url=f"https://marfa.example/{language}/story", body=html.encode(), fetched_at=NOW)


@pytest.mark.parametrize("habit", HABITS, ids=[f"{habit.language}-{habit.name}" for habit in HABITS])
def test_a_habit_is_read(habit: Habit) -> None:
    reading = read(page_of(habit))
    found = reading.extracted
    assert (found.title, found.author, str(reading.day)) == (TITLES[habit.language], habit.author, habit.day)
    lines = [line for line in found.text.splitlines() if line not in TEXTS[habit.language]]
    assert [line for line in TEXTS[habit.language] if line not in found.text.splitlines()] == []
    assert lines == ([habit.kept] if habit.kept else [])
