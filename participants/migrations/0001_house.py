"""Who takes part: tables, what the database refuses, the venue and its figures."""

import datetime
import uuid

import django.contrib.auth.models
import django.contrib.auth.validators
import django.contrib.postgres.constraints
import django.contrib.postgres.fields
import django.db.models.deletion
import django.db.models.expressions
import django.utils.timezone
from django.conf import settings
from django.contrib.postgres.operations import BtreeGistExtension
from django.db import migrations, models

import evidence.vault
from evidence.guards import append_only, edges, frozen_columns, install, no_delete, sql
from evidence.tables import Rules, Tables
from kit.ids import new_code
from participants.defaults import DEFAULTS, EPOCH, IMPORT_CODE, STRICTER, VENUE_CODE
from participants.holidays import HOLIDAYS
from participants.names import name_key
from participants.states import ADMISSION, APPROVAL, PROOF, SECURITY_REVIEW, SUCCESSION, WEBHOOK


def open_house(apps, schema_editor):
    """The venue is part of the house: its rows are law-like, dated before anything the exchange can be asked about."""
    venue_model = apps.get_model("participants", "Venue")
    organization_model = apps.get_model("participants", "Organization")
    venue = venue_model.objects.create(
        code=VENUE_CODE, name_zh="示范数据交易所", name_en="Model Data Exchange", level="regional", profile="production",
        filing_number="示范备案〔2026〕1号", rulebook_version="2026.1")
    for code, name, name_en, short, short_en, kind, affiliate in (
        (IMPORT_CODE, "目录导入暂存", "Catalogue import holding", "导入暂存", "Import holding", "holding", False),
        (new_code("ORG"), "示范数据交易所有限公司", "Model Data Exchange Co., Ltd.", "示范数据交易所", "Model Data Exchange", "venue", True),
    ):
        organization_model.objects.create(
            code=code, venue=venue, name=name, name_en=name_en, short_name=short, short_name_en=short_en, name_key=name_key(name),
            kind=kind, is_venue_affiliate=affiliate, created_at=EPOCH)
    calendar = apps.get_model("participants", "CalendarDay")
    calendar.objects.bulk_create([
        calendar(venue=venue, day=day, is_working=worked, name_zh=name, source=source) for day, worked, name, source in HOLIDAYS])
    parameter = apps.get_model("participants", "Parameter")
    parameter.objects.bulk_create([
        parameter(venue=venue, key=one.key, scope=one.scope, name_zh=one.name[0], name_en=one.name[1], value=one.value, unit=one.unit,
                  source=one.source, stricter=STRICTER.get(one.key, ""), effective_from=EPOCH)
        for one in DEFAULTS])
    profile = apps.get_model("participants", "PartyProfile")
    profile.objects.bulk_create([profile(organization=one, updated_at=EPOCH) for one in organization_model.objects.all()])


class Migration(migrations.Migration):
    initial = True

    # what an installed house has of these it need not do again; see docs/decisions/0025-one-file-per-room.md
    replaces = [
        ("participants", "0001_initial"),
        ("participants", "0001_squashed_0011_takeouts"),
        ("participants", "0002_one_side_only"),
        ("participants", "0003_guards_and_venue"),
        ("participants", "0004_tokens_and_edges"),
        ("participants", "0005_second_factor"),
        ("participants", "0006_named_figures"),
        ("participants", "0007_tables_in_words"),
        ("participants", "0008_admission_by_class"),
        ("participants", "0009_succession"),
        ("participants", "0010_engagement_fee"),
        ("participants", "0011_takeouts"),
        ("participants", "0012_abroad"),
        ("participants", "0013_reference_figures_and_sizes"),
        ("participants", "0014_webhooks"),
        ("participants", "0015_spending"),
        ("participants", "0016_turnover_of_control"),
        ("participants", "0017_billing"),
        ("participants", "0018_floor_figures"),
        ("participants", "0019_taxstatement"),
        ("participants", "0020_barter_figures"),
        ("participants", "0021_read_of_a_history"),
        ("participants", "0022_second_person"),
        ("participants", "0023_surveillance"),
        ("participants", "0024_turns"),
        ("participants", "0025_credit_rebate"),
        ("participants", "0026_joint_cases"),
        ("participants", "0027_denied_attempts"),
        ("participants", "0028_deputies"),
    ]

    dependencies = [
        ("auth", "0012_alter_user_first_name_max_length"),
        ("evidence", "0001_house"),
    ]

    operations = [
        BtreeGistExtension(),
        Tables(
            migrations.CreateModel(
                name='Organization',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('code', models.CharField(max_length=16, unique=True)),
                    ('name', models.CharField(max_length=120)),
                    ('name_en', models.CharField(blank=True, max_length=160)),
                    ('short_name', models.CharField(max_length=40)),
                    ('short_name_en', models.CharField(blank=True, max_length=60)),
                    ('name_key', models.CharField(help_text='skeleton of the name: no homoglyph twins (T55)', max_length=160, unique=True)),
                    ('kind', models.CharField(choices=[('enterprise', '企业'), ('public_body', '公共机构'), ('foreign', '境外机构'), ('venue', '交易场所'), ('authority', '监管机构'), ('association', '行业协会'), ('holding', '导入暂存')], max_length=16)),
                    ('uscc', models.CharField(blank=True, help_text='统一社会信用代码', max_length=18)),
                    ('uscc_warning', models.BooleanField(default=False, help_text='checksum differs; warned about, not lost')),
                    ('standing', models.CharField(choices=[('good', '良好'), ('watch', '关注'), ('restricted', '受限'), ('suspended', '停权')], default='good', max_length=12)),
                    ('band', models.CharField(choices=[('A', 'A'), ('B', 'B'), ('C', 'C'), ('D', 'D')], default='B', max_length=1)),
                    ('is_venue_affiliate', models.BooleanField(default=False, help_text='the venue or controlled by it: may not trade (R53)')),
                    ('created_at', models.DateTimeField()),
                    ('venue', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='organizations', to='participants.venue')),
                    ('closed_at', models.DateTimeField(blank=True, help_text='when its succession was carried out: it acts no more (R39)', null=True)),
                ],
                options={
                    'constraints': [models.CheckConstraint(condition=models.Q(('standing__in', ['good', 'watch', 'restricted', 'suspended'])), name='organization_standing_known'), models.CheckConstraint(condition=models.Q(('band__in', ['A', 'B', 'C', 'D'])), name='organization_band_known'), models.UniqueConstraint(condition=models.Q(('uscc', ''), _negated=True), fields=('uscc',), name='organization_uscc_once'), models.CheckConstraint(condition=models.Q(('kind__in', ['enterprise', 'public_body', 'foreign', 'venue', 'authority', 'association', 'holding'])), name='organization_kind_known')],
                    'verbose_name': '机构名册',
                    'verbose_name_plural': '机构名册',
                },
            ),
            migrations.CreateModel(
                name='Person',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('code', models.CharField(max_length=16, unique=True)),
                    ('name', evidence.vault.SealedTextField()),
                    ('name_en', evidence.vault.SealedTextField(blank=True)),
                    ('real_name_key', models.CharField(max_length=64, unique=True)),
                    ('erased_at', models.DateTimeField(blank=True, null=True)),
                ],
            ),
            migrations.CreateModel(
                name='User',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('password', models.CharField(max_length=128, verbose_name='password')),
                    ('last_login', models.DateTimeField(blank=True, null=True, verbose_name='last login')),
                    ('is_superuser', models.BooleanField(default=False, help_text='Designates that this user has all permissions without explicitly assigning them.', verbose_name='superuser status')),
                    ('username', models.CharField(error_messages={'unique': 'A user with that username already exists.'}, help_text='Required. 150 characters or fewer. Letters, digits and @/./+/-/_ only.', max_length=150, unique=True, validators=[django.contrib.auth.validators.UnicodeUsernameValidator()], verbose_name='username')),
                    ('first_name', models.CharField(blank=True, max_length=150, verbose_name='first name')),
                    ('last_name', models.CharField(blank=True, max_length=150, verbose_name='last name')),
                    ('email', evidence.vault.SealedTextField(blank=True)),
                    ('is_staff', models.BooleanField(default=False, help_text='Designates whether the user can log into this admin site.', verbose_name='staff status')),
                    ('is_active', models.BooleanField(default=True, help_text='Designates whether this user should be treated as active. Unselect this instead of deleting accounts.', verbose_name='active')),
                    ('date_joined', models.DateTimeField(default=django.utils.timezone.now, verbose_name='date joined')),
                    ('language', models.CharField(default='zh-hans', max_length=10)),
                    ('theme', models.CharField(blank=True, choices=[('', 'follow'), ('light', 'light'), ('dark', 'dark')], max_length=6)),
                    ('moves', models.CharField(blank=True, choices=[('', 'cn'), ('intl', 'intl')], max_length=4)),
                    ('groups', models.ManyToManyField(blank=True, help_text='The groups this user belongs to. A user will get all permissions granted to each of their groups.', related_name='user_set', related_query_name='user', to='auth.group', verbose_name='groups')),
                    ('user_permissions', models.ManyToManyField(blank=True, help_text='Specific permissions for this user.', related_name='user_set', related_query_name='user', to='auth.permission', verbose_name='user permissions')),
                    ('acting_for', models.ForeignKey(blank=True, help_text='the organisation this person is acting for now', null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='participants.organization')),
                    ('person', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='users', to='participants.person')),
                    ('session_epoch', models.PositiveIntegerField(default=0, help_text='raised to end every session of this sign-in')),
                ],
                options={
                    'verbose_name': 'user',
                    'verbose_name_plural': 'users',
                    'abstract': False,
                },
                managers=[
                    ('objects', django.contrib.auth.models.UserManager()),
                ],
            ),
            migrations.CreateModel(
                name='StandingChange',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('from_standing', models.CharField(choices=[('good', '良好'), ('watch', '关注'), ('restricted', '受限'), ('suspended', '停权')], max_length=12)),
                    ('to_standing', models.CharField(choices=[('good', '良好'), ('watch', '关注'), ('restricted', '受限'), ('suspended', '停权')], max_length=12)),
                    ('from_band', models.CharField(choices=[('A', 'A'), ('B', 'B'), ('C', 'C'), ('D', 'D')], max_length=1)),
                    ('to_band', models.CharField(choices=[('A', 'A'), ('B', 'B'), ('C', 'C'), ('D', 'D')], max_length=1)),
                    ('cause_code', models.CharField(help_text='the finding, sanction or restoration that moved it', max_length=16)),
                    ('reason', models.TextField()),
                    ('at', models.DateTimeField()),
                    ('organization', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='standing_changes', to='participants.organization')),
                ],
                options={
                    'verbose_name': '信用变动',
                    'verbose_name_plural': '信用变动',
                },
            ),
            migrations.CreateModel(
                name='Venue',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('code', models.CharField(max_length=16, unique=True)),
                    ('name_zh', models.CharField(max_length=120)),
                    ('name_en', models.CharField(max_length=120)),
                    ('level', models.CharField(choices=[('national', '国家级'), ('regional', '区域性'), ('industry', '行业性')], max_length=12)),
                    ('profile', models.CharField(choices=[('production', '正式'), ('pilot', '试点'), ('simulation', '仿真')], max_length=12)),
                    ('filing_number', models.CharField(help_text='批准或备案文号', max_length=60)),
                    ('rulebook_version', models.CharField(max_length=20)),
                    ('parent', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='children', to='participants.venue')),
                    ('approval_document', models.ForeignKey(blank=True, help_text='批准文件', null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='evidence.deposit')),
                    ('mlps_level', models.PositiveSmallIntegerField(blank=True, help_text='网络安全等级保护定级（R86）', null=True)),
                ],
                options={
                    'constraints': [models.CheckConstraint(condition=models.Q(('level__in', ['national', 'regional', 'industry'])), name='venue_level_known'), models.CheckConstraint(condition=models.Q(('profile__in', ['production', 'pilot', 'simulation'])), name='venue_profile_known'), models.CheckConstraint(condition=models.Q(('parent', models.F('id')), _negated=True), name='venue_not_its_own_parent'), models.CheckConstraint(condition=models.Q(('filing_number', ''), _negated=True), name='venue_has_an_approval_number'), models.CheckConstraint(condition=models.Q(('profile', 'simulation'), ('code', 'DX'), ('approval_document__isnull', False), _connector='OR'), name='venue_has_an_approval_document')],
                    'verbose_name': '交易场所',
                    'verbose_name_plural': '交易场所',
                },
            ),
            migrations.CreateModel(
                name='Parameter',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('key', models.CharField(max_length=60)),
                    ('scope', models.CharField(blank=True, max_length=60)),
                    ('value', models.JSONField()),
                    ('unit', models.CharField(max_length=40)),
                    ('source', models.CharField(max_length=200)),
                    ('effective_from', models.DateTimeField()),
                    ('effective_to', models.DateTimeField(blank=True, null=True)),
                    ('venue', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='parameters', to='participants.venue')),
                    ('name_zh', models.CharField(blank=True, help_text='what a payer reads; empty where nobody is shown it', max_length=60)),
                    ('name_en', models.CharField(blank=True, max_length=120)),
                    ('stricter', models.CharField(blank=True, choices=[('', '-'), ('lower', 'lower'), ('higher', 'higher')], help_text="which way is stricter: a venue may go only that way from its parent's figure (R55)", max_length=6)),
                ],
                options={
                    'constraints': [django.contrib.postgres.constraints.ExclusionConstraint(expressions=[('venue', '='), ('key', '='), ('scope', '='), (models.Func(models.F('effective_from'), models.F('effective_to'), function='tstzrange'), '&&')], name='parameter_one_in_force'), models.CheckConstraint(condition=models.Q(('stricter__in', ['', 'lower', 'higher'])), name='parameter_stricter_known')],
                    'verbose_name': '规则参数',
                    'verbose_name_plural': '规则参数',
                },
            ),
            migrations.CreateModel(
                name='CalendarDay',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('day', models.DateField()),
                    ('is_working', models.BooleanField()),
                    ('name_zh', models.CharField(max_length=40)),
                    ('source', models.CharField(max_length=120)),
                    ('venue', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='calendar_days', to='participants.venue')),
                ],
                options={
                    'constraints': [models.UniqueConstraint(fields=('venue', 'day'), name='calendar_day_once')],
                    'verbose_name': '工作日历',
                    'verbose_name_plural': '工作日历',
                },
            ),
            migrations.CreateModel(
                name='Approval',
                fields=[
                    ('id', models.UUIDField(default=uuid.uuid4, primary_key=True, serialize=False)),
                    ('act', models.CharField(help_text='the permission name of the act', max_length=60)),
                    ('subject', models.CharField(max_length=20)),
                    ('payload', models.JSONField(default=dict)),
                    ('status', models.CharField(choices=[('pending', '待复核'), ('approved', '已同意'), ('refused', '不同意'), ('withdrawn', '已撤回'), ('expired', '过期')], default='pending', max_length=12)),
                    ('reason', models.TextField(blank=True)),
                    ('asked_at', models.DateTimeField()),
                    ('due_at', models.DateTimeField()),
                    ('decided_at', models.DateTimeField(blank=True, null=True)),
                    ('checker', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='approvals_checked', to=settings.AUTH_USER_MODEL)),
                    ('maker', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='approvals_made', to=settings.AUTH_USER_MODEL)),
                    ('checker_capability', models.CharField(blank=True, max_length=20)),
                    ('checker_roles', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=24), default=list, help_text='roles that may check, frozen when asked', size=None)),
                    ('organization', models.ForeignKey(blank=True, help_text='when set, the checker must be of this organisation', null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='participants.organization')),
                ],
                options={
                    'constraints': [models.CheckConstraint(condition=models.Q(('status__in', ['pending', 'approved', 'refused', 'withdrawn', 'expired'])), name='approval_status_known'), models.CheckConstraint(condition=models.Q(('checker__isnull', True), models.Q(('checker', models.F('maker')), _negated=True), _connector='OR'), name='approval_maker_is_not_checker'), models.UniqueConstraint(condition=models.Q(('status', 'pending')), fields=('act', 'subject'), name='approval_one_pending')],
                    'verbose_name': '复核事项',
                    'verbose_name_plural': '复核事项',
                },
            ),
            migrations.CreateModel(
                name='Notice',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('code', models.CharField(max_length=16, unique=True)),
                    ('seq', models.PositiveBigIntegerField(help_text='gapless per organisation, for the private live channel')),
                    ('kind', models.CharField(max_length=60)),
                    ('tone', models.CharField(choices=[('ok', 'ok'), ('info', 'info'), ('wait', 'wait'), ('bad', 'bad'), ('held', 'held')], default='info', max_length=8)),
                    ('text_zh', models.TextField()),
                    ('text_en', models.TextField()),
                    ('subject', models.CharField(blank=True, max_length=20)),
                    ('href', models.CharField(blank=True, max_length=200)),
                    ('due_at', models.DateTimeField(blank=True, null=True)),
                    ('at', models.DateTimeField()),
                    ('done_at', models.DateTimeField(blank=True, help_text='when what it asked for was done', null=True)),
                    ('read_at', models.DateTimeField(blank=True, null=True)),
                    ('organization', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='notices', to='participants.organization')),
                ],
                options={
                    'indexes': [models.Index(fields=['organization', '-seq'], name='notice_newest')],
                    'constraints': [models.UniqueConstraint(fields=('organization', 'seq'), name='notice_seq_once')],
                },
            ),
            migrations.CreateModel(
                name='CapabilityHold',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('capability', models.CharField(choices=[('list', '挂牌'), ('bid', '竞买'), ('deliver', '交付'), ('withdraw', '提现')], max_length=12)),
                    ('reason_code', models.CharField(max_length=60)),
                    ('reason', models.TextField()),
                    ('ordered_by', models.CharField(max_length=40)),
                    ('basis', models.CharField(blank=True, max_length=120)),
                    ('placed_at', models.DateTimeField()),
                    ('until', models.DateTimeField(blank=True, null=True)),
                    ('lifted_at', models.DateTimeField(blank=True, null=True)),
                    ('organization', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='capability_holds', to='participants.organization')),
                ],
                options={
                    'indexes': [models.Index(condition=models.Q(('lifted_at__isnull', True)), fields=['organization', 'capability'], name='hold_open')],
                    'constraints': [models.CheckConstraint(condition=models.Q(('capability__in', ['list', 'bid', 'deliver', 'withdraw'])), name='hold_capability_known')],
                    'verbose_name': '权能暂停',
                    'verbose_name_plural': '权能暂停',
                },
            ),
            migrations.CreateModel(
                name='Admission',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('code', models.CharField(max_length=16, unique=True)),
                    ('role', models.CharField(choices=[('data_merchant', '数据商'), ('buyer', '买方'), ('service_provider', '第三方专业服务机构'), ('public_data_operator', '公共数据运营机构'), ('trustee', '受托者'), ('data_subject', '个人'), ('association', '行业协会'), ('venue_operator', '场所运营'), ('compliance_officer', '合规专员'), ('regulator', '监管'), ('surveillance', '市场监察'), ('auditor', '审计'), ('researcher', '研究'), ('system_administrator', '系统管理员'), ('security_administrator', '安全管理员'), ('audit_administrator', '审计管理员')], max_length=24)),
                    ('status', models.CharField(choices=[('draft', '填报'), ('submitted', '待受理'), ('returned', '待补正'), ('in_review', '审核中'), ('admitted', '已准入'), ('refused', '不予准入'), ('withdrawn', '已撤回'), ('expired', '到期'), ('revoked', '撤销')], default='draft', max_length=12)),
                    ('answers', evidence.vault.SealedJSONField(blank=True, default=dict)),
                    ('missing', models.JSONField(default=list, help_text='one list of all that is missing, on return')),
                    ('reason', models.TextField(blank=True)),
                    ('due_at', models.DateTimeField(blank=True, null=True)),
                    ('effective_from', models.DateTimeField(blank=True, null=True)),
                    ('effective_to', models.DateTimeField(blank=True, null=True)),
                    ('created_at', models.DateTimeField()),
                    ('organization', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='admissions', to='participants.organization')),
                    ('basis', models.CharField(choices=[('desk', '材料审核'), ('declaration', '声明承诺')], default='desk', max_length=12)),
                    ('capabilities', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=12), blank=True, default=list, size=None)),
                    ('category', models.CharField(blank=True, max_length=32)),
                    ('checklist', models.CharField(blank=True, max_length=12)),
                    ('declaration_hash', models.CharField(blank=True, help_text='SHA-256 of the promise that was accepted', max_length=64)),
                    ('declared_by', models.CharField(blank=True, max_length=40)),
                    ('licence', models.JSONField(blank=True, default=dict, help_text='what is printed on the licence')),
                    ('licence_hash', models.CharField(blank=True, max_length=64)),
                    ('renews', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='renewals', to='participants.admission')),
                    ('ended_at', models.DateTimeField(blank=True, help_text='when it was refused, withdrawn, expired or revoked', null=True)),
                ],
                options={
                    'constraints': [models.CheckConstraint(condition=models.Q(('status__in', ['draft', 'submitted', 'returned', 'in_review', 'admitted', 'refused', 'withdrawn', 'expired', 'revoked'])), name='admission_status_known'), models.CheckConstraint(condition=models.Q(('basis__in', ['desk', 'declaration'])), name='admission_basis_known'), models.CheckConstraint(condition=models.Q(models.Q(('basis', 'declaration'), _negated=True), ('status__in', ['draft', 'returned', 'withdrawn']), models.Q(('declaration_hash', ''), _negated=True), _connector='OR'), name='admission_by_declaration_is_signed'), models.UniqueConstraint(condition=models.Q(('status', 'admitted')), fields=('organization', 'role', 'category'), name='admission_one_in_force')],
                    'verbose_name': '准入审核',
                    'verbose_name_plural': '准入审核',
                },
            ),
            migrations.CreateModel(
                name='OwnershipStake',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('share_bps', models.PositiveIntegerField()),
                    ('effective_from', models.DateTimeField()),
                    ('effective_to', models.DateTimeField(blank=True, null=True)),
                    ('owned', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='owners', to='participants.organization')),
                    ('owner', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='holdings', to='participants.organization')),
                    ('source', models.CharField(blank=True, help_text='register extract, filing or statement it was read from', max_length=120)),
                    ('turnover', models.JSONField(blank=True, default=dict, help_text="of a change of control: last year's turnover of both groups (R85)")),
                ],
                options={
                    'constraints': [models.CheckConstraint(condition=models.Q(('owner', models.F('owned')), _negated=True), name='stake_not_in_itself'), models.CheckConstraint(condition=models.Q(('share_bps__gt', 0), ('share_bps__lte', 10000)), name='stake_share_in_range')],
                },
            ),
            migrations.CreateModel(
                name='Membership',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('role', models.CharField(choices=[('data_merchant', '数据商'), ('buyer', '买方'), ('service_provider', '第三方专业服务机构'), ('public_data_operator', '公共数据运营机构'), ('trustee', '受托者'), ('data_subject', '个人'), ('association', '行业协会'), ('venue_operator', '场所运营'), ('compliance_officer', '合规专员'), ('regulator', '监管'), ('surveillance', '市场监察'), ('auditor', '审计'), ('researcher', '研究'), ('system_administrator', '系统管理员'), ('security_administrator', '安全管理员'), ('audit_administrator', '审计管理员')], max_length=24)),
                    ('role_group', models.CharField(blank=True, editable=False, help_text='set by trigger from the role (I29)', max_length=16)),
                    ('capabilities', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=20), blank=True, default=list, help_text='review_first, review_second', size=None)),
                    ('effective_from', models.DateTimeField()),
                    ('effective_to', models.DateTimeField(blank=True, null=True)),
                    ('organization', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='memberships', to='participants.organization')),
                    ('person', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='memberships', to='participants.person')),
                    ('regions', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=6), blank=True, default=list, help_text="a supervisor's regions; empty: all (R81)", size=None)),
                    ('sectors', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=2), blank=True, default=list, help_text="a supervisor's sectors; empty: all (R81)", size=None)),
                ],
                options={
                    'constraints': [models.CheckConstraint(condition=models.Q(('effective_to__isnull', True), ('effective_to__gt', models.F('effective_from')), _connector='OR'), name='membership_period_forward'), django.contrib.postgres.constraints.ExclusionConstraint(expressions=[('person', '='), ('organization', '='), ('role', '='), (models.Func(models.F('effective_from'), models.F('effective_to'), function='tstzrange'), '&&')], name='membership_once_at_a_time'), django.contrib.postgres.constraints.ExclusionConstraint(condition=models.Q(('role_group', ''), _negated=True), expressions=[('person', '='), ('role_group', '<>'), (models.Func(models.F('effective_from'), models.F('effective_to'), function='tstzrange'), '&&')], name='membership_one_side_only'), models.CheckConstraint(condition=models.Q(('role__in', ['data_merchant', 'buyer', 'service_provider', 'public_data_operator', 'trustee', 'data_subject', 'association', 'venue_operator', 'compliance_officer', 'regulator', 'surveillance', 'auditor', 'researcher', 'system_administrator', 'security_administrator', 'audit_administrator'])), name='membership_role_known')],
                    'verbose_name': '成员角色',
                    'verbose_name_plural': '成员角色',
                },
            ),
            migrations.CreateModel(
                name='ApiToken',
                fields=[
                    ('digest', models.CharField(max_length=128, primary_key=True, serialize=False)),
                    ('token_key', models.CharField(db_index=True, max_length=25)),
                    ('created', models.DateTimeField(auto_now_add=True)),
                    ('expiry', models.DateTimeField(blank=True, null=True)),
                    ('code', models.CharField(max_length=16, unique=True)),
                    ('name', models.CharField(max_length=60)),
                    ('scopes', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=20), default=list, size=None)),
                    ('revoked_at', models.DateTimeField(blank=True, null=True)),
                    ('organization', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='api_tokens', to='participants.organization')),
                    ('user', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='auth_token_set', to=settings.AUTH_USER_MODEL)),
                ],
                options={
                    'constraints': [models.CheckConstraint(condition=models.Q(('expiry__isnull', False)), name='token_ends')],
                },
            ),
            migrations.CreateModel(
                name='SecondFactor',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('secret', models.BinaryField()),
                    ('last_step', models.BigIntegerField(default=-1)),
                    ('recovery', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=128), default=list, help_text='hashes of unused recovery words', size=None)),
                    ('confirmed_at', models.DateTimeField(blank=True, null=True)),
                    ('user', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, related_name='second_factor', to=settings.AUTH_USER_MODEL)),
                ],
            ),
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
                    ('organization', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='contractor_projects', to='participants.organization')),
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
                    ('user', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='email_changes', to=settings.AUTH_USER_MODEL)),
                ],
            ),
            migrations.CreateModel(
                name='PartyProfile',
                fields=[
                    ('organization', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, primary_key=True, related_name='profile', serialize=False, to='participants.organization')),
                    ('region', models.CharField(blank=True, help_text='行政区划代码', max_length=6)),
                    ('sector', models.CharField(blank=True, max_length=2)),
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
                options={
                    'constraints': [models.CheckConstraint(condition=models.Q(('assessment_score__isnull', True), ('assessment_score__lte', 100), _connector='OR'), name='profile_score_in_range')],
                },
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
                    ('deposit', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='evidence.deposit')),
                    ('organization', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='proofs', to='participants.organization')),
                ],
                options={
                    'indexes': [models.Index(fields=['status', 'effective_to'], name='proof_deadline')],
                    'constraints': [models.CheckConstraint(condition=models.Q(('status__in', ['handed_in', 'accepted', 'refused', 'replaced', 'expired', 'withdrawn'])), name='proof_status_known'), models.CheckConstraint(condition=models.Q(('effective_to__isnull', True), ('effective_to__gt', models.F('effective_from')), _connector='OR'), name='proof_period_forward'), models.UniqueConstraint(condition=models.Q(('status', 'accepted')), fields=('organization', 'item'), name='proof_one_accepted')],
                    'verbose_name': '准入材料',
                    'verbose_name_plural': '准入材料',
                },
            ),
            migrations.CreateModel(
                name='ProofNeed',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('item', models.CharField(max_length=40)),
                    ('capabilities', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=12), default=list, size=None)),
                    ('needed_from', models.DateTimeField()),
                    ('admission', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='needs', to='participants.admission')),
                ],
                options={
                    'constraints': [models.UniqueConstraint(fields=('admission', 'item'), name='proof_need_once')],
                },
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
                    ('organization', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='security_reviews', to='participants.organization')),
                ],
                options={
                    'constraints': [models.CheckConstraint(condition=models.Q(('status__in', ['open', 'cleared', 'barred'])), name='security_review_status_known'), models.CheckConstraint(condition=models.Q(('status', 'open'), models.Q(models.Q(('decided_by', ''), _negated=True), ('decided_at__isnull', False)), _connector='OR'), name='security_review_end_has_a_person'), models.UniqueConstraint(condition=models.Q(('status', 'open')), fields=('organization',), name='security_review_one_open')],
                    'verbose_name': '安全审查',
                    'verbose_name_plural': '安全审查',
                },
            ),
            migrations.CreateModel(
                name='Sponsorship',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('effective_from', models.DateTimeField()),
                    ('effective_to', models.DateTimeField(blank=True, null=True)),
                    ('sponsor', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='vouches_for', to='participants.organization')),
                    ('sponsored', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='vouched_by', to='participants.organization')),
                ],
                options={
                    'constraints': [models.CheckConstraint(condition=models.Q(('sponsor', models.F('sponsored')), _negated=True), name='sponsorship_of_another'), models.UniqueConstraint(condition=models.Q(('effective_to__isnull', True)), fields=('sponsor', 'sponsored'), name='sponsorship_once')],
                },
            ),
            migrations.CreateModel(
                name='Succession',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('code', models.CharField(max_length=16, unique=True)),
                    ('kind', models.CharField(choices=[('merger', '合并'), ('split', '分立'), ('dissolution', '解散'), ('bankruptcy', '破产'), ('leaving', '自愿退出')], max_length=12)),
                    ('status', models.CharField(choices=[('filed', '待决定'), ('moving', '移转中'), ('done', '已完成'), ('refused', '不予承继'), ('withdrawn', '已撤回')], default='filed', max_length=10)),
                    ('note', models.TextField(blank=True, help_text='what is agreed or decided, in words')),
                    ('disposal_plan', models.TextField(blank=True, help_text='what becomes of important data where nobody takes over (DSR 34)')),
                    ('filed_by', models.CharField(max_length=40)),
                    ('filed_at', models.DateTimeField()),
                    ('decided_at', models.DateTimeField(blank=True, null=True)),
                    ('decided_by', models.CharField(blank=True, max_length=40)),
                    ('reason', models.TextField(blank=True)),
                    ('agreement', models.ForeignKey(help_text='agreement, resolution or court ruling', on_delete=django.db.models.deletion.PROTECT, related_name='+', to='evidence.deposit')),
                    ('extract', models.ForeignKey(help_text='extract from the register', on_delete=django.db.models.deletion.PROTECT, related_name='+', to='evidence.deposit')),
                    ('filed_for', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='participants.organization')),
                    ('predecessor', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='successions', to='participants.organization')),
                ],
                options={
                    'verbose_name': '承继',
                    'verbose_name_plural': '承继',
                    'constraints': [models.CheckConstraint(condition=models.Q(('status__in', ['filed', 'moving', 'done', 'refused', 'withdrawn'])), name='succession_status_known'), models.CheckConstraint(condition=models.Q(models.Q(('status__in', ['done', 'refused']), _negated=True), models.Q(('decided_at__isnull', False), models.Q(('decided_by', ''), _negated=True)), _connector='OR'), name='succession_end_has_a_person'), models.UniqueConstraint(condition=models.Q(('status__in', ['filed', 'moving', 'done'])), fields=('predecessor',), name='succession_one_for_each'), models.CheckConstraint(condition=models.Q(('kind__in', ['merger', 'split', 'dissolution', 'bankruptcy', 'leaving'])), name='succession_kind_known')],
                },
            ),
            migrations.CreateModel(
                name='SuccessionHeir',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('organization', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='inheritances', to='participants.organization')),
                    ('succession', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='heirs', to='participants.succession')),
                ],
                options={
                    'constraints': [models.UniqueConstraint(fields=('succession', 'organization'), name='heir_once')],
                },
            ),
            migrations.CreateModel(
                name='SuccessionMove',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('table', models.CharField(max_length=63)),
                    ('column', models.CharField(max_length=63)),
                    ('row', models.BigIntegerField()),
                    ('after', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='participants.organization')),
                    ('before', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='participants.organization')),
                    ('succession', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='moves', to='participants.succession')),
                ],
                options={
                    'constraints': [models.UniqueConstraint(fields=('table', 'row', 'column', 'succession'), name='succession_move_once'), models.CheckConstraint(condition=models.Q(('before', models.F('after')), _negated=True), name='succession_move_passes')],
                },
            ),
            migrations.CreateModel(
                name='SuccessionPart',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('unit', models.CharField(max_length=20)),
                    ('heir', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='parts', to='participants.successionheir')),
                    ('succession', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='parts', to='participants.succession')),
                ],
                options={
                    'constraints': [models.UniqueConstraint(fields=('succession', 'unit'), name='succession_part_once')],
                },
            ),
            migrations.CreateModel(
                name='Takeout',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('code', models.CharField(max_length=16, unique=True)),
                    ('asked_by', models.CharField(max_length=40)),
                    ('asked_at', models.DateTimeField()),
                    ('done', models.PositiveSmallIntegerField(default=0)),
                    ('total', models.PositiveSmallIntegerField()),
                    ('manifest_sha256', models.CharField(blank=True, max_length=64)),
                    ('ready_at', models.DateTimeField(blank=True, null=True)),
                    ('file', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='evidence.deposit')),
                    ('organization', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='takeouts', to='participants.organization')),
                ],
                options={
                    'indexes': [models.Index(fields=['organization', '-id'], name='takeout_of_organization')],
                    'constraints': [models.UniqueConstraint(condition=models.Q(('ready_at__isnull', True)), fields=('organization',), name='takeout_one_under_way'), models.CheckConstraint(condition=models.Q(('done__lte', models.F('total'))), name='takeout_progress'), models.CheckConstraint(condition=models.Q(models.Q(('file__isnull', True), ('manifest_sha256', ''), ('ready_at__isnull', True)), models.Q(('done', models.F('total')), ('file__isnull', False), ('ready_at__isnull', False), models.Q(('manifest_sha256', ''), _negated=True)), _connector='OR'), name='takeout_ready_with_its_file')],
                },
            ),
            migrations.CreateModel(
                name='StaffRead',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('kind', models.CharField(choices=[('proof', '所交准入材料'), ('succession', '承继文件'), ('report', '第三方报告文件'), ('condition', '条件凭据'), ('objection', '异议证据'), ('trade', '成交协议与结算'), ('feed', '变更流中的本方事项'), ('history', '存证历史'), ('pages', '以机构视角查看页面')], max_length=12)),
                    ('subject', models.CharField(help_text='code of what was read', max_length=20)),
                    ('reader_code', models.CharField(help_text='actor code: for whom, and who', max_length=40)),
                    ('ground', models.CharField(help_text='the permission it was read by', max_length=60)),
                    ('at', models.DateTimeField()),
                    ('due_at', models.DateTimeField()),
                    ('owner', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='staff_reads', to='participants.organization')),
                    ('reader', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ],
                options={
                    'constraints': [models.CheckConstraint(condition=models.Q(('kind__in', ['proof', 'succession', 'report', 'condition', 'objection', 'trade', 'feed', 'history', 'pages'])), name='read_kind_known')],
                    'indexes': [models.Index(fields=['owner', '-id'], name='read_of_owner'), models.Index(fields=['reader', 'kind', 'subject', 'at'], name='read_of_reader')],
                },
            ),
            migrations.CreateModel(
                name='ReadReview',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('fitting', models.BooleanField()),
                    ('note', models.TextField(blank=True)),
                    ('at', models.DateTimeField()),
                    ('read', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='review', to='participants.staffread')),
                    ('reviewer', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ],
                options={
                    'constraints': [models.CheckConstraint(condition=models.Q(('fitting', True), models.Q(('note', ''), _negated=True), _connector='OR'), name='read_unfit_says_why')],
                },
            ),
            migrations.CreateModel(
                name='SizeStatement',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('size', models.CharField(choices=[('micro', '微型'), ('small', '小型'), ('medium', '中型'), ('large', '大型')], help_text='computed from the figures by the standard named', max_length=8)),
                    ('industry', models.CharField(max_length=20)),
                    ('year', models.PositiveSmallIntegerField(help_text='whose figures they are')),
                    ('staff', models.PositiveIntegerField(null=True)),
                    ('turnover_fen', models.BigIntegerField(null=True)),
                    ('assets_fen', models.BigIntegerField(null=True)),
                    ('basis', models.CharField(max_length=200)),
                    ('standard', models.CharField(max_length=20)),
                    ('stated_at', models.DateTimeField()),
                    ('effective_to', models.DateTimeField()),
                    ('organization', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='size_statements', to='participants.organization')),
                ],
                options={
                    'indexes': [models.Index(fields=['organization', '-stated_at'], name='size_statement_newest')],
                    'constraints': [models.CheckConstraint(condition=models.Q(('size__in', ['micro', 'small', 'medium', 'large'])), name='size_statement_known'), models.CheckConstraint(condition=models.Q(('effective_to__gt', models.F('stated_at'))), name='size_statement_term'), models.CheckConstraint(condition=models.Q(('staff__isnull', False), ('turnover_fen__isnull', False), ('assets_fen__isnull', False), _connector='OR'), name='size_statement_rests_on_figures')],
                },
            ),
            migrations.CreateModel(
                name='Webhook',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('code', models.CharField(max_length=16, unique=True)),
                    ('url', models.CharField(max_length=400)),
                    ('kinds', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=80), default=list, help_text='beginnings of kinds; empty = all', size=None)),
                    ('mine', models.BooleanField(default=True, help_text='only what concerns the organisation; else all it may read')),
                    ('secret', evidence.vault.SealedTextField()),
                    ('former_secret', evidence.vault.SealedTextField(blank=True)),
                    ('former_until', models.DateTimeField(blank=True, help_text='until when the former secret signs too', null=True)),
                    ('status', models.CharField(choices=[('active', '推送中'), ('paused', '已暂停'), ('ended', '已停用')], default='active', max_length=8)),
                    ('status_reason', models.CharField(blank=True, max_length=300)),
                    ('position', models.BigIntegerField()),
                    ('tries', models.PositiveSmallIntegerField(default=0)),
                    ('due_at', models.DateTimeField(blank=True, help_text='when a failed send is tried again', null=True)),
                    ('created_at', models.DateTimeField()),
                    ('organization', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='webhooks', to='participants.organization')),
                ],
                options={
                    'indexes': [models.Index(condition=models.Q(('status', 'active')), fields=['due_at'], name='webhook_active')],
                    'constraints': [models.UniqueConstraint(condition=models.Q(('status', 'ended'), _negated=True), fields=('organization', 'url'), name='webhook_address_once'), models.CheckConstraint(condition=models.Q(('status__in', ['active', 'paused', 'ended'])), name='webhook_status_known'), models.CheckConstraint(condition=models.Q(('position__gte', 0)), name='webhook_position_in_log'), models.CheckConstraint(condition=models.Q(models.Q(('former_secret', ''), ('former_until__isnull', True)), models.Q(models.Q(('former_secret', ''), _negated=True), ('former_until__isnull', False)), _connector='OR'), name='webhook_former_secret_ends')],
                },
            ),
            migrations.CreateModel(
                name='WebhookSend',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('position', models.BigIntegerField()),
                    ('kind', models.CharField(max_length=80)),
                    ('subject', models.CharField(max_length=64)),
                    ('at', models.DateTimeField()),
                    ('status', models.PositiveSmallIntegerField(null=True)),
                    ('fault', models.CharField(blank=True, max_length=12)),
                    ('milliseconds', models.PositiveIntegerField(null=True)),
                    ('webhook', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='sends', to='participants.webhook')),
                ],
                options={
                    'indexes': [models.Index(models.F('webhook'), models.OrderBy(models.F('id'), descending=True), name='send_of_webhook')],
                    'constraints': [models.CheckConstraint(condition=models.Q(('status__isnull', False), models.Q(('fault', ''), _negated=True), _connector='OR'), name='send_has_an_answer_or_a_fault')],
                },
            ),
            migrations.CreateModel(
                name='SpendingLimit',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('limit_fen', models.BigIntegerField()),
                    ('effective_from', models.DateTimeField()),
                    ('effective_to', models.DateTimeField(blank=True, null=True)),
                    ('organization', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='spending_limits', to='participants.organization')),
                    ('person', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='participants.person')),
                    ('set_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ],
                options={
                    'constraints': [models.UniqueConstraint(condition=models.Q(('effective_to__isnull', True)), fields=('organization', 'person'), name='spending_limit_one_in_force'), models.CheckConstraint(condition=models.Q(('limit_fen__range', (0, 9007199254740991))), name='spending_limit_in_range'), models.CheckConstraint(condition=models.Q(('effective_to__isnull', True), ('effective_to__gte', models.F('effective_from')), _connector='OR'), name='spending_limit_period')],
                },
            ),
            migrations.CreateModel(
                name='Billing',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('cost_centre', models.CharField(blank=True, max_length=40)),
                    ('invoice_title', models.CharField(blank=True, max_length=100)),
                    ('tax_number', models.CharField(blank=True, max_length=18)),
                    ('set_at', models.DateTimeField()),
                    ('organization', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='billing', to='participants.organization')),
                    ('set_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ],
                options={
                    'constraints': [models.CheckConstraint(condition=models.Q(('tax_number__regex', '^([0-9A-HJ-NP-RTUWXY]{18})?$')), name='billing_tax_number'), models.CheckConstraint(condition=models.Q(('tax_number', ''), models.Q(('invoice_title', ''), _negated=True), _connector='OR'), name='billing_number_has_a_title')],
                },
            ),
            migrations.CreateModel(
                name='TaxStatement',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('kind', models.CharField(choices=[('general', '一般纳税人'), ('small', '小规模纳税人'), ('exempt', '免征增值税')], max_length=8)),
                    ('effective_from', models.DateTimeField()),
                    ('stated_at', models.DateTimeField()),
                    ('organization', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='tax_statements', to='participants.organization')),
                    ('stated_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ],
                options={
                    'ordering': ('-effective_from', '-pk'),
                    'indexes': [models.Index(fields=['organization', '-effective_from'], name='tax_statement_in_force')],
                    'constraints': [models.CheckConstraint(condition=models.Q(('kind__in', ['general', 'small', 'exempt'])), name='tax_statement_kind_known'), models.CheckConstraint(condition=models.Q(('effective_from__gt', models.F('stated_at'))), name='tax_statement_never_backdated')],
                },
            ),
            migrations.CreateModel(
                name='SignInMark',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('kind', models.CharField(choices=[('device', 'device'), ('address', 'address')], max_length=8)),
                    ('hash', models.CharField(help_text='keyed: the same place is known again, no address is told', max_length=64)),
                    ('day', models.DateField()),
                    ('organization', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='participants.organization')),
                ],
                options={
                    'indexes': [models.Index(fields=['day'], name='sign_in_mark_day'), models.Index(fields=['kind', 'hash'], name='sign_in_mark_same')],
                    'constraints': [models.CheckConstraint(condition=models.Q(('kind__in', ['device', 'address'])), name='sign_in_mark_kind_known'), models.UniqueConstraint(fields=('organization', 'kind', 'hash', 'day'), name='sign_in_mark_once_a_day')],
                },
            ),
            migrations.CreateModel(
                name='FieldExtension',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('subject', models.CharField(help_text='code of the object', max_length=20)),
                    ('cause_code', models.CharField(help_text='the joint case that lets it in', max_length=16)),
                    ('effective_from', models.DateTimeField()),
                    ('effective_to', models.DateTimeField(blank=True, null=True)),
                    ('organization', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='field_extensions', to='participants.organization')),
                ],
                options={
                    'constraints': [models.UniqueConstraint(fields=('organization', 'subject', 'cause_code'), name='extension_once'), models.CheckConstraint(condition=models.Q(('effective_to__isnull', True), ('effective_to__gte', models.F('effective_from')), _connector='OR'), name='extension_period_forward')],
                },
            ),
            migrations.CreateModel(
                name='DeniedAttempt',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('seq', models.BigIntegerField(help_text='1, 2, 3 … without a gap', unique=True)),
                    ('act', models.CharField(help_text='the permission that was asked for', max_length=80)),
                    ('code', models.CharField(help_text='the refusal that answered', max_length=80)),
                    ('subject', models.CharField(blank=True, help_text='code of the object, where one was asked for', max_length=24)),
                    ('place', models.CharField(help_text="the address' pattern, never what was typed", max_length=120)),
                    ('at', models.DateTimeField()),
                    ('organization', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='participants.organization')),
                    ('user', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ],
                options={
                    'verbose_name_plural': 'denied attempts',
                    'indexes': [models.Index(fields=['user', '-seq'], name='denied_of_user')],
                },
            ),
            migrations.CreateModel(
                name='PartyView',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('code', models.CharField(max_length=16, unique=True)),
                    ('reason', models.TextField()),
                    ('begun_at', models.DateTimeField()),
                    ('ends_at', models.DateTimeField()),
                    ('ended_at', models.DateTimeField(blank=True, null=True)),
                    ('organization', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='participants.organization')),
                    ('viewer', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ],
                options={
                    'indexes': [models.Index(fields=['viewer', 'organization', 'ends_at'], name='party_view_running')],
                    'constraints': [models.CheckConstraint(condition=models.Q(('reason', ''), _negated=True), name='party_view_has_a_reason'), models.CheckConstraint(condition=models.Q(('ends_at__gt', models.F('begun_at')), ('ends_at__lte', django.db.models.expressions.CombinedExpression(models.F('begun_at'), '+', models.Value(datetime.timedelta(seconds=3600))))), name='party_view_ends_soon')],
                },
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
                    ('ended_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                    ('granted_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                    ('membership', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='grant', to='participants.membership')),
                    ('organization', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='participants.organization')),
                    ('person', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='participants.person')),
                    ('principal', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='participants.person')),
                ],
                options={
                    'verbose_name': '代理与限时授权',
                    'verbose_name_plural': '代理与限时授权',
                    'indexes': [models.Index(fields=['person', 'effective_to'], name='timed_grant_of')],
                    'constraints': [models.CheckConstraint(condition=models.Q(('reason', ''), _negated=True), name='timed_grant_has_a_reason'), models.CheckConstraint(condition=models.Q(('principal__isnull', True), models.Q(('principal', models.F('person')), _negated=True), _connector='OR'), name='timed_grant_not_to_oneself'), models.CheckConstraint(condition=models.Q(('effective_to__gt', models.F('effective_from'))), name='timed_grant_forward'), models.CheckConstraint(condition=models.Q(('effective_to__lte', django.db.models.expressions.CombinedExpression(models.F('effective_from'), '+', models.Value(datetime.timedelta(days=92))))), name='timed_grant_ends_soon'), models.CheckConstraint(condition=models.Q(('principal__isnull', False), ('effective_to__lte', django.db.models.expressions.CombinedExpression(models.F('effective_from'), '+', models.Value(datetime.timedelta(days=31)))), _connector='OR'), name='timed_power_ends_sooner'), models.CheckConstraint(condition=models.Q(models.Q(('ended_at__isnull', True), ('ended_by__isnull', True)), models.Q(('ended_at__isnull', False), ('ended_by__isnull', False)), _connector='OR'), name='timed_grant_end_has_a_person')],
                },
            ),
        ),
        Rules(
            install("participants", "person.sql"),
            install("participants", "holds.sql"),
            install("participants", "affiliated.sql"),
            install("participants", "guards.sql"),
            install("participants", "may.sql"),
            install("participants", "notify.sql"),
            install("participants", "standing.sql"),
            install("participants", "count_call.sql"),
            install("participants", "signin.sql"),
            install("participants", "person_erased.sql"),
            install("participants", "succession.sql"),
            sql("DO $$ BEGIN IF to_regrole('dx_app') IS NOT NULL THEN REVOKE INSERT ON participants_successionmove FROM dx_app; END IF; END $$;"),
        ),
        migrations.RunPython(open_house, migrations.RunPython.noop),
        Rules(
            install("participants", "abroad.sql"),
            install("participants", "reads.sql"),
            install("participants", "spending.sql"),
            install("participants", "profile.sql"),
            install("participants", "second_person.sql"),
            install("participants", "turns.sql"),
            install("participants", "denied.sql"),
            install("participants", "deputies.sql"),
            *[append_only(f"participants_{table}") for table in (
                "contractorproject", "proofneed", "readreview", "sizestatement", "staffread", "standingchange", "successionheir",
                "successionmove", "taxstatement", "webhooksend")],
            *[no_delete(f"participants_{table}") for table in (
                "admission", "billing", "capabilityhold", "fieldextension", "notice", "organization", "ownershipstake", "parameter",
                "partyprofile", "partyview", "person", "proof", "securityreview", "spendinglimit", "sponsorship", "succession", "takeout",
                "timedgrant", "venue", "webhook")],
            edges("participants_admission", "status", ADMISSION),
            edges("participants_approval", "status", APPROVAL, initial=["pending"]),
            edges("participants_proof", "status", PROOF, initial=["handed_in"]),
            edges("participants_securityreview", "status", SECURITY_REVIEW, initial=["open"]),
            edges("participants_succession", "status", SUCCESSION, initial=["filed"]),
            edges("participants_webhook", "status", WEBHOOK, initial=["active"]),
            frozen_columns("participants_admission", "code", "organization_id", "role", "category", "created_at", "renews_id"),
            frozen_columns("participants_billing", "organization_id"),
            frozen_columns("participants_capabilityhold", "organization_id", "capability", "reason_code", "ordered_by", "placed_at"),
            frozen_columns("participants_fieldextension", "organization_id", "subject", "cause_code", "effective_from"),
            frozen_columns("participants_notice", "code", "seq", "organization_id", "kind", "text_zh", "text_en", "at"),
            frozen_columns("participants_organization", "code", "venue_id", "created_at"),
            frozen_columns("participants_ownershipstake", "owner_id", "owned_id", "share_bps", "effective_from", "source"),
            frozen_columns("participants_partyview", "code", "viewer_id", "organization_id", "reason", "begun_at", "ends_at"),
            frozen_columns("participants_person", "code"),
            frozen_columns("participants_proof", "code", "organization_id", "item", "deposit_id", "number", "level", "effective_from",
                           "effective_to", "handed_in_at"),
            frozen_columns("participants_securityreview", "code", "organization_id", "cause", "opened_at"),
            frozen_columns("participants_spendinglimit", "organization_id", "person_id", "limit_fen", "set_by_id", "effective_from"),
            frozen_columns("participants_sponsorship", "sponsor_id", "sponsored_id", "effective_from"),
            frozen_columns("participants_succession", "code", "predecessor_id", "kind", "agreement_id", "extract_id", "filed_by",
                           "filed_for_id", "filed_at"),
            frozen_columns("participants_takeout", "code", "organization_id", "asked_by", "asked_at", "total"),
            frozen_columns("participants_timedgrant", "code", "person_id", "principal_id", "organization_id", "role", "capabilities",
                           "membership_id", "reason", "granted_by_id", "granted_at", "effective_from", "effective_to"),
            frozen_columns("participants_venue", "code", "level", "filing_number", "approval_document_id", "parent_id"),
            frozen_columns("participants_webhook", "code", "organization_id", "url", "created_at"),
        ),
    ]
