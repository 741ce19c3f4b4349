"""Adds the routes that a subscriber wants to read about."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("newsdesk", "0004_state_codes"),
    ]

    operations = [
        migrations.AddField(
            model_name="subscription",
            name="routes",
            field=models.JSONField(default=list),
        ),
    ]
