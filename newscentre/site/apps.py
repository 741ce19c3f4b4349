"""Declares the site's Django app."""

from django.apps import AppConfig


class SiteConfig(AppConfig):
    """The site."""

    name = "newscentre.site"
    label = "site"
