"""Admits by class: checklists, documents with terms, licences, security reviews, profiles; seals what is personal."""

import json

import django.contrib.postgres.fields
import django.db.models.deletion
import evidence.vault
from django.conf import settings
from django.db import migrations, models

from evidence.guards import append_only, edges, frozen_columns, install, no_delete
from evidence.vault import PREFIX, seal_text
from participants.checklists import default_class
from participants.defaults import DEFAULTS, EPOCH, STRICTER
from participants.states import ADMISSION, PROOF, SECURITY_REVIEW


def seal(apps, schema_editor):
    """What stood in clear is enciphered in place."""
    with schema_editor.connection.cursor() as cursor:
        cursor.execute("SELECT id, code, name, name_en FROM participants_person")
        for key, code, *names in cursor.fetchall():
            sealed = [name if name.startswith(PREFIX) else seal_text(code, name) for name in names]
            cursor.execute("UPDATE participants_person SET name = %s, name_en = %s WHERE id = %s", [*sealed, key])
        cursor.execute("SELECT u.id, coalesce(p.code, left('USER:' || u.username, 64)), u.email FROM participants_user u "
                       "LEFT JOIN participants_person p ON p.id = u.person_id WHERE u.email <> ''")
        for key, code, email in cursor.fetchall():
            cursor.execute("UPDATE participants_user SET email = %s WHERE id = %s", [seal_text(code, email), key])
        cursor.execute("SELECT id, code, answers FROM participants_admission")
        for key, code, answers in cursor.fetchall():
            held = {} if answers.startswith(PREFIX) else json.loads(answers or "{}")
            text = json.dumps(held, ensure_ascii=False, sort_keys=True) if held else ""
            cursor.execute("UPDATE participants_admission SET answers = %s WHERE id = %s", [seal_text(code, text), key])


def fill(apps, schema_editor):
    """Earlier admissions get their class; every venue gets the new figures and which way is stricter."""
    for one in apps.get_model("participants", "Admission").objects.select_related("organization"):
        usual = default_class(one.role, one.organization.kind, at=one.created_at)
        if usual is not None:
            one.category = usual.key
            one.save(update_fields=["category"])
    parameter = apps.get_model("participants", "Parameter")
    for venue in apps.get_model("participants", "Venue").objects.all():
        known = set(parameter.objects.filter(venue=venue).values_list("key", "scope"))
        parameter.objects.bulk_create([
            parameter(venue=venue, key=one.key, scope=one.scope, name_zh=one.name[0], name_en=one.name[1], value=one.value, unit=one.unit,
                      source=one.source, effective_from=EPOCH)
            for one in DEFAULTS if (one.key, one.scope) not in known])
        for key, way in STRICTER.items():
            parameter.objects.filter(venue=venue, key=key).update(stricter=way)
    profile = apps.get_model("participants", "PartyProfile")
    for one in apps.get_model("participants", "Organization").objects.all():
        region = one.uscc[2:8] if len(one.uscc) == 18 and one.uscc[2:8].isdigit() else ""
        profile.objects.get_or_create(organization=one, defaults={"region": region, "updated_at": EPOCH})


class Migration(migrations.Migration):

    dependencies = [
        ('evidence', '0002_subject_keys'),
        ('participants', '0007_tables_in_words'),
    ]

    operations = [
        migrations.CreateModel(
            name='ContractorProject',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('code', models.CharField(max_length=16, unique=True)),
                ('authority', models.CharField(max_length=120)),
                ('project', models.CharField(max_length=160)),
                ('source', models.CharField(help_text='where it was read: contract, award notice, own statement', max_length=160)),
                ('effective_from', models.DateTimeField()),
                ('effective_to', models.DateTimeField(blank=True, help_text='end of the project; the ban outlives it', null=True)),
            ],
        ),
        migrations.CreateModel(
            name='EmailChange',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('email', evidence.vault.SealedTextField()),
                ('digest', models.CharField(help_text='SHA-256 of the token in the link', max_length=64, unique=True)),
                ('expires_at', models.DateTimeField(help_text='wall time')),
                ('used_at', models.DateTimeField(blank=True, null=True)),
            ],
        ),
        migrations.CreateModel(
            name='PartyProfile',
            fields=[
                ('organization', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, primary_key=True, related_name='profile', serialize=False, to='participants.organization')),
                ('region', models.CharField(blank=True, help_text='行政区划代码', max_length=6)),
                ('sector', models.CharField(blank=True, max_length=2)),
                ('size', models.CharField(blank=True, choices=[('micro', '微型'), ('small', '小型'), ('medium', '中型'), ('large', '大型')], max_length=8)),
                ('ownership_type', models.CharField(blank=True, choices=[('state', '国有'), ('private', '民营'), ('foreign', '外资'), ('mixed', '混合所有制'), ('collective', '集体'), ('other', '其他')], max_length=12)),
                ('chief_data_officer', evidence.vault.SealedTextField(blank=True, help_text='首席数据官（W17）')),
                ('incident_contact', evidence.vault.SealedTextField(blank=True, help_text='安全事件联系人与 7×24 小时电话')),
                ('intermediary_kinds', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=24), blank=True, default=list, size=None)),
                ('assessment', models.JSONField(blank=True, default=dict, help_text='answers of the internal-compliance self-assessment')),
                ('assessment_score', models.PositiveSmallIntegerField(blank=True, null=True)),
                ('assessed_at', models.DateTimeField(blank=True, null=True)),
                ('version', models.PositiveIntegerField(default=1)),
                ('updated_at', models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name='Proof',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('code', models.CharField(max_length=16, unique=True)),
                ('item', models.CharField(max_length=40)),
                ('number', models.CharField(blank=True, help_text="the document's own number", max_length=80)),
                ('level', models.PositiveSmallIntegerField(blank=True, null=True)),
                ('status', models.CharField(choices=[('handed_in', '待核'), ('accepted', '有效'), ('refused', '不予采信'), ('replaced', '已更换'), ('expired', '到期'), ('withdrawn', '已撤回')], default='handed_in', max_length=12)),
                ('reason', models.TextField(blank=True)),
                ('effective_from', models.DateTimeField()),
                ('effective_to', models.DateTimeField(blank=True, null=True)),
                ('handed_in_at', models.DateTimeField()),
                ('decided_at', models.DateTimeField(blank=True, null=True)),
                ('decided_by', models.CharField(blank=True, max_length=40)),
                ('ended_at', models.DateTimeField(blank=True, help_text='when it stopped counting', null=True)),
                ('reminded_days', models.PositiveSmallIntegerField(blank=True, null=True)),
            ],
        ),
        migrations.CreateModel(
            name='ProofNeed',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('item', models.CharField(max_length=40)),
                ('capabilities', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=12), default=list, size=None)),
                ('needed_from', models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name='SecurityReview',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('code', models.CharField(max_length=16, unique=True)),
                ('owners', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=16), default=list, size=None)),
                ('cause', models.CharField(help_text='code of the admission or of the organisation whose stakes changed', max_length=20)),
                ('status', models.CharField(choices=[('open', '审查中'), ('cleared', '放行'), ('barred', '不予放行')], default='open', max_length=8)),
                ('reason', models.TextField(blank=True)),
                ('opened_at', models.DateTimeField()),
                ('due_at', models.DateTimeField(help_text='when it is flagged as late; it stays open')),
                ('decided_at', models.DateTimeField(blank=True, null=True)),
                ('decided_by', models.CharField(blank=True, max_length=40)),
            ],
        ),
        migrations.CreateModel(
            name='Sponsorship',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('effective_from', models.DateTimeField()),
                ('effective_to', models.DateTimeField(blank=True, null=True)),
            ],
        ),
        migrations.RemoveConstraint(
            model_name='admission',
            name='admission_one_in_force',
        ),
        migrations.RemoveConstraint(
            model_name='membership',
            name='membership_role_known',
        ),
        migrations.RemoveConstraint(
            model_name='organization',
            name='organization_kind_known',
        ),
        migrations.AddField(
            model_name='admission',
            name='basis',
            field=models.CharField(choices=[('desk', '材料审核'), ('declaration', '声明承诺')], default='desk', max_length=12),
        ),
        migrations.AddField(
            model_name='admission',
            name='capabilities',
            field=django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=12), blank=True, default=list, size=None),
        ),
        migrations.AddField(
            model_name='admission',
            name='category',
            field=models.CharField(blank=True, max_length=32),
        ),
        migrations.AddField(
            model_name='admission',
            name='checklist',
            field=models.CharField(blank=True, max_length=12),
        ),
        migrations.AddField(
            model_name='admission',
            name='declaration_hash',
            field=models.CharField(blank=True, help_text='SHA-256 of the promise that was accepted', max_length=64),
        ),
        migrations.AddField(
            model_name='admission',
            name='declared_by',
            field=models.CharField(blank=True, max_length=40),
        ),
        migrations.AddField(
            model_name='admission',
            name='licence',
            field=models.JSONField(blank=True, default=dict, help_text='what is printed on the licence'),
        ),
        migrations.AddField(
            model_name='admission',
            name='licence_hash',
            field=models.CharField(blank=True, max_length=64),
        ),
        migrations.AddField(
            model_name='admission',
            name='renews',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='renewals', to='participants.admission'),
        ),
        migrations.AddField(
            model_name='admission',
            name='ended_at',
            field=models.DateTimeField(blank=True, help_text='when it was refused, withdrawn, expired or revoked', null=True),
        ),
        migrations.AddField(
            model_name='membership',
            name='regions',
            field=django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=6), blank=True, default=list, help_text="a supervisor's regions; empty: all (R81)", size=None),
        ),
        migrations.AddField(
            model_name='membership',
            name='sectors',
            field=django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=2), blank=True, default=list, help_text="a supervisor's sectors; empty: all (R81)", size=None),
        ),
        migrations.AddField(
            model_name='ownershipstake',
            name='source',
            field=models.CharField(blank=True, help_text='register extract, filing or statement it was read from', max_length=120),
        ),
        migrations.AddField(
            model_name='parameter',
            name='stricter',
            field=models.CharField(blank=True, choices=[('', '-'), ('lower', 'lower'), ('higher', 'higher')], help_text="which way is stricter: a venue may go only that way from its parent's figure (R55)", max_length=6),
        ),
        migrations.AddField(
            model_name='person',
            name='erased_at',
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name='venue',
            name='approval_document',
            field=models.ForeignKey(blank=True, help_text='批准文件', null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='evidence.deposit'),
        ),
        migrations.AddField(
            model_name='venue',
            name='mlps_level',
            field=models.PositiveSmallIntegerField(blank=True, help_text='网络安全等级保护定级（R86）', null=True),
        ),
        migrations.AlterField(
            model_name='admission',
            name='answers',
            field=evidence.vault.SealedJSONField(blank=True, default=dict),
        ),
        migrations.AlterField(
            model_name='admission',
            name='role',
            field=models.CharField(choices=[('data_merchant', '数据商'), ('buyer', '买方'), ('service_provider', '第三方专业服务机构'), ('public_data_operator', '公共数据运营机构'), ('trustee', '受托者'), ('data_subject', '个人'), ('association', '行业协会'), ('venue_operator', '场所运营'), ('compliance_officer', '合规专员'), ('regulator', '监管'), ('surveillance', '市场监察'), ('auditor', '审计'), ('researcher', '研究'), ('system_administrator', '系统管理员'), ('security_administrator', '安全管理员'), ('audit_administrator', '审计管理员')], max_length=24),
        ),
        migrations.AlterField(
            model_name='membership',
            name='role',
            field=models.CharField(choices=[('data_merchant', '数据商'), ('buyer', '买方'), ('service_provider', '第三方专业服务机构'), ('public_data_operator', '公共数据运营机构'), ('trustee', '受托者'), ('data_subject', '个人'), ('association', '行业协会'), ('venue_operator', '场所运营'), ('compliance_officer', '合规专员'), ('regulator', '监管'), ('surveillance', '市场监察'), ('auditor', '审计'), ('researcher', '研究'), ('system_administrator', '系统管理员'), ('security_administrator', '安全管理员'), ('audit_administrator', '审计管理员')], max_length=24),
        ),
        migrations.AlterField(
            model_name='organization',
            name='kind',
            field=models.CharField(choices=[('enterprise', '企业'), ('public_body', '公共机构'), ('foreign', '境外机构'), ('venue', '交易场所'), ('authority', '监管机构'), ('association', '行业协会'), ('holding', '导入暂存')], max_length=16),
        ),
        migrations.AlterField(
            model_name='person',
            name='name',
            field=evidence.vault.SealedTextField(),
        ),
        migrations.AlterField(
            model_name='person',
            name='name_en',
            field=evidence.vault.SealedTextField(blank=True),
        ),
        migrations.AlterField(
            model_name='user',
            name='email',
            field=evidence.vault.SealedTextField(blank=True),
        ),
        migrations.AddConstraint(
            model_name='admission',
            constraint=models.CheckConstraint(condition=models.Q(('basis__in', ['desk', 'declaration'])), name='admission_basis_known'),
        ),
        migrations.AddConstraint(
            model_name='admission',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('basis', 'declaration'), _negated=True), ('status__in', ['draft', 'returned', 'withdrawn']), models.Q(('declaration_hash', ''), _negated=True), _connector='OR'), name='admission_by_declaration_is_signed'),
        ),
        migrations.AddConstraint(
            model_name='admission',
            constraint=models.UniqueConstraint(condition=models.Q(('status', 'admitted')), fields=('organization', 'role', 'category'), name='admission_one_in_force'),
        ),
        migrations.AddConstraint(
            model_name='membership',
            constraint=models.CheckConstraint(condition=models.Q(('role__in', ['data_merchant', 'buyer', 'service_provider', 'public_data_operator', 'trustee', 'data_subject', 'association', 'venue_operator', 'compliance_officer', 'regulator', 'surveillance', 'auditor', 'researcher', 'system_administrator', 'security_administrator', 'audit_administrator'])), name='membership_role_known'),
        ),
        migrations.AddConstraint(
            model_name='organization',
            constraint=models.CheckConstraint(condition=models.Q(('kind__in', ['enterprise', 'public_body', 'foreign', 'venue', 'authority', 'association', 'holding'])), name='organization_kind_known'),
        ),
        migrations.AddConstraint(
            model_name='parameter',
            constraint=models.CheckConstraint(condition=models.Q(('stricter__in', ['', 'lower', 'higher'])), name='parameter_stricter_known'),
        ),
        migrations.AddConstraint(
            model_name='venue',
            constraint=models.CheckConstraint(condition=models.Q(('filing_number', ''), _negated=True), name='venue_has_an_approval_number'),
        ),
        migrations.AddConstraint(
            model_name='venue',
            constraint=models.CheckConstraint(condition=models.Q(('profile', 'simulation'), ('code', 'DX'), ('approval_document__isnull', False), _connector='OR'), name='venue_has_an_approval_document'),
        ),
        migrations.AddField(
            model_name='contractorproject',
            name='organization',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='contractor_projects', to='participants.organization'),
        ),
        migrations.AddField(
            model_name='emailchange',
            name='user',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='email_changes', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddConstraint(
            model_name='partyprofile',
            constraint=models.CheckConstraint(condition=models.Q(('assessment_score__isnull', True), ('assessment_score__lte', 100), _connector='OR'), name='profile_score_in_range'),
        ),
        migrations.AddField(
            model_name='proof',
            name='deposit',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='evidence.deposit'),
        ),
        migrations.AddField(
            model_name='proof',
            name='organization',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='proofs', to='participants.organization'),
        ),
        migrations.AddField(
            model_name='proofneed',
            name='admission',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='needs', to='participants.admission'),
        ),
        migrations.AddField(
            model_name='securityreview',
            name='organization',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='security_reviews', to='participants.organization'),
        ),
        migrations.AddField(
            model_name='sponsorship',
            name='sponsor',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='vouches_for', to='participants.organization'),
        ),
        migrations.AddField(
            model_name='sponsorship',
            name='sponsored',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='vouched_by', to='participants.organization'),
        ),
        migrations.AddIndex(
            model_name='proof',
            index=models.Index(fields=['status', 'effective_to'], name='proof_deadline'),
        ),
        migrations.AddConstraint(
            model_name='proof',
            constraint=models.CheckConstraint(condition=models.Q(('status__in', ['handed_in', 'accepted', 'refused', 'replaced', 'expired', 'withdrawn'])), name='proof_status_known'),
        ),
        migrations.AddConstraint(
            model_name='proof',
            constraint=models.CheckConstraint(condition=models.Q(('effective_to__isnull', True), ('effective_to__gt', models.F('effective_from')), _connector='OR'), name='proof_period_forward'),
        ),
        migrations.AddConstraint(
            model_name='proof',
            constraint=models.UniqueConstraint(condition=models.Q(('status', 'accepted')), fields=('organization', 'item'), name='proof_one_accepted'),
        ),
        migrations.AddConstraint(
            model_name='proofneed',
            constraint=models.UniqueConstraint(fields=('admission', 'item'), name='proof_need_once'),
        ),
        migrations.AddConstraint(
            model_name='securityreview',
            constraint=models.CheckConstraint(condition=models.Q(('status__in', ['open', 'cleared', 'barred'])), name='security_review_status_known'),
        ),
        migrations.AddConstraint(
            model_name='securityreview',
            constraint=models.CheckConstraint(condition=models.Q(('status', 'open'), models.Q(models.Q(('decided_by', ''), _negated=True), ('decided_at__isnull', False)), _connector='OR'), name='security_review_end_has_a_person'),
        ),
        migrations.AddConstraint(
            model_name='securityreview',
            constraint=models.UniqueConstraint(condition=models.Q(('status', 'open')), fields=('organization',), name='security_review_one_open'),
        ),
        migrations.AddConstraint(
            model_name='sponsorship',
            constraint=models.CheckConstraint(condition=models.Q(('sponsor', models.F('sponsored')), _negated=True), name='sponsorship_of_another'),
        ),
        migrations.AddConstraint(
            model_name='sponsorship',
            constraint=models.UniqueConstraint(condition=models.Q(('effective_to__isnull', True)), fields=('sponsor', 'sponsored'), name='sponsorship_once'),
        ),
        migrations.RunPython(seal, migrations.RunPython.noop),
        migrations.RunPython(fill, migrations.RunPython.noop),
        install("participants", "guards.sql"),
        install("participants", "may.sql"),
        install("participants", "signin.sql"),
        install("participants", "person_erased.sql"),
        migrations.RunSQL("DROP TABLE IF EXISTS axes_accessattemptexpiration, axes_accessattempt, axes_accesslog, axes_accessfailurelog",
                          migrations.RunSQL.noop),
        frozen_columns("participants_person", "code"),
        edges("participants_admission", "status", ADMISSION),
        edges("participants_proof", "status", PROOF, initial=["handed_in"]),
        edges("participants_securityreview", "status", SECURITY_REVIEW, initial=["open"]),
        frozen_columns("participants_admission", "code", "organization_id", "role", "category", "created_at", "renews_id"),
        frozen_columns("participants_proof", "code", "organization_id", "item", "deposit_id", "number", "level", "effective_from",
                       "effective_to", "handed_in_at"),
        frozen_columns("participants_securityreview", "code", "organization_id", "cause", "opened_at"),
        frozen_columns("participants_ownershipstake", "owner_id", "owned_id", "share_bps", "effective_from", "source"),
        frozen_columns("participants_sponsorship", "sponsor_id", "sponsored_id", "effective_from"),
        frozen_columns("participants_venue", "code", "level", "filing_number", "approval_document_id", "parent_id"),
        append_only("participants_proofneed"),
        append_only("participants_contractorproject"),
        *[no_delete(f"participants_{table}") for table in ("proof", "securityreview", "ownershipstake", "sponsorship", "venue",
                                                            "partyprofile")],
        migrations.AlterModelOptions(name="proof", options={"verbose_name": "准入材料", "verbose_name_plural": "准入材料"}),
        migrations.AlterModelOptions(name="securityreview", options={"verbose_name": "安全审查", "verbose_name_plural": "安全审查"}),
        migrations.AlterModelOptions(name="venue", options={"verbose_name": "交易场所", "verbose_name_plural": "交易场所"}),
    ]
