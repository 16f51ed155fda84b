"""Objections to a refused admission (A1), and the look at documents on the day they are needed (A5, R87)."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from evidence.guards import edges, frozen_columns, install, no_delete
from evidence.tables import Rules, Tables
from participants.states import ADMISSION, ADMISSION_OBJECTION


class Migration(migrations.Migration):

    dependencies = [
        ('evidence', '0001_house'),
        ('participants', '0030_networks'),
    ]

    operations = [
        migrations.AddField(
            model_name='admission',
            name='refused_by',
            field=models.ForeignKey(blank=True, help_text='who refused it last; never decides an objection to that', null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='admission',
            name='looked_at',
            field=models.DateTimeField(blank=True, help_text='when the documents promised with it were looked for', null=True),
        ),
        migrations.AddIndex(
            model_name='admission',
            index=models.Index(condition=models.Q(('basis', 'declaration'), ('looked_at__isnull', True), ('status', 'admitted')), fields=['effective_from'], name='admission_to_look_at'),
        ),
        Tables(
            migrations.CreateModel(
                name='AdmissionObjection',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('refused_at', models.DateTimeField(help_text='of the refusal that it objects to')),
                    ('grounds', models.TextField()),
                    ('status', models.CharField(choices=[('open', '异议待决'), ('upheld', '异议成立'), ('rejected', '异议不成立'), ('withdrawn', '异议已撤回')], default='open', max_length=10)),
                    ('filed_at', models.DateTimeField()),
                    ('due_at', models.DateTimeField(help_text='when it is flagged as late; it stays open')),
                    ('flagged_at', models.DateTimeField(blank=True, null=True)),
                    ('reason', models.TextField(blank=True)),
                    ('decided_at', models.DateTimeField(blank=True, null=True)),
                    ('admission', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='objections', to='participants.admission')),
                    ('decided_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                    ('deposit', models.ForeignKey(blank=True, help_text='evidence, if any', null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='evidence.deposit')),
                    ('filed_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ],
                options={
                    'verbose_name': '准入异议',
                    'verbose_name_plural': '准入异议',
                    'constraints': [
                        models.CheckConstraint(condition=models.Q(('status__in', ['open', 'upheld', 'rejected', 'withdrawn'])), name='admission_objection_status_known'),
                        models.CheckConstraint(condition=models.Q(('grounds', ''), _negated=True), name='admission_objection_says_something'),
                        models.CheckConstraint(condition=models.Q(models.Q(('status__in', ['upheld', 'rejected']), _negated=True), models.Q(('decided_at__isnull', False), ('decided_by__isnull', False), models.Q(('reason', ''), _negated=True)), _connector='OR'), name='admission_objection_end_has_a_person'),
                        models.UniqueConstraint(fields=('admission', 'refused_at'), name='admission_objection_once'),
                    ],
                },
            ),
        ),
        Rules(
            install("participants", "admission_objections.sql"),
            install("participants", "venue_side.sql"),
            edges("participants_admission", "status", ADMISSION),
            edges("participants_admissionobjection", "status", ADMISSION_OBJECTION, initial=["open"]),
            no_delete("participants_admissionobjection"),
            frozen_columns("participants_admissionobjection", "admission_id", "refused_at", "grounds", "deposit_id", "filed_by_id", "filed_at"),
        ),
    ]
