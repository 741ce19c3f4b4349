"""Who looks at a correction again may say why they agree or not."""

from __future__ import annotations

from typing import ClassVar

from django.db import migrations, models


class Migration(migrations.Migration):
    """One column, empty for what was settled before."""

    dependencies: ClassVar = [("newsdesk", "0009_saved_search_readings")]

    operations: ClassVar = [
        migrations.AddField(model_name="correction", name="second_note", field=models.CharField(blank=True, max_length=500)),
    ]
