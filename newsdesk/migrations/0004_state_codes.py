from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('newsdesk', '0003_evidence_and_holds'),
    ]

    operations = [
        migrations.AddField(
            model_name='source',
            name='state_code',
            field=models.CharField(blank=True, max_length=40),
        ),
        migrations.AlterField(
            model_name='fetch',
            name='kind',
            field=models.CharField(choices=[('page', 'Page'), ('feed', 'Feed'), ('sitemap', 'Sitemap'), ('section', 'Section'), ('rules', 'Rules')], default='page', max_length=10),
        ),
    ]
