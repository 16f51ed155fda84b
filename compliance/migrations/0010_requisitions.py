"""Keeps what public bodies call for: the grounds are fixed when it is issued, the rest moves along its table."""

import django.db.models.deletion
from django.db import migrations, models

from compliance.states import REQUISITION
from evidence.guards import edges, frozen_columns, no_delete
from participants.owners import owners


class Migration(migrations.Migration):

    dependencies = [
        ('compliance', '0009_succession'),
        ('evidence', '0002_subject_keys'),
        ('participants', '0009_succession'),
    ]

    operations = [
        migrations.CreateModel(
            name='Requisition',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('code', models.CharField(max_length=16, unique=True)),
                ('kind', models.CharField(choices=[('duty', '履职调用'), ('emergency', '应急调度')], max_length=10)),
                ('legal_basis', models.CharField(help_text='the provision under which it may call', max_length=400)),
                ('document_no', models.CharField(blank=True, help_text='number of the decision; of an emergency it may follow', max_length=80)),
                ('purpose', models.CharField(max_length=400)),
                ('scope', models.TextField(help_text='which data, no more than the purpose needs')),
                ('status', models.CharField(choices=[('issued', '待提供'), ('objected', '有异议，待裁定'), ('supplied', '已提供，使用中'), ('overdue', '逾期未证明销毁'), ('purged', '已销毁'), ('withdrawn', '撤回'), ('void', '作废')], default='issued', max_length=10)),
                ('use_until', models.DateTimeField()),
                ('purge_by', models.DateTimeField()),
                ('notice_due_at', models.DateTimeField(blank=True, help_text='of an emergency: when its document is due', null=True)),
                ('noticed_at', models.DateTimeField(blank=True, null=True)),
                ('file_sha256', models.CharField(blank=True, max_length=64)),
                ('objection', models.TextField(blank=True)),
                ('decision', models.TextField(blank=True)),
                ('destruction', models.TextField(blank=True, help_text='how it was destroyed')),
                ('issued_at', models.DateTimeField()),
                ('due_at', models.DateTimeField(blank=True, null=True)),
                ('supplied_at', models.DateTimeField(blank=True, null=True)),
                ('purged_at', models.DateTimeField(blank=True, null=True)),
                ('body', models.ForeignKey(help_text='the organ that calls', on_delete=django.db.models.deletion.PROTECT, related_name='requisitions', to='participants.organization')),
                ('destroyed', models.ForeignKey(blank=True, help_text='the proof', null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='evidence.deposit')),
                ('holder', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='requisitioned', to='participants.organization')),
                ('supplied', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='evidence.deposit')),
            ],
            options={
                'indexes': [models.Index(fields=['body', '-id'], name='requisition_of_body'), models.Index(fields=['holder', '-id'], name='requisition_of_holder'), models.Index(condition=models.Q(('status', 'supplied')), fields=['purge_by'], name='requisition_purge'), models.Index(condition=models.Q(('notice_due_at__isnull', False)), fields=['notice_due_at'], name='requisition_notice')],
                'constraints': [models.CheckConstraint(condition=models.Q(('status__in', ['issued', 'objected', 'supplied', 'overdue', 'purged', 'withdrawn', 'void'])), name='requisition_status_known'), models.CheckConstraint(condition=models.Q(('kind__in', ['duty', 'emergency'])), name='requisition_kind_known'), models.CheckConstraint(condition=models.Q(('body', models.F('holder')), _negated=True), name='requisition_of_another'), models.CheckConstraint(condition=models.Q(models.Q(('legal_basis', ''), _negated=True), models.Q(('purpose', ''), _negated=True), models.Q(('scope', ''), _negated=True)), name='requisition_has_its_grounds'), models.CheckConstraint(condition=models.Q(('kind', 'emergency'), models.Q(('document_no', ''), _negated=True), _connector='OR'), name='requisition_has_its_document'), models.CheckConstraint(condition=models.Q(('purge_by__gte', models.F('use_until')), ('use_until__gt', models.F('issued_at'))), name='requisition_ends'), models.CheckConstraint(condition=models.Q(('status__in', ['issued', 'objected', 'withdrawn', 'void']), models.Q(('supplied__isnull', False), ('supplied_at__isnull', False)), _connector='OR'), name='requisition_supplied_with_a_file'), models.CheckConstraint(condition=models.Q(models.Q(('status', 'purged'), _negated=True), models.Q(models.Q(('destruction', ''), _negated=True), ('destroyed__isnull', False)), _connector='OR'), name='requisition_destruction_proven'), models.CheckConstraint(condition=models.Q(models.Q(('status', 'objected'), _negated=True), ('kind', 'duty'), _connector='OR'), name='requisition_emergency_not_stopped')],
            },
        ),
        edges("compliance_requisition", "status", REQUISITION, initial=["issued"]),
        owners("compliance_requisition", "body_id", "holder_id"),
        frozen_columns("compliance_requisition", "code", "kind", "legal_basis", "purpose", "scope", "use_until",
                       "purge_by", "issued_at"),
        no_delete("compliance_requisition"),
    ]
