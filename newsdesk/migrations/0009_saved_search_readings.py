"""Saved searches keep the tree that their query was parsed into."""

from __future__ import annotations

from typing import ClassVar

from django.db import migrations, models


class Migration(migrations.Migration):
    """One column, filled when a search is saved or next matched."""

    dependencies: ClassVar = [("newsdesk", "0008_host_leases")]

    operations: ClassVar = [
        migrations.AddField(model_name="savedsearch", name="reading", field=models.TextField(blank=True)),
    ]
