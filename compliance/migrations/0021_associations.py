"""Associations: covenants, signatures, breaches, mediation; yearly reports of large parties."""

import django.contrib.postgres.fields
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from compliance.states import COVENANT_BREACH, COVENANT_SIGNATURE, RESPONSIBILITY
from evidence.guards import edges, frozen_columns, install, no_delete


class Migration(migrations.Migration):

    dependencies = [
        ('compliance', '0020_joint_cases'),
        ('participants', '0026_joint_cases'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Covenant',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('code', models.CharField(max_length=16, unique=True)),
                ('key', models.SlugField(help_text='the covenant over its versions', max_length=30)),
                ('version', models.PositiveIntegerField()),
                ('title_zh', models.CharField(max_length=120)),
                ('title_en', models.CharField(max_length=160)),
                ('text', models.TextField()),
                ('sha256', models.CharField(help_text='of the text, which signatures bind to', max_length=64)),
                ('published_at', models.DateTimeField()),
                ('superseded_at', models.DateTimeField(blank=True, null=True)),
                ('association', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='covenants', to='participants.organization')),
                ('published_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
        ),
        migrations.CreateModel(
            name='CovenantSignature',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('code', models.CharField(max_length=16, unique=True)),
                ('status', models.CharField(choices=[('signed', '已签署'), ('left', '已退出'), ('lapsed', '逾期未重签'), ('expelled', '除名')], default='signed', max_length=10)),
                ('sha256', models.CharField(max_length=64)),
                ('signed_at', models.DateTimeField()),
                ('due_at', models.DateTimeField(blank=True, help_text='of a superseded version: until when the new one is signed', null=True)),
                ('ended_at', models.DateTimeField(blank=True, null=True)),
                ('covenant', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='signatures', to='compliance.covenant')),
                ('organization', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='covenants_signed', to='participants.organization')),
                ('signed_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
        ),
        migrations.CreateModel(
            name='CovenantBreach',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('code', models.CharField(max_length=16, unique=True)),
                ('text', models.TextField()),
                ('status', models.CharField(choices=[('reported', '待成员答复'), ('deciding', '待协会处理'), ('upheld', '成立'), ('dismissed', '不成立')], default='reported', max_length=10)),
                ('answer', models.TextField(blank=True)),
                ('measure', models.CharField(blank=True, choices=[('none', 'none'), ('warn', 'warn'), ('criticise', 'criticise'), ('lower', 'lower'), ('expel', 'expel')], max_length=10)),
                ('reasons', models.TextField(blank=True)),
                ('reported_at', models.DateTimeField()),
                ('due_at', models.DateTimeField(blank=True, help_text='until when the member answers; then until when it is decided', null=True)),
                ('overdue', models.BooleanField(default=False, help_text='an association that is late; the state stays')),
                ('decided_at', models.DateTimeField(blank=True, null=True)),
                ('decided_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('reporter', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='participants.organization')),
                ('signature', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='breaches', to='compliance.covenantsignature')),
            ],
        ),
        migrations.CreateModel(
            name='DisputeMediator',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('named_by', django.contrib.postgres.fields.ArrayField(base_field=models.BigIntegerField(), default=list, help_text='the sides that named it; of both it mediates', size=None)),
                ('named_at', models.DateTimeField()),
                ('agreed_at', models.DateTimeField(blank=True, null=True)),
                ('proposal', models.TextField(blank=True)),
                ('refund_bps', models.PositiveIntegerField(blank=True, null=True)),
                ('accepted', django.contrib.postgres.fields.ArrayField(base_field=models.BigIntegerField(), blank=True, default=list, help_text='the sides that accepted its proposal', size=None)),
                ('association', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='mediates', to='participants.organization')),
                ('dispute', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='mediator', to='compliance.dispute')),
            ],
        ),
        migrations.CreateModel(
            name='ResponsibilityReport',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('code', models.CharField(max_length=16, unique=True)),
                ('year', models.PositiveSmallIntegerField()),
                ('status', models.CharField(choices=[('due', '待填报'), ('filed', '已公布'), ('missed', '逾期')], default='due', max_length=8)),
                ('opened_at', models.DateTimeField()),
                ('due_at', models.DateTimeField()),
                ('reminded_at', models.DateTimeField(blank=True, null=True)),
                ('answers', models.JSONField(default=dict, help_text='by the heads of the form')),
                ('sha256', models.CharField(blank=True, max_length=64)),
                ('filed_at', models.DateTimeField(blank=True, null=True)),
                ('late', models.BooleanField(default=False)),
                ('case', models.CharField(blank=True, help_text="the desk's task over a missed one", max_length=16)),
                ('filed_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('organization', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='responsibility_reports', to='participants.organization')),
            ],
        ),
        migrations.AddConstraint(
            model_name='covenant',
            constraint=models.UniqueConstraint(fields=('association', 'key', 'version'), name='covenant_version_once'),
        ),
        migrations.AddConstraint(
            model_name='covenant',
            constraint=models.UniqueConstraint(condition=models.Q(('superseded_at__isnull', True)), fields=('association', 'key'), name='covenant_one_in_force'),
        ),
        migrations.AddConstraint(
            model_name='covenant',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('text', ''), _negated=True), models.Q(('title_zh', ''), _negated=True)), name='covenant_has_a_text'),
        ),
        migrations.AddIndex(
            model_name='covenantsignature',
            index=models.Index(condition=models.Q(('status', 'signed')), fields=['due_at'], name='covenant_signature_due'),
        ),
        migrations.AddConstraint(
            model_name='covenantsignature',
            constraint=models.CheckConstraint(condition=models.Q(('status__in', ['signed', 'left', 'lapsed', 'expelled'])), name='covenant_signature_status_known'),
        ),
        migrations.AddConstraint(
            model_name='covenantsignature',
            constraint=models.UniqueConstraint(condition=models.Q(('status', 'signed')), fields=('covenant', 'organization'), name='covenant_signed_once'),
        ),
        migrations.AddConstraint(
            model_name='covenantsignature',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('ended_at__isnull', True), ('status', 'signed')), models.Q(models.Q(('status', 'signed'), _negated=True), ('ended_at__isnull', False)), _connector='OR'), name='covenant_signature_end_has_a_time'),
        ),
        migrations.AddIndex(
            model_name='covenantbreach',
            index=models.Index(fields=['status', 'due_at'], name='covenant_breach_deadline'),
        ),
        migrations.AddConstraint(
            model_name='covenantbreach',
            constraint=models.CheckConstraint(condition=models.Q(('status__in', ['reported', 'deciding', 'upheld', 'dismissed'])), name='covenant_breach_status_known'),
        ),
        migrations.AddConstraint(
            model_name='covenantbreach',
            constraint=models.CheckConstraint(condition=models.Q(('measure__in', ['', 'none', 'warn', 'criticise', 'lower', 'expel'])), name='covenant_measure_known'),
        ),
        migrations.AddConstraint(
            model_name='covenantbreach',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('decided_at__isnull', True), ('measure', ''), ('status__in', ['reported', 'deciding'])), models.Q(('decided_at__isnull', False), ('status', 'upheld'), models.Q(('measure__in', ['', 'none']), _negated=True), models.Q(('reasons', ''), _negated=True)), models.Q(('decided_at__isnull', False), ('measure', 'none'), ('status', 'dismissed'), models.Q(('reasons', ''), _negated=True)), _connector='OR'), name='covenant_breach_decided'),
        ),
        migrations.AddConstraint(
            model_name='disputemediator',
            constraint=models.CheckConstraint(condition=models.Q(('refund_bps__isnull', True), ('refund_bps__lte', 10000), _connector='OR'), name='mediator_share_in_range'),
        ),
        migrations.AddConstraint(
            model_name='disputemediator',
            constraint=models.CheckConstraint(condition=models.Q(('refund_bps__isnull', True), ('agreed_at__isnull', False), _connector='OR'), name='mediator_agreed_first'),
        ),
        migrations.AddConstraint(
            model_name='disputemediator',
            constraint=models.CheckConstraint(condition=models.Q(('agreed_at__isnull', True), ('agreed_at__gte', models.F('named_at')), _connector='OR'), name='mediator_times_forward'),
        ),
        migrations.AddIndex(
            model_name='responsibilityreport',
            index=models.Index(fields=['status', 'due_at'], name='responsibility_deadline'),
        ),
        migrations.AddConstraint(
            model_name='responsibilityreport',
            constraint=models.UniqueConstraint(fields=('organization', 'year'), name='responsibility_once_a_year'),
        ),
        migrations.AddConstraint(
            model_name='responsibilityreport',
            constraint=models.CheckConstraint(condition=models.Q(('status__in', ['due', 'filed', 'missed'])), name='responsibility_status_known'),
        ),
        migrations.AddConstraint(
            model_name='responsibilityreport',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('status', 'filed'), _negated=True), models.Q(('filed_at__isnull', False), models.Q(('sha256', ''), _negated=True)), _connector='OR'), name='responsibility_filed_whole'),
        ),
        migrations.AddConstraint(
            model_name='responsibilityreport',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('status', 'missed'), _negated=True), models.Q(('case', ''), _negated=True), _connector='OR'), name='responsibility_missed_is_a_task'),
        ),
        no_delete("compliance_covenant"),
        frozen_columns("compliance_covenant", "association_id", "key", "version", "title_zh", "title_en", "text", "sha256", "published_by_id",
                       "published_at"),
        no_delete("compliance_covenantsignature"),
        frozen_columns("compliance_covenantsignature", "covenant_id", "organization_id", "sha256", "signed_by_id", "signed_at"),
        edges("compliance_covenantsignature", "status", COVENANT_SIGNATURE, initial=["signed"]),
        no_delete("compliance_covenantbreach"),
        frozen_columns("compliance_covenantbreach", "signature_id", "reporter_id", "text", "reported_at"),
        edges("compliance_covenantbreach", "status", COVENANT_BREACH, initial=["reported"]),
        no_delete("compliance_disputemediator"),
        no_delete("compliance_responsibilityreport"),
        frozen_columns("compliance_responsibilityreport", "organization_id", "year", "opened_at", "due_at"),
        edges("compliance_responsibilityreport", "status", RESPONSIBILITY, initial=["due"]),
        install("compliance", "responsibility.sql"),
    ]
