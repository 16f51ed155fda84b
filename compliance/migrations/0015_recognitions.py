"""Recognises certificates and binding rules from abroad; a case names its scene, and may rest on an entry while that holds."""

import django.db.models.deletion
from django.db import migrations, models

from compliance.states import EXPORT, RECOGNITION
from evidence.guards import edges, frozen_columns, install, no_delete


class Migration(migrations.Migration):

    dependencies = [
        ('compliance', '0014_exports'),
        ('evidence', '0002_subject_keys'),
        ('participants', '0013_reference_figures_and_sizes'),
    ]

    operations = [
        migrations.AddField(
            model_name='exportcase',
            name='scenario',
            field=models.CharField(choices=[('ecommerce', '跨境电商'), ('payment', '跨境支付'), ('supply_chain', '供应链管理'), ('outsourcing', '服务外包'), ('travel', '机票酒店预订、签证、考试'), ('hr', '跨境人力资源管理'), ('emergency', '紧急情况保护人身财产'), ('trade', '国际贸易与运输'), ('research', '学术合作'), ('manufacturing', '跨国生产制造'), ('marketing', '市场营销'), ('other', '其他')], default='other', max_length=24),
        ),
        migrations.CreateModel(
            name='ExportRecognition',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('code', models.CharField(max_length=16, unique=True)),
                ('kind', models.CharField(choices=[('certificate', '境外认证证书'), ('binding_rules', '约束性公司规则')], max_length=16)),
                ('title', models.CharField(max_length=120)),
                ('number', models.CharField(max_length=80)),
                ('issuer', models.CharField(help_text='who certified it, or approved the rules', max_length=120)),
                ('country', models.CharField(help_text='ISO 3166; where the recipient is', max_length=2)),
                ('names', models.JSONField(default=list, help_text='whom it covers: the holder; of binding rules every member of the group')),
                ('basis', models.CharField(help_text='the provision or arrangement under which it is recognised', max_length=200)),
                ('dated', models.DateField(help_text="the certificate's own date")),
                ('status', models.CharField(choices=[('proposed', '待复核'), ('in_force', '承认有效'), ('refused', '不予承认'), ('revoked', '已撤销'), ('expired', '到期')], default='proposed', max_length=10)),
                ('reason', models.TextField(blank=True)),
                ('proposed_at', models.DateTimeField()),
                ('effective_from', models.DateTimeField(blank=True, null=True)),
                ('effective_to', models.DateTimeField(help_text='its own end')),
                ('ended_at', models.DateTimeField(blank=True, null=True)),
                ('paper', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='evidence.deposit')),
            ],
            options={
                'verbose_name': '境外认证与公司规则',
                'verbose_name_plural': '境外认证与公司规则',
                'constraints': [
                    models.CheckConstraint(condition=models.Q(('status__in', ['proposed', 'in_force', 'refused', 'revoked', 'expired'])), name='recognition_status_known'),
                    models.CheckConstraint(condition=models.Q(('kind__in', ['certificate', 'binding_rules'])), name='recognition_kind_known'),
                    models.CheckConstraint(condition=models.Q(('country', 'CN'), _negated=True), name='recognition_is_foreign'),
                    models.CheckConstraint(condition=models.Q(models.Q(('names', []), _negated=True), models.Q(('basis', ''), _negated=True)), name='recognition_has_its_grounds'),
                    models.CheckConstraint(condition=models.Q(('effective_from__isnull', True), ('effective_to__gt', models.F('effective_from')), _connector='OR'), name='recognition_period_forward'),
                    models.CheckConstraint(condition=models.Q(models.Q(('status', 'in_force'), _negated=True), ('effective_from__isnull', False), _connector='OR'), name='recognition_begins'),
                    models.UniqueConstraint(condition=models.Q(('status__in', ['proposed', 'in_force'])), fields=('issuer', 'number'), name='recognition_once'),
                ],
            },
        ),
        migrations.AddField(
            model_name='exportcase',
            name='recognition',
            field=models.ForeignKey(blank=True, help_text='what its clearance rests on, beside contract and certification here', null=True, on_delete=django.db.models.deletion.PROTECT, related_name='cases', to='compliance.exportrecognition'),
        ),
        migrations.AddConstraint(
            model_name='exportcase',
            constraint=models.CheckConstraint(condition=models.Q(('scenario__in', ['ecommerce', 'payment', 'supply_chain', 'outsourcing', 'travel', 'hr', 'emergency', 'trade', 'research', 'manufacturing', 'marketing', 'other'])), name='export_scenario_known'),
        ),
        migrations.AddConstraint(
            model_name='exportcase',
            constraint=models.CheckConstraint(condition=models.Q(('recognition__isnull', True), ('mechanism', 'contract_or_certification'), _connector='OR'), name='export_recognition_only_in_row_11'),
        ),
        edges("compliance_exportcase", "status", EXPORT, initial=["draft"]),
        edges("compliance_exportrecognition", "status", RECOGNITION, initial=["proposed"]),
        frozen_columns("compliance_exportrecognition", "code", "kind", "title", "number", "issuer", "country", "names", "basis", "paper_id",
                       "dated", "proposed_at", "effective_to"),
        no_delete("compliance_exportrecognition"),
        install("compliance", "recognitions.sql"),
    ]
