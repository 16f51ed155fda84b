"""A draft of the list is edited by hands that are kept, and commented in public; rules are compared with their texts."""

import django.contrib.postgres.fields
import django.db.models.deletion
from django.db import migrations, models

from evidence.guards import append_only, install


def keep_the_first_hand(apps, schema_editor):
    """Whoever drafted a version before is its first hand."""
    for version in apps.get_model("compliance", "NegativeListVersion").objects.all():
        version.hands = [version.drafted_by]
        version.save(update_fields=["hands"])


class Migration(migrations.Migration):

    dependencies = [
        ('compliance', '0006_control_lists'),
        ('evidence', '0001_initial'),
    ]

    operations = [
        migrations.AlterModelOptions(
            name='negativelistversion',
            options={'verbose_name': '负面清单', 'verbose_name_plural': '负面清单'},
        ),
        migrations.AddField(
            model_name='negativelistversion',
            name='hands',
            field=django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=40), default=list, help_text='everyone who drafted, edited or proposed it', size=None),
        ),
        migrations.CreateModel(
            name='ListComment',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('edition', models.PositiveIntegerField()),
                ('author', models.CharField(max_length=40)),
                ('text', models.TextField()),
                ('at', models.DateTimeField()),
                ('version', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='comments', to='compliance.negativelistversion')),
            ],
            options={
                'ordering': ['id'],
            },
        ),
        migrations.CreateModel(
            name='RuleCheck',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('rule_id', models.CharField(max_length=12)),
                ('evidence', models.CharField(max_length=16)),
                ('holds', models.BooleanField()),
                ('note', models.TextField()),
                ('checked_by', models.CharField(max_length=40)),
                ('at', models.DateTimeField()),
                ('next_check_at', models.DateTimeField()),
            ],
            options={
                'verbose_name': '规则核对',
                'verbose_name_plural': '规则核对',
                'indexes': [models.Index(fields=['rule_id', '-id'], name='rule_check_newest')],
                'constraints': [models.CheckConstraint(condition=models.Q(('evidence__in', ['seen', 'seen_secondary', 'recalled'])), name='rule_check_mark_known'), models.CheckConstraint(condition=models.Q(('next_check_at__gt', models.F('at'))), name='rule_check_is_due_later')],
            },
        ),
        migrations.RunPython(keep_the_first_hand, migrations.RunPython.noop),
        append_only("compliance_listcomment"),
        append_only("compliance_rulecheck"),
        install("compliance", "list_editing.sql"),
    ]
