"""An assessment of an export may be extended: since when that is asked for (R64)."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('compliance', '0025_papers'),
    ]

    operations = [
        migrations.AddField(
            model_name='exportcase',
            name='extension_asked_at',
            field=models.DateTimeField(blank=True, help_text='since when an extension of the assessment is asked for', null=True),
        ),
    ]
