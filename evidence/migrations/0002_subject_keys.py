"""Keys of personal values, one a subject, that are destroyed and never return; files that were erased."""

import uuid

import django.db.models.deletion
from django.db import migrations, models

from evidence import guards


class Migration(migrations.Migration):

    dependencies = [
        ('evidence', '0001_initial'),
    ]

    operations = [
        migrations.CreateModel(
            name='SubjectKey',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('subject', models.CharField(help_text='code of the person, application or complaint', max_length=64)),
                ('wrapped', models.BinaryField(blank=True, null=True)),
                ('destroyed_at', models.DateTimeField(blank=True, null=True)),
            ],
            options={
                'constraints': [
                    models.UniqueConstraint(condition=models.Q(('destroyed_at__isnull', True)), fields=('subject',), name='subject_key_one_living'),
                    models.CheckConstraint(condition=models.Q(models.Q(('destroyed_at__isnull', True), ('wrapped__isnull', False)), models.Q(('destroyed_at__isnull', False), ('wrapped__isnull', True)), _connector='OR'), name='subject_key_living_or_destroyed'),
                ],
            },
        ),
        migrations.CreateModel(
            name='DepositErasure',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('reason', models.CharField(max_length=120)),
                ('at', models.DateTimeField()),
                ('deposit', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='erasure', to='evidence.deposit')),
            ],
        ),
        guards.append_only("evidence_depositerasure"),
        guards.no_delete("evidence_subjectkey"),
        guards.frozen_columns("evidence_subjectkey", "id", "subject"),
        guards.sql(
            "CREATE TRIGGER evidence_subjectkey_stays_destroyed BEFORE UPDATE ON evidence_subjectkey FOR EACH ROW "
            "WHEN (OLD.destroyed_at IS NOT NULL) EXECUTE FUNCTION evidence_refuse_change();"
        ),
    ]
