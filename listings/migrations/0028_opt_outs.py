"""Opting out of products made of anonymised data: who did, how the holder knows them, what it answered (W15)."""

import django.db.models.deletion
from django.db import migrations, models

import evidence.vault

from evidence.guards import edges, frozen_columns, no_delete
from listings.states import OPT_OUT
from participants.owners import owners


class Migration(migrations.Migration):

    dependencies = [
        ('listings', '0027_priority_fields'),
        ('participants', '0016_turnover_of_control'),
    ]

    operations = [
        migrations.CreateModel(
            name='OptOut',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('code', models.CharField(max_length=16, unique=True)),
                ('reference', evidence.vault.SealedTextField(help_text='how the holder knows the person')),
                ('status', models.CharField(choices=[('open', '待处理'), ('late', '逾期未处理'), ('removed', '已从数据中移除'), ('absent', '不在数据中')], default='open', max_length=8)),
                ('answer', evidence.vault.SealedTextField(blank=True)),
                ('opened_at', models.DateTimeField()),
                ('due_at', models.DateTimeField(blank=True, null=True)),
                ('answered_at', models.DateTimeField(blank=True, null=True)),
                ('organization', models.ForeignKey(help_text='the holder, who answers', on_delete=django.db.models.deletion.PROTECT, related_name='+', to='participants.organization')),
                ('product', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='opt_outs', to='listings.dataproduct')),
                ('subject', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='participants.person')),
                ('trustee', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='participants.organization')),
            ],
            options={
                'indexes': [models.Index(condition=models.Q(('due_at__isnull', False)), fields=['due_at'], name='opt_out_due')],
                'constraints': [models.CheckConstraint(condition=models.Q(('status__in', ['open', 'late', 'removed', 'absent'])), name='opt_out_status_known'), models.UniqueConstraint(fields=('product', 'subject'), name='opt_out_once'), models.CheckConstraint(condition=models.Q(models.Q(('status__in', ['removed', 'absent']), _negated=True), models.Q(('answer', ''), _negated=True), _connector='OR'), name='opt_out_answer_said')],
            },
        ),
        edges("listings_optout", "status", OPT_OUT, initial=["open"]),
        no_delete("listings_optout"),
        frozen_columns("listings_optout", "code", "product_id", "subject_id", "opened_at"),
        owners("listings_optout", "organization_id"),
    ]
