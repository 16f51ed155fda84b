"""Gives programs their keys, ends sessions by a number, and lets states move only along their tables."""

import django.contrib.postgres.fields
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from evidence.guards import append_only, edges, frozen_columns, install, no_delete
from participants.states import ADMISSION, APPROVAL


class Migration(migrations.Migration):

    dependencies = [
        ('participants', '0003_guards_and_venue'),
        ('evidence', '0001_initial'),
    ]

    operations = [
        migrations.AddField(
            model_name='user',
            name='session_epoch',
            field=models.PositiveIntegerField(default=0, help_text='raised to end every session of this sign-in'),
        ),
        migrations.CreateModel(
            name='ApiToken',
            fields=[
                ('digest', models.CharField(max_length=128, primary_key=True, serialize=False)),
                ('token_key', models.CharField(db_index=True, max_length=25)),
                ('created', models.DateTimeField(auto_now_add=True)),
                ('expiry', models.DateTimeField(blank=True, null=True)),
                ('code', models.CharField(max_length=16, unique=True)),
                ('name', models.CharField(max_length=60)),
                ('scopes', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=20), default=list, size=None)),
                ('revoked_at', models.DateTimeField(blank=True, null=True)),
                ('organization', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='api_tokens', to='participants.organization')),
                ('user', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='auth_token_set', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'constraints': [models.CheckConstraint(condition=models.Q(('expiry__isnull', False)), name='token_ends')],
            },
        ),
        install("participants", "notify.sql"),
        install("participants", "standing.sql"),
        edges("participants_admission", "status", ADMISSION),
        edges("participants_approval", "status", APPROVAL, initial=["pending"]),
        frozen_columns("participants_admission", "code", "organization_id", "role", "created_at"),
        frozen_columns("participants_organization", "code", "venue_id", "created_at"),
        frozen_columns("participants_person", "code", "real_name_key"),
        frozen_columns("participants_capabilityhold", "organization_id", "capability", "reason_code", "ordered_by", "placed_at"),
        frozen_columns("participants_notice", "code", "seq", "organization_id", "kind", "text_zh", "text_en", "at"),
        append_only("participants_standingchange"),
        *[no_delete(f"participants_{table}") for table in ("organization", "person", "admission", "capabilityhold", "notice", "parameter")],
    ]
