"""Share agreements: proposed, signed or disputed by every party before listing; the gate of a sale reads them (R9, R71)."""

import django.contrib.postgres.fields
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from evidence.guards import edges, frozen_columns, install, no_delete
from listings.states import SHARE_AGREEMENT
from participants.owners import owners


class Migration(migrations.Migration):

    dependencies = [
        ('listings', '0030_gram_numbers'),
        ('participants', '0018_floor_figures'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AlterField(
            model_name='contributor',
            name='part',
            field=models.CharField(choices=[('source', '数据来源'), ('processing', '加工'), ('labour', '劳动'), ('quality', '质量评价'), ('trustee', '受托管理'), ('circulation', '流通'), ('application', '应用')], default='processing', max_length=20),
        ),
        migrations.CreateModel(
            name='ShareAgreement',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('code', models.CharField(max_length=16, unique=True)),
                ('number', models.PositiveSmallIntegerField(help_text='counts the agreements of a listing')),
                ('status', models.CharField(choices=[('proposed', '待各方签署'), ('disputed', '有争议'), ('answered', '争议已答复'), ('in_force', '已生效'), ('replaced', '已被替代'), ('withdrawn', '已撤回'), ('lapsed', '逾期未签署')], default='proposed', max_length=10)),
                ('links', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(choices=[('source', '数据来源'), ('processing', '加工'), ('labour', '劳动'), ('quality', '质量评价'), ('trustee', '受托管理'), ('circulation', '流通'), ('application', '应用')], max_length=20), size=None)),
                ('first', models.JSONField(default=list)),
                ('shortage', models.CharField(default='proportional', max_length=12)),
                ('content_hash', models.CharField(max_length=64)),
                ('proposed_at', models.DateTimeField()),
                ('due_at', models.DateTimeField(blank=True, help_text='by when whoever is next acts; else it lapses', null=True)),
                ('in_force_at', models.DateTimeField(blank=True, null=True)),
                ('ended_at', models.DateTimeField(blank=True, null=True)),
                ('replaces', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='replaced_by', to='listings.shareagreement')),
                ('version', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='share_agreements', to='listings.listingversion')),
            ],
        ),
        migrations.CreateModel(
            name='ShareDispute',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('code', models.CharField(max_length=16, unique=True)),
                ('text', models.TextField()),
                ('counter', models.JSONField(default=dict, help_text='weights it proposes instead, by party')),
                ('answer', models.TextField(blank=True)),
                ('at', models.DateTimeField()),
                ('answered_at', models.DateTimeField(blank=True, null=True)),
                ('agreement', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='disputes', to='listings.shareagreement')),
                ('organization', models.ForeignKey(help_text='who disputes', on_delete=django.db.models.deletion.PROTECT, related_name='+', to='participants.organization')),
            ],
        ),
        migrations.CreateModel(
            name='ShareParty',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('number', models.PositiveSmallIntegerField()),
                ('party', models.CharField(max_length=16)),
                ('part', models.CharField(choices=[('source', '数据来源'), ('processing', '加工'), ('labour', '劳动'), ('quality', '质量评价'), ('trustee', '受托管理'), ('circulation', '流通'), ('application', '应用')], max_length=20)),
                ('beneficiary', models.CharField(choices=[('person', '个人（由受托机构代收）'), ('enterprise', '企业'), ('treasury', '公共财政')], max_length=12)),
                ('weight', models.PositiveBigIntegerField(help_text='of what is left after what is due first; zero where only that is agreed')),
                ('signed_at', models.DateTimeField(blank=True, null=True)),
                ('agreement', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='parties', to='listings.shareagreement')),
                ('organization', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='share_lines', to='participants.organization')),
                ('signed_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'verbose_name_plural': 'share parties',
            },
        ),
        migrations.AddIndex(
            model_name='shareagreement',
            index=models.Index(condition=models.Q(('due_at__isnull', False)), fields=['due_at'], name='share_agreement_due'),
        ),
        migrations.AddIndex(
            model_name='shareagreement',
            index=models.Index(condition=models.Q(('in_force_at__isnull', False)), fields=['version'], name='share_agreement_signed'),
        ),
        migrations.AddConstraint(
            model_name='shareagreement',
            constraint=models.CheckConstraint(condition=models.Q(('status__in', ['proposed', 'disputed', 'answered', 'in_force', 'replaced', 'withdrawn', 'lapsed'])), name='share_agreement_status_known'),
        ),
        migrations.AddConstraint(
            model_name='shareagreement',
            constraint=models.CheckConstraint(condition=models.Q(('shortage__in', ['proportional', 'talmud', 'cea', 'cel'])), name='share_agreement_shortage_known'),
        ),
        migrations.AddConstraint(
            model_name='shareagreement',
            constraint=models.UniqueConstraint(condition=models.Q(('status__in', ('proposed', 'disputed', 'answered'))), fields=('version',), name='share_agreement_one_under_way'),
        ),
        migrations.AddConstraint(
            model_name='shareagreement',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('status', 'in_force'), _negated=True), ('in_force_at__isnull', False), _connector='OR'), name='share_agreement_in_force_since'),
        ),
        migrations.AddConstraint(
            model_name='shareagreement',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('due_at__isnull', False), ('status__in', ('proposed', 'disputed', 'answered'))), models.Q(models.Q(('status__in', ('proposed', 'disputed', 'answered')), _negated=True), ('due_at__isnull', True)), _connector='OR'), name='share_agreement_open_has_deadline'),
        ),
        migrations.AddConstraint(
            model_name='shareagreement',
            constraint=models.CheckConstraint(condition=models.Q(('links__len__gt', 0)), name='share_agreement_names_links'),
        ),
        migrations.AddConstraint(
            model_name='sharedispute',
            constraint=models.CheckConstraint(condition=models.Q(('text', ''), _negated=True), name='share_dispute_says_why'),
        ),
        migrations.AddConstraint(
            model_name='sharedispute',
            constraint=models.CheckConstraint(condition=models.Q(('answered_at__isnull', True), models.Q(('answer', ''), _negated=True), _connector='OR'), name='share_dispute_answer_said'),
        ),
        migrations.AddConstraint(
            model_name='sharedispute',
            constraint=models.UniqueConstraint(condition=models.Q(('answered_at__isnull', True)), fields=('agreement',), name='share_dispute_one_open'),
        ),
        migrations.AddConstraint(
            model_name='shareparty',
            constraint=models.UniqueConstraint(fields=('agreement', 'number'), name='share_party_number'),
        ),
        migrations.AddConstraint(
            model_name='shareparty',
            constraint=models.UniqueConstraint(fields=('agreement', 'party', 'part'), name='share_party_once_a_link'),
        ),
        migrations.AddConstraint(
            model_name='shareparty',
            constraint=models.CheckConstraint(condition=models.Q(('part__in', ['source', 'processing', 'labour', 'quality', 'trustee', 'circulation', 'application'])), name='share_party_part_known'),
        ),
        migrations.AddConstraint(
            model_name='shareparty',
            constraint=models.CheckConstraint(condition=models.Q(('beneficiary__in', ['person', 'enterprise', 'treasury'])), name='share_party_beneficiary_known'),
        ),
        migrations.AddConstraint(
            model_name='shareparty',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('signed_at__isnull', True), ('signed_by__isnull', True)), models.Q(('signed_at__isnull', False), ('signed_by__isnull', False)), _connector='OR'), name='share_party_signed_by_somebody'),
        ),
        install("listings", "shares.sql"),
        install("listings", "tradable.sql"),
        edges("listings_shareagreement", "status", SHARE_AGREEMENT, initial=["proposed"]),
        frozen_columns("listings_shareagreement", "code", "version_id", "replaces_id", "number", "links", "first", "shortage", "content_hash",
                       "proposed_at"),
        no_delete("listings_shareagreement"),
        frozen_columns("listings_shareparty", "agreement_id", "number", "party", "part", "beneficiary", "weight"),
        no_delete("listings_shareparty"),
        owners("listings_shareparty", "organization_id"),
        frozen_columns("listings_sharedispute", "code", "agreement_id", "organization_id", "text", "counter", "at"),
        no_delete("listings_sharedispute"),
    ]
