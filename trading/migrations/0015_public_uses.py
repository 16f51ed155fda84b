"""Public data taken free for governance or welfare: proven, and reported on (R17)."""

import django.db.models.deletion
from django.db import migrations, models

from evidence.guards import edges, frozen_columns, no_delete
from trading.states import PUBLIC_USE


class Migration(migrations.Migration):

    dependencies = [
        ('evidence', '0002_subject_keys'),
        ('trading', '0014_deals'),
    ]

    operations = [
        migrations.CreateModel(
            name='PublicUse',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('code', models.CharField(max_length=16, unique=True)),
                ('purpose', models.CharField(max_length=24)),
                ('task', models.TextField(help_text='the public task it serves, and whose it is')),
                ('conditions_sha256', models.CharField(help_text='of the conditions that were accepted', max_length=64)),
                ('accepted_at', models.DateTimeField()),
                ('status', models.CharField(choices=[('owed', '待报告'), ('late', '逾期未报告'), ('filed', '已报告'), ('void', '无须报告')], default='owed', max_length=8)),
                ('report', models.TextField(blank=True)),
                ('filed_at', models.DateTimeField(blank=True, null=True)),
                ('due_at', models.DateTimeField(blank=True, null=True)),
                ('paper', models.ForeignKey(blank=True, help_text='the proof; a public body acts of its own office', null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='evidence.deposit')),
                ('trade', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='public_use', to='trading.trade')),
            ],
            options={
                'indexes': [models.Index(condition=models.Q(('status', 'owed')), fields=['due_at'], name='public_use_due')],
                'constraints': [models.CheckConstraint(condition=models.Q(('status__in', ['owed', 'late', 'filed', 'void'])), name='public_use_status_known'), models.CheckConstraint(condition=models.Q(('purpose__in', ['public_governance', 'public_welfare'])), name='public_use_is_public'), models.CheckConstraint(condition=models.Q(('task', ''), _negated=True), name='public_use_names_its_task'), models.CheckConstraint(condition=models.Q(('conditions_sha256__regex', '^[0-9a-f]{64}$')), name='public_use_conditions_hash'), models.CheckConstraint(condition=models.Q(models.Q(('filed_at__isnull', False), ('status', 'filed'), models.Q(('report', ''), _negated=True)), models.Q(('filed_at__isnull', True), ('report', ''), models.Q(('status', 'filed'), _negated=True)), _connector='OR'), name='public_use_filed_has_a_report'), models.CheckConstraint(condition=models.Q(models.Q(('due_at__isnull', False), ('status', 'owed')), models.Q(('due_at__isnull', True), models.Q(('status', 'owed'), _negated=True)), _connector='OR'), name='public_use_owed_until')],
            },
        ),
        edges("trading_publicuse", "status", PUBLIC_USE, initial=["owed"]),
        frozen_columns("trading_publicuse", "code", "trade_id", "purpose", "task", "paper_id", "conditions_sha256", "accepted_at"),
        no_delete("trading_publicuse"),
    ]
