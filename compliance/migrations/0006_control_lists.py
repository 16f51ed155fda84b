"""Keeps control lists with what they hit, and how jurisdictions treat us; seals who complained."""

import django.db.models.deletion
import evidence.vault
from django.conf import settings
from django.db import migrations, models

from compliance.states import CASE, CONTROL_LIST, CONTROL_MATCH
from evidence.guards import append_only, edges, frozen_columns, no_delete
from evidence.vault import PREFIX, seal_text


def seal(apps, schema_editor):
    """Names and contacts of reporters that stood in clear are enciphered in place."""
    with schema_editor.connection.cursor() as cursor:
        cursor.execute("SELECT id, code, reporter_name, contact FROM compliance_complaint WHERE reporter_name <> '' OR contact <> ''")
        for key, code, *texts in cursor.fetchall():
            sealed = [text if text.startswith(PREFIX) else seal_text(code, text) for text in texts]
            cursor.execute("UPDATE compliance_complaint SET reporter_name = %s, contact = %s WHERE id = %s", [*sealed, key])


class Migration(migrations.Migration):

    dependencies = [
        ('compliance', '0005_incidents'),
        ('evidence', '0002_subject_keys'),
        ('participants', '0008_admission_by_class'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='ControlEntry',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('position', models.PositiveIntegerField()),
                ('name', models.CharField(max_length=200)),
                ('name_key', models.CharField(db_index=True, max_length=160)),
                ('uscc', models.CharField(blank=True, db_index=True, max_length=18)),
                ('jurisdiction', models.CharField(blank=True, max_length=2)),
                ('basis', models.CharField(blank=True, max_length=200)),
                ('until', models.DateField(blank=True, help_text="the entry's own end", null=True)),
            ],
        ),
        migrations.CreateModel(
            name='ControlList',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('code', models.CharField(max_length=16, unique=True)),
                ('key', models.SlugField(help_text='which list, over all its versions', max_length=40)),
                ('version', models.PositiveIntegerField()),
                ('kind', models.CharField(choices=[('sanction', '制裁名单'), ('black', '黑名单'), ('cautious', '谨慎名单'), ('white', '白名单')], max_length=10)),
                ('name', models.CharField(max_length=120)),
                ('authority', models.CharField(help_text='who publishes it', max_length=120)),
                ('dated', models.DateField(help_text="the list's own date")),
                ('content_hash', models.CharField(max_length=64)),
                ('entries_count', models.PositiveIntegerField()),
                ('status', models.CharField(choices=[('proposed', '待复核'), ('in_force', '施行'), ('refused', '不予施行'), ('superseded', '已换新版'), ('revoked', '撤销')], default='proposed', max_length=12)),
                ('reason', models.TextField(blank=True)),
                ('proposed_at', models.DateTimeField()),
                ('effective_from', models.DateTimeField(blank=True, null=True)),
                ('effective_to', models.DateTimeField(blank=True, null=True)),
            ],
        ),
        migrations.CreateModel(
            name='ControlMatch',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('code', models.CharField(max_length=16, unique=True)),
                ('kind', models.CharField(choices=[('sanction', '制裁名单'), ('black', '黑名单'), ('cautious', '谨慎名单'), ('white', '白名单')], max_length=10)),
                ('by', models.CharField(choices=[('uscc', 'uscc'), ('name', 'name')], max_length=4)),
                ('status', models.CharField(choices=[('open', '命中'), ('cleared', '已解除')], default='open', max_length=8)),
                ('case_code', models.CharField(blank=True, max_length=16)),
                ('opened_at', models.DateTimeField()),
                ('cleared_at', models.DateTimeField(blank=True, null=True)),
                ('reason', models.TextField(blank=True)),
            ],
        ),
        migrations.CreateModel(
            name='JurisdictionStance',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('jurisdiction', models.CharField(help_text='ISO 3166-1 alpha-2', max_length=2)),
                ('stance', models.CharField(choices=[('reciprocal', '对等'), ('restrictive', '对我国采取歧视性措施')], max_length=12)),
                ('basis', models.CharField(max_length=200)),
                ('effective_from', models.DateTimeField()),
                ('effective_to', models.DateTimeField(blank=True, null=True)),
            ],
        ),
        migrations.RemoveConstraint(
            model_name='case',
            name='case_kind_known',
        ),
        migrations.AlterField(
            model_name='case',
            name='kind',
            field=models.CharField(choices=[('version_review', '挂牌审核'), ('sample', '抽查'), ('trade_review', '交易复核'), ('alert', '监测预警'), ('complaint', '举报投诉'), ('conduct', '失信认定'), ('registration', '登记'), ('filing', '备案核验'), ('dispute', '争议'), ('payout', '提现'), ('settlement', '清算异常'), ('output', '输出审核'), ('right', '权利暂停'), ('incident', '安全事件'), ('control_list', '管控名单命中'), ('other', '其他')], max_length=16),
        ),
        migrations.AlterField(
            model_name='complaint',
            name='contact',
            field=evidence.vault.SealedTextField(blank=True),
        ),
        migrations.AlterField(
            model_name='complaint',
            name='reporter_name',
            field=evidence.vault.SealedTextField(blank=True),
        ),
        migrations.AddConstraint(
            model_name='case',
            constraint=models.CheckConstraint(condition=models.Q(('kind__in', ['version_review', 'sample', 'trade_review', 'alert', 'complaint', 'conduct', 'registration', 'filing', 'dispute', 'payout', 'settlement', 'output', 'right', 'incident', 'control_list', 'other'])), name='case_kind_known'),
        ),
        migrations.AddField(
            model_name='controllist',
            name='deposit',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='evidence.deposit'),
        ),
        migrations.AddField(
            model_name='controlentry',
            name='list',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='entries', to='compliance.controllist'),
        ),
        migrations.AddField(
            model_name='controlmatch',
            name='entry',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='matches', to='compliance.controlentry'),
        ),
        migrations.AddField(
            model_name='controlmatch',
            name='organization',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='control_matches', to='participants.organization'),
        ),
        migrations.AddConstraint(
            model_name='jurisdictionstance',
            constraint=models.CheckConstraint(condition=models.Q(('stance__in', ['reciprocal', 'restrictive'])), name='stance_known'),
        ),
        migrations.AddConstraint(
            model_name='jurisdictionstance',
            constraint=models.CheckConstraint(condition=models.Q(('effective_to__isnull', True), ('effective_to__gt', models.F('effective_from')), _connector='OR'), name='stance_period_forward'),
        ),
        migrations.AddConstraint(
            model_name='jurisdictionstance',
            constraint=models.UniqueConstraint(condition=models.Q(('effective_to__isnull', True)), fields=('jurisdiction',), name='stance_one_in_force'),
        ),
        migrations.AddConstraint(
            model_name='controllist',
            constraint=models.CheckConstraint(condition=models.Q(('status__in', ['proposed', 'in_force', 'refused', 'superseded', 'revoked'])), name='control_list_status_known'),
        ),
        migrations.AddConstraint(
            model_name='controllist',
            constraint=models.CheckConstraint(condition=models.Q(('kind__in', ['sanction', 'black', 'cautious', 'white'])), name='control_list_kind_known'),
        ),
        migrations.AddConstraint(
            model_name='controllist',
            constraint=models.UniqueConstraint(fields=('key', 'version'), name='control_list_version_once'),
        ),
        migrations.AddConstraint(
            model_name='controllist',
            constraint=models.UniqueConstraint(condition=models.Q(('status', 'in_force')), fields=('key',), name='control_list_one_in_force'),
        ),
        migrations.AddConstraint(
            model_name='controllist',
            constraint=models.UniqueConstraint(condition=models.Q(('status', 'proposed')), fields=('key',), name='control_list_one_proposed'),
        ),
        migrations.AddConstraint(
            model_name='controlentry',
            constraint=models.UniqueConstraint(fields=('list', 'position'), name='control_entry_once'),
        ),
        migrations.AddConstraint(
            model_name='controlentry',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('name_key', ''), _negated=True), models.Q(('uscc', ''), _negated=True), _connector='OR'), name='control_entry_can_match'),
        ),
        migrations.AddIndex(
            model_name='controlmatch',
            index=models.Index(fields=['organization', 'status'], name='control_match_open'),
        ),
        migrations.AddConstraint(
            model_name='controlmatch',
            constraint=models.CheckConstraint(condition=models.Q(('status__in', ['open', 'cleared'])), name='control_match_status_known'),
        ),
        migrations.AddConstraint(
            model_name='controlmatch',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('status', 'cleared'), _negated=True), models.Q(('cleared_at__isnull', False), models.Q(('reason', ''), _negated=True)), _connector='OR'), name='control_match_cleared_with_reason'),
        ),
        migrations.AddConstraint(
            model_name='controlmatch',
            constraint=models.UniqueConstraint(fields=('entry', 'organization'), name='control_match_once'),
        ),
        migrations.RunPython(seal, migrations.RunPython.noop),
        edges("compliance_case", "status", CASE, initial=["open"]),
        edges("compliance_controllist", "status", CONTROL_LIST, initial=["proposed"]),
        edges("compliance_controlmatch", "status", CONTROL_MATCH, initial=["open"]),
        append_only("compliance_controlentry"),
        *(no_delete(f"compliance_{name}") for name in ("controllist", "controlmatch", "jurisdictionstance")),
        frozen_columns("compliance_controllist", "code", "key", "version", "kind", "name", "authority", "dated", "deposit_id", "content_hash",
                       "entries_count", "proposed_at"),
        frozen_columns("compliance_controlmatch", "code", "entry_id", "organization_id", "kind", "by", "opened_at"),
        frozen_columns("compliance_jurisdictionstance", "jurisdiction", "stance", "basis", "effective_from"),
        migrations.AlterModelOptions(name="controllist", options={"verbose_name": "管控名单", "verbose_name_plural": "管控名单"}),
        migrations.AlterModelOptions(name="jurisdictionstance", options={"verbose_name": "对等立场", "verbose_name_plural": "对等立场"}),
    ]
