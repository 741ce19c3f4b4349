"""Declares the record's Django app."""

from django.apps import AppConfig


class NewsdeskConfig(AppConfig):
    """The record."""

    name = "newsdesk"
    verbose_name = "Newsdesk"
    default_auto_field = "django.db.models.BigAutoField"
