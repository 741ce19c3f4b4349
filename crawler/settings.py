"""Scrapy's settings for every crawl: polite, bounded, and closed to everything but the open internet.

``scrapy.cfg`` names this module, so that Scrapy's own commands (``scrapy shell URL``, ``scrapy settings``) keep the same
manners. ``newscentre crawl`` adds what its job says: user agent, delays, limits, test hosts.
"""

from __future__ import annotations

import os

import django
from django.apps import apps

if not apps.ready:
    # Scrapy's commands come here first; the pipeline needs the record.
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "newsdesk.settings")
    django.setup()

BOT_NAME = "newscentre"
SPIDER_MODULES = ["crawler.spider"]
ROBOTSTXT_OBEY = True
DOWNLOAD_DELAY = 5
DOWNLOAD_TIMEOUT = 20
DOWNLOAD_MAXSIZE = 8_000_000
ROBOTSTXT_USER_AGENT = "Newscentre"
TWISTED_DNS_RESOLVER = "crawler.resolver.PublicResolver"
DOWNLOAD_DELAY_JITTER = 0
CONCURRENT_REQUESTS = 16
CONCURRENT_REQUESTS_PER_DOMAIN = 1
DOWNLOAD_WARNSIZE = 0
DOWNLOAD_VERIFY_CERTIFICATES = True
DOWNLOAD_HANDLERS = {
    "http": "crawler.handlers.BoundedHandler",
    "https": "crawler.handlers.BoundedHandler",
    **dict.fromkeys(("data", "file", "ftp", "s3")),
}
COOKIES_ENABLED = False
TELNETCONSOLE_ENABLED = False
REMOTE_CONTROL_ENABLED = False
HTTPPROXY_ENABLED = False
REDIRECT_ENABLED = False
METAREFRESH_ENABLED = False
COMPRESSION_ENABLED = True
REFERER_ENABLED = False
RETRY_TIMES = 1
RETRY_HTTP_CODES = [500, 502, 504, 522, 524]
RETRY_EXCEPTIONS = [
    "scrapy.exceptions.DownloadFailedError",
    "scrapy.exceptions.ResponseDataLossError",
    "twisted.internet.error.ConnectionClosed",
]
RETRY_GIVE_UP_LOG_LEVEL = "DEBUG"
HTTPERROR_ALLOW_ALL = True
ITEM_PIPELINES = {"crawler.pipeline.RecordPipeline": 100}
DOWNLOADER_MIDDLEWARES = {
    "crawler.middlewares.Gate": 10,
    "crawler.middlewares.Robots": 100,
    "crawler.middlewares.Compression": 590,
    "crawler.middlewares.Redirects": 600,
    "crawler.restraint.Restraint": 700,
    "scrapy.downloadermiddlewares.offsite.OffsiteMiddleware": None,
    "scrapy.downloadermiddlewares.httpcompression.HttpCompressionMiddleware": None,
}
SCHEDULER_MEMORY_QUEUE = "scrapy.squeues.FifoMemoryQueue"
LOG_LEVEL = "ERROR"
STATS_DUMP = False
