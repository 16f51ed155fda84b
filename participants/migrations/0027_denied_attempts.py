"""Attempts that were denied: numbered without a gap, kept as long as the logs must be."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from evidence.guards import install


class Migration(migrations.Migration):

    dependencies = [
        ('participants', '0026_joint_cases'),
    ]

    operations = [
        migrations.CreateModel(
            name='DeniedAttempt',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('seq', models.BigIntegerField(help_text='1, 2, 3 … without a gap', unique=True)),
                ('act', models.CharField(help_text='the permission that was asked for', max_length=80)),
                ('code', models.CharField(help_text='the refusal that answered', max_length=80)),
                ('subject', models.CharField(blank=True, help_text='code of the object, where one was asked for', max_length=24)),
                ('place', models.CharField(help_text="the address' pattern, never what was typed", max_length=120)),
                ('at', models.DateTimeField()),
                ('organization', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='participants.organization')),
                ('user', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'verbose_name_plural': 'denied attempts',
                'indexes': [models.Index(fields=['user', '-seq'], name='denied_of_user')],
            },
        ),
        install("participants", "denied.sql"),
    ]
