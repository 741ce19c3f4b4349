"""Django's settings, derived from the configuration of the data folder named by NEWSCENTRE_DATA."""

from __future__ import annotations

import os
from pathlib import Path
from urllib.parse import urlsplit

import dj_database_url

from newsdesk import configuration
from newsdesk.errors import BadSetting

NEWSCENTRE = configuration.load(Path(os.environ.get("NEWSCENTRE_DATA", "data")))
configuration.made(NEWSCENTRE.data)

SECRET_KEY = configuration.secret_key(NEWSCENTRE.data)
DEBUG = NEWSCENTRE.debug
ALLOWED_HOSTS = ["127.0.0.1", "localhost", "[::1]", urlsplit(NEWSCENTRE.site_url).hostname or "localhost"]
_HTTPS = NEWSCENTRE.site_url.startswith("https://")

INSTALLED_APPS = [
    "django.contrib.contenttypes",
    "django.contrib.auth",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "newsdesk",
    "digest",
    "newscentre.site",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "django.middleware.gzip.GZipMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "newscentre.site.middleware.content_security_policy",
    "newscentre.site.middleware.names_and_notes",
    "newscentre.site.middleware.private_for_readers",
]
ROOT_URLCONF = "newscentre.site.urls"
WSGI_APPLICATION = "newscentre.site.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "newscentre.site.context.everywhere",
            ],
        },
    }
]

try:
    DATABASES = {"default": dj_database_url.parse(NEWSCENTRE.record_url)}
except ValueError as error:
    raise BadSetting("database_url must be an address such as postgresql://user:password@host/name, or empty") from error
if DATABASES["default"]["ENGINE"].endswith("sqlite3"):
    DATABASES["default"]["OPTIONS"] = {
        "transaction_mode": "IMMEDIATE",
        "timeout": 30,
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;",
    }
_MEMORY = "django.core.cache.backends.locmem.LocMemCache"
CACHES = {
    "default": {"BACKEND": _MEMORY},
    # Attempts are small and many: among others' few hundred entries they would soon be forgotten.
    "attempts": {"BACKEND": _MEMORY, "LOCATION": "attempts", "OPTIONS": {"MAX_ENTRIES": 20_000}},
}
AUTH_USER_MODEL = "newsdesk.User"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_URL = "sign-in"
LOGIN_REDIRECT_URL = "home"
LOGOUT_REDIRECT_URL = "home"

LANGUAGE_CODE = "en"
LANGUAGES = [("ar", "العربية"), ("en", "English"), ("fr", "Français")]
USE_I18N = True
USE_TZ = True
TIME_ZONE = "UTC"

STATIC_URL = "/static/"
WHITENOISE_USE_FINDERS = True
WHITENOISE_MAX_AGE = 86_400

SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_SECURE = _HTTPS
CSRF_COOKIE_SECURE = _HTTPS
# An origin has no path: a slash at the end of the address would have every form refused.
CSRF_TRUSTED_ORIGINS = [f"https://{urlsplit(NEWSCENTRE.site_url).netloc}"] if _HTTPS else []
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
DATA_UPLOAD_MAX_MEMORY_SIZE = 1_000_000

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "handlers": {"console": {"class": "logging.StreamHandler"}},
    "root": {"handlers": ["console"], "level": "WARNING"},
    # A page that is not there, or not for this reader, is no trouble of ours.
    "loggers": {"django.request": {"level": "ERROR"}},
}
