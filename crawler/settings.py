"""Scrapy's settings for every crawl: polite, bounded, and closed to everything but the open internet.

``scrapy.cfg`` names this module for Scrapy's own commands. ``newscentre crawl`` adds what its job says: user agent, delays,
limits, test hosts.
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
# None of Scrapy's extensions (consoles, statistics, exports): what they load takes longer than a short crawl.
EXTENSIONS_BASE: dict[str, int] = {}
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
# Of Scrapy's own only these: cookies, proxies, passwords and caches have no place here, and ours take that of the others
# (that for robots.txt keeps the verdicts; Scrapy's would only drop the request).
DOWNLOADER_MIDDLEWARES_BASE = {
    "scrapy.downloadermiddlewares.downloadtimeout.DownloadTimeoutMiddleware": 350,
    "scrapy.downloadermiddlewares.defaultheaders.DefaultHeadersMiddleware": 400,
    "scrapy.downloadermiddlewares.useragent.UserAgentMiddleware": 500,
    "scrapy.downloadermiddlewares.retry.RetryMiddleware": 550,
}
DOWNLOADER_MIDDLEWARES = {
    "crawler.middlewares.Gate": 10,
    "crawler.middlewares.Robots": 100,
    "crawler.middlewares.Compression": 590,
    "crawler.middlewares.Redirects": 600,
    "crawler.restraint.Restraint": 700,
}
SCHEDULER_MEMORY_QUEUE = "scrapy.squeues.FifoMemoryQueue"
LOG_LEVEL = "ERROR"
STATS_DUMP = False
