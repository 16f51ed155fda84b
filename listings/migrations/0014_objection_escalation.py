"""When an objection's time ran out undecided."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('listings', '0013_use_policy'),
    ]

    operations = [
        migrations.AddField(
            model_name='registrationobjection',
            name='escalated_at',
            field=models.DateTimeField(blank=True, help_text='when its time ran out undecided and the authority was told', null=True),
        ),
    ]
