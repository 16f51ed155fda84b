"""Clean rooms whose data stay with their holder (R101): where a room runs, what its runner signs with, the trace it brings back."""

import django.db.models.deletion
from django.db import migrations, models

from evidence.guards import frozen_columns, no_delete


class Migration(migrations.Migration):

    dependencies = [
        ('delivery', '0014_outputs'),
        ('listings', '0029_price_effects'),
        ('participants', '0018_floor_figures'),
    ]

    operations = [
        migrations.CreateModel(
            name='RunnerKey',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('key', models.CharField(help_text='Ed25519, hexadecimal', max_length=64, unique=True)),
                ('registered_at', models.DateTimeField()),
                ('registered_by', models.CharField(help_text='actor code', max_length=40)),
                ('ended_at', models.DateTimeField(blank=True, null=True)),
            ],
        ),
        migrations.AddField(
            model_name='room',
            name='place',
            field=models.CharField(choices=[('venue', '本所'), ('holder', '持有方')], default='venue', help_text='where its questions run', max_length=6),
        ),
        migrations.AddField(
            model_name='roomquery',
            name='answer_sha256',
            field=models.CharField(blank=True, help_text="of the text a holder's runner signed", max_length=64),
        ),
        migrations.AddField(
            model_name='roomquery',
            name='job_sha256',
            field=models.CharField(blank=True, help_text='of the signed text the runner took', max_length=64),
        ),
        migrations.AddField(
            model_name='roomquery',
            name='trace',
            field=models.JSONField(default=list, help_text="the steps of a holder's runner, each naming the hash of those before"),
        ),
        migrations.AddConstraint(
            model_name='room',
            constraint=models.CheckConstraint(condition=models.Q(('place__in', ['venue', 'holder'])), name='room_place_known'),
        ),
        migrations.AddField(
            model_name='runnerkey',
            name='organization',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='runner_keys', to='participants.organization'),
        ),
        migrations.AddConstraint(
            model_name='runnerkey',
            constraint=models.UniqueConstraint(condition=models.Q(('ended_at__isnull', True)), fields=('organization',), name='runner_one_key'),
        ),
        migrations.AddConstraint(
            model_name='runnerkey',
            constraint=models.CheckConstraint(condition=models.Q(('key__regex', '^[0-9a-f]{64}$')), name='runner_key_is_one'),
        ),
        frozen_columns("delivery_room", "code", "version_id", "file_sha256", "offer", "epsilon_buyer_micro", "epsilon_all_micro", "exponent",
                       "place", "opened_at", "opened_by"),
        frozen_columns("delivery_runnerkey", "organization_id", "key", "registered_at", "registered_by"),
        no_delete("delivery_runnerkey"),
    ]
