"""Deputies and powers for a time, looks at a party's pages; a deputy is no second person."""

import datetime
import django.contrib.postgres.fields
import django.db.models.deletion
import django.db.models.expressions
from django.conf import settings
from django.db import migrations, models

from evidence.guards import frozen_columns, install, no_delete


class Migration(migrations.Migration):

    dependencies = [
        ('evidence', '0002_subject_keys'),
        ('participants', '0027_denied_attempts'),
    ]

    operations = [
        migrations.CreateModel(
            name='PartyView',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('code', models.CharField(max_length=16, unique=True)),
                ('reason', models.TextField()),
                ('begun_at', models.DateTimeField()),
                ('ends_at', models.DateTimeField()),
                ('ended_at', models.DateTimeField(blank=True, null=True)),
            ],
        ),
        migrations.CreateModel(
            name='TimedGrant',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('code', models.CharField(max_length=16, unique=True)),
                ('role', models.CharField(choices=[('data_merchant', '数据商'), ('buyer', '买方'), ('service_provider', '第三方专业服务机构'), ('public_data_operator', '公共数据运营机构'), ('trustee', '受托者'), ('data_subject', '个人'), ('association', '行业协会'), ('venue_operator', '场所运营'), ('compliance_officer', '合规专员'), ('regulator', '监管'), ('surveillance', '市场监察'), ('auditor', '审计'), ('researcher', '研究'), ('system_administrator', '系统管理员'), ('security_administrator', '安全管理员'), ('audit_administrator', '审计管理员')], max_length=24)),
                ('capabilities', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=20), blank=True, default=list, size=None)),
                ('reason', models.TextField()),
                ('granted_at', models.DateTimeField()),
                ('effective_from', models.DateTimeField()),
                ('effective_to', models.DateTimeField()),
                ('ended_at', models.DateTimeField(blank=True, help_text='taken back before its time', null=True)),
            ],
            options={
                'verbose_name': '代理与限时授权',
                'verbose_name_plural': '代理与限时授权',
            },
        ),
        migrations.RemoveConstraint(
            model_name='staffread',
            name='read_kind_known',
        ),
        migrations.AlterField(
            model_name='staffread',
            name='kind',
            field=models.CharField(choices=[('proof', '所交准入材料'), ('succession', '承继文件'), ('report', '第三方报告文件'), ('condition', '条件凭据'), ('objection', '异议证据'), ('trade', '成交协议与结算'), ('feed', '变更流中的本方事项'), ('history', '存证历史'), ('pages', '以机构视角查看页面')], max_length=12),
        ),
        migrations.AddConstraint(
            model_name='staffread',
            constraint=models.CheckConstraint(condition=models.Q(('kind__in', ['proof', 'succession', 'report', 'condition', 'objection', 'trade', 'feed', 'history', 'pages'])), name='read_kind_known'),
        ),
        migrations.AddField(
            model_name='partyview',
            name='organization',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='participants.organization'),
        ),
        migrations.AddField(
            model_name='partyview',
            name='viewer',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='timedgrant',
            name='ended_by',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='timedgrant',
            name='granted_by',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='timedgrant',
            name='membership',
            field=models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='grant', to='participants.membership'),
        ),
        migrations.AddField(
            model_name='timedgrant',
            name='organization',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='participants.organization'),
        ),
        migrations.AddField(
            model_name='timedgrant',
            name='person',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='participants.person'),
        ),
        migrations.AddField(
            model_name='timedgrant',
            name='principal',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='participants.person'),
        ),
        migrations.AddIndex(
            model_name='partyview',
            index=models.Index(fields=['viewer', 'organization', 'ends_at'], name='party_view_running'),
        ),
        migrations.AddConstraint(
            model_name='partyview',
            constraint=models.CheckConstraint(condition=models.Q(('reason', ''), _negated=True), name='party_view_has_a_reason'),
        ),
        migrations.AddConstraint(
            model_name='partyview',
            constraint=models.CheckConstraint(condition=models.Q(('ends_at__gt', models.F('begun_at')), ('ends_at__lte', django.db.models.expressions.CombinedExpression(models.F('begun_at'), '+', models.Value(datetime.timedelta(seconds=3600))))), name='party_view_ends_soon'),
        ),
        migrations.AddIndex(
            model_name='timedgrant',
            index=models.Index(fields=['person', 'effective_to'], name='timed_grant_of'),
        ),
        migrations.AddConstraint(
            model_name='timedgrant',
            constraint=models.CheckConstraint(condition=models.Q(('reason', ''), _negated=True), name='timed_grant_has_a_reason'),
        ),
        migrations.AddConstraint(
            model_name='timedgrant',
            constraint=models.CheckConstraint(condition=models.Q(('principal__isnull', True), models.Q(('principal', models.F('person')), _negated=True), _connector='OR'), name='timed_grant_not_to_oneself'),
        ),
        migrations.AddConstraint(
            model_name='timedgrant',
            constraint=models.CheckConstraint(condition=models.Q(('effective_to__gt', models.F('effective_from'))), name='timed_grant_forward'),
        ),
        migrations.AddConstraint(
            model_name='timedgrant',
            constraint=models.CheckConstraint(condition=models.Q(('effective_to__lte', django.db.models.expressions.CombinedExpression(models.F('effective_from'), '+', models.Value(datetime.timedelta(days=92))))), name='timed_grant_ends_soon'),
        ),
        migrations.AddConstraint(
            model_name='timedgrant',
            constraint=models.CheckConstraint(condition=models.Q(('principal__isnull', False), ('effective_to__lte', django.db.models.expressions.CombinedExpression(models.F('effective_from'), '+', models.Value(datetime.timedelta(days=31)))), _connector='OR'), name='timed_power_ends_sooner'),
        ),
        migrations.AddConstraint(
            model_name='timedgrant',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('ended_at__isnull', True), ('ended_by__isnull', True)), models.Q(('ended_at__isnull', False), ('ended_by__isnull', False)), _connector='OR'), name='timed_grant_end_has_a_person'),
        ),
        no_delete("participants_timedgrant"),
        frozen_columns("participants_timedgrant", "code", "person_id", "principal_id", "organization_id", "role", "capabilities",
                       "membership_id", "reason", "granted_by_id", "granted_at", "effective_from", "effective_to"),
        no_delete("participants_partyview"),
        frozen_columns("participants_partyview", "code", "viewer_id", "organization_id", "reason", "begun_at", "ends_at"),
        install("participants", "deputies.sql"),
    ]
