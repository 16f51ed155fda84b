"""Keeps second factors, and counts calls where Redis cannot."""

import django.contrib.postgres.fields
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from evidence.guards import install


class Migration(migrations.Migration):

    dependencies = [
        ('participants', '0004_tokens_and_edges'),
    ]

    operations = [
        migrations.CreateModel(
            name='SecondFactor',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('secret', models.BinaryField()),
                ('last_step', models.BigIntegerField(default=-1)),
                ('recovery', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=128), default=list, help_text='hashes of unused recovery words', size=None)),
                ('confirmed_at', models.DateTimeField(blank=True, null=True)),
                ('user', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, related_name='second_factor', to=settings.AUTH_USER_MODEL)),
            ],
        ),
        install("participants", "count_call.sql"),
    ]
