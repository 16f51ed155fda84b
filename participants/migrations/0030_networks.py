"""From where an organisation uses what was delivered to it (T64)."""

import django.contrib.postgres.fields
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from evidence.guards import frozen_columns, install, no_delete
from evidence.tables import Rules, Tables


class Migration(migrations.Migration):

    dependencies = [
        ('participants', '0029_look_alikes'),
    ]

    operations = [
        Tables(
            migrations.CreateModel(
                name='UseNetworks',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('cidrs', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=43), default=list, size=None)),
                    ('set_at', models.DateTimeField()),
                    ('organization', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='use_networks', to='participants.organization')),
                    ('set_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ],
            ),
        ),
        Rules(
            install("participants", "networks.sql"),
            no_delete("participants_usenetworks"),
            frozen_columns("participants_usenetworks", "organization_id"),
        ),
    ]
