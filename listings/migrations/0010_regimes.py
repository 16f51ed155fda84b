"""Public data under authorised operation with the gate that reads it; consents by trustees, and what people ask of holders."""

import django.contrib.postgres.fields
import django.db.models.deletion
import django.db.models.expressions

import evidence.vault
from django.db import migrations, models

from evidence.guards import append_only, edges, frozen_columns, install, no_delete, sql
from listings.states import OBJECTS


class Migration(migrations.Migration):

    dependencies = [
        ('evidence', '0002_subject_keys'),
        ('listings', '0009_rescreening'),
        ('participants', '0008_admission_by_class'),
    ]

    operations = [
        migrations.CreateModel(
            name='Authorisation',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('code', models.CharField(max_length=16, unique=True)),
                ('model', models.CharField(choices=[('whole', '整体授权'), ('field', '分领域授权'), ('scenario', '依场景授权')], max_length=10)),
                ('subject_zh', models.CharField(help_text='which public data is run', max_length=200)),
                ('subject_en', models.CharField(blank=True, max_length=240)),
                ('document_no', models.CharField(help_text='number of the authorising document', max_length=80)),
                ('fields', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=4), blank=True, default=list, help_text='section letters of GB/T 4754-2017', size=None)),
                ('purposes', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=40), blank=True, default=list, help_text='empty = any lawful purpose', size=None)),
                ('territory', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=20), default=list, help_text='CN, CN-31, …', size=None)),
                ('price_basis', models.CharField(help_text='document and method by which its prices are guided', max_length=400)),
                ('effective_from', models.DateTimeField()),
                ('effective_to', models.DateTimeField()),
                ('status', models.CharField(choices=[('filed', '待授权方确认'), ('in_force', '有效'), ('refused', '授权方未确认'), ('expired', '到期'), ('revoked', '撤销')], default='filed', max_length=10)),
                ('reason', models.CharField(blank=True, max_length=400)),
                ('filed_at', models.DateTimeField()),
                ('due_at', models.DateTimeField(blank=True, help_text="when the grantor's answer is due", null=True)),
                ('register_by', models.DateTimeField(blank=True, help_text='when the first product must be registered', null=True)),
                ('report_at', models.DateTimeField(blank=True, help_text='when the next yearly report is asked for', null=True)),
                ('deposit', models.ForeignKey(blank=True, help_text='the agreement', null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='evidence.deposit')),
                ('grantor', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='granted_authorisations', to='participants.organization')),
                ('organization', models.ForeignKey(help_text='the operator', on_delete=django.db.models.deletion.PROTECT, related_name='authorisations', to='participants.organization')),
            ],
        ),
        migrations.AddField(
            model_name='listingversion',
            name='authorisation',
            field=models.ForeignKey(blank=True, help_text='of public data: what lets the seller run it', null=True, on_delete=django.db.models.deletion.PROTECT, related_name='versions', to='listings.authorisation'),
        ),
        migrations.CreateModel(
            name='GuidedPrice',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('cap_fen', models.BigIntegerField()),
                ('quantity', models.PositiveIntegerField(help_text='licences expected in the cycle')),
                ('cost_fen', models.BigIntegerField()),
                ('subsidy_fen', models.BigIntegerField(default=0)),
                ('bond_yield_bps', models.PositiveIntegerField(help_text='average yield of ten-year government bonds, year before the survey')),
                ('rate_bps', models.PositiveIntegerField()),
                ('tax_fen', models.BigIntegerField(default=0)),
                ('excess_fen', models.BigIntegerField(default=0, help_text='earned too much in the cycle before')),
                ('permitted_fen', models.BigIntegerField()),
                ('document_no', models.CharField(max_length=80)),
                ('effective_from', models.DateTimeField()),
                ('review_by', models.DateTimeField(help_text='reviewed at the latest then; no cap after it')),
                ('at', models.DateTimeField()),
                ('authorisation', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='prices', to='listings.authorisation')),
                ('product', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='guided_prices', to='listings.dataproduct')),
            ],
        ),
        migrations.CreateModel(
            name='OperationReport',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('code', models.CharField(max_length=16, unique=True)),
                ('year', models.PositiveSmallIntegerField()),
                ('status', models.CharField(choices=[('due', '待提交'), ('late', '逾期未交'), ('filed', '已提交')], default='due', max_length=8)),
                ('due_at', models.DateTimeField(blank=True, null=True)),
                ('cost_fen', models.BigIntegerField(blank=True, null=True)),
                ('revenue_fen', models.BigIntegerField(blank=True, null=True)),
                ('permitted_fen', models.BigIntegerField(blank=True, help_text='of the caps in force in that year', null=True)),
                ('adjust', models.CharField(blank=True, help_text='nothing, prices or caps', max_length=8)),
                ('note', models.TextField(blank=True)),
                ('filed_at', models.DateTimeField(blank=True, null=True)),
                ('authorisation', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='reports', to='listings.authorisation')),
            ],
        ),
        migrations.AddIndex(
            model_name='authorisation',
            index=models.Index(condition=models.Q(('report_at__isnull', False)), fields=['report_at'], name='authorisation_report'),
        ),
        migrations.AddIndex(
            model_name='authorisation',
            index=models.Index(fields=['organization', '-id'], name='authorisation_newest'),
        ),
        migrations.AddConstraint(
            model_name='authorisation',
            constraint=models.CheckConstraint(condition=models.Q(('status__in', ['filed', 'in_force', 'refused', 'expired', 'revoked'])), name='authorisation_status_known'),
        ),
        migrations.AddConstraint(
            model_name='authorisation',
            constraint=models.CheckConstraint(condition=models.Q(('model__in', ['whole', 'field', 'scenario'])), name='authorisation_model_known'),
        ),
        migrations.AddConstraint(
            model_name='authorisation',
            constraint=models.CheckConstraint(condition=models.Q(('effective_to__gt', models.F('effective_from'))), name='authorisation_term_forward'),
        ),
        migrations.AddConstraint(
            model_name='authorisation',
            constraint=models.CheckConstraint(condition=models.Q(('organization', models.F('grantor')), _negated=True), name='authorisation_of_another'),
        ),
        migrations.AddConstraint(
            model_name='authorisation',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('model', 'field'), _negated=True), models.Q(('fields', []), _negated=True), _connector='OR'), name='authorisation_field_named'),
        ),
        migrations.AddConstraint(
            model_name='authorisation',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('model', 'scenario'), _negated=True), models.Q(('purposes', []), _negated=True), _connector='OR'), name='authorisation_scenario_named'),
        ),
        migrations.AddConstraint(
            model_name='authorisation',
            constraint=models.CheckConstraint(condition=models.Q(('territory', []), _negated=True), name='authorisation_territory_named'),
        ),
        migrations.AddIndex(
            model_name='guidedprice',
            index=models.Index(fields=['product', '-id'], name='guided_price_newest'),
        ),
        migrations.AddConstraint(
            model_name='guidedprice',
            constraint=models.CheckConstraint(condition=models.Q(('cap_fen__range', (0, 9007199254740991)), ('cost_fen__range', (0, 9007199254740991)), ('excess_fen__range', (0, 9007199254740991)), ('subsidy_fen__range', (0, 9007199254740991)), ('tax_fen__range', (0, 9007199254740991))), name='guided_price_amounts'),
        ),
        migrations.AddConstraint(
            model_name='guidedprice',
            constraint=models.CheckConstraint(condition=models.Q(('quantity__gt', 0)), name='guided_price_quantity'),
        ),
        migrations.AddConstraint(
            model_name='guidedprice',
            constraint=models.CheckConstraint(condition=models.Q(('rate_bps__lte', django.db.models.expressions.CombinedExpression(models.F('bond_yield_bps'), '+', models.Value(600)))), name='guided_price_rate'),
        ),
        migrations.AddConstraint(
            model_name='guidedprice',
            constraint=models.CheckConstraint(condition=models.Q(('review_by__gt', models.F('effective_from'))), name='guided_price_term_forward'),
        ),
        migrations.AddIndex(
            model_name='operationreport',
            index=models.Index(condition=models.Q(('due_at__isnull', False)), fields=['due_at'], name='operation_report_due'),
        ),
        migrations.AddConstraint(
            model_name='operationreport',
            constraint=models.CheckConstraint(condition=models.Q(('status__in', ['due', 'late', 'filed'])), name='operation_report_status_known'),
        ),
        migrations.AddConstraint(
            model_name='operationreport',
            constraint=models.CheckConstraint(condition=models.Q(('adjust__in', ['', 'nothing', 'prices', 'caps'])), name='operation_report_adjust_known'),
        ),
        migrations.AddConstraint(
            model_name='operationreport',
            constraint=models.UniqueConstraint(fields=('authorisation', 'year'), name='operation_report_once_a_year'),
        ),
        migrations.AddConstraint(
            model_name='operationreport',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('status', 'filed'), _negated=True), models.Q(('cost_fen__isnull', False), ('filed_at__isnull', False), ('revenue_fen__isnull', False)), _connector='OR'), name='operation_report_filed_whole'),
        ),
        migrations.CreateModel(
            name='Principal',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('code', models.CharField(max_length=16, unique=True)),
                ('reference', models.CharField(help_text="the trustee's own number of the mandate", max_length=40)),
                ('effective_from', models.DateTimeField()),
                ('effective_to', models.DateTimeField()),
                ('status', models.CharField(choices=[('active', '委托中'), ('ended', '委托结束')], default='active', max_length=8)),
            ],
        ),
        migrations.CreateModel(
            name='SubjectRequest',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('code', models.CharField(max_length=16, unique=True)),
                ('kind', models.CharField(choices=[('copy', '查阅、复制'), ('correct', '更正、补充'), ('move', '转移到另一处理者'), ('object', '反对这样使用'), ('opt_out', '退出，不再提供给他人')], max_length=8)),
                ('text', evidence.vault.SealedTextField(blank=True)),
                ('status', models.CharField(choices=[('open', '待答复'), ('late', '逾期未答复'), ('answered', '已办理'), ('refused', '不予办理')], default='open', max_length=10)),
                ('answer', evidence.vault.SealedTextField(blank=True)),
                ('opened_at', models.DateTimeField()),
                ('due_at', models.DateTimeField(blank=True, null=True)),
                ('answered_at', models.DateTimeField(blank=True, null=True)),
            ],
        ),
        migrations.AddField(
            model_name='consent',
            name='guardian',
            field=models.BooleanField(default=False, help_text='given by the guardian (PIPL 31)'),
        ),
        migrations.AddField(
            model_name='consent',
            name='minor',
            field=models.BooleanField(default=False, help_text='the person is under fourteen'),
        ),
        migrations.AddField(
            model_name='consent',
            name='trustee',
            field=models.ForeignKey(blank=True, help_text='who gave it for the person', null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='participants.organization'),
        ),
        migrations.AddConstraint(
            model_name='consent',
            constraint=models.CheckConstraint(condition=models.Q(('minor', False), ('guardian', True), _connector='OR'), name='consent_of_a_minor_by_guardian'),
        ),
        migrations.AddField(
            model_name='principal',
            name='organization',
            field=models.ForeignKey(help_text='the trustee', on_delete=django.db.models.deletion.PROTECT, related_name='principals', to='participants.organization'),
        ),
        migrations.AddField(
            model_name='principal',
            name='subject',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='participants.person'),
        ),
        migrations.AddField(
            model_name='subjectrequest',
            name='consent',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='requests', to='listings.consent'),
        ),
        migrations.AddField(
            model_name='subjectrequest',
            name='organization',
            field=models.ForeignKey(help_text='the holder, who answers', on_delete=django.db.models.deletion.PROTECT, related_name='+', to='participants.organization'),
        ),
        migrations.AddConstraint(
            model_name='principal',
            constraint=models.CheckConstraint(condition=models.Q(('status__in', ['active', 'ended'])), name='principal_status_known'),
        ),
        migrations.AddConstraint(
            model_name='principal',
            constraint=models.CheckConstraint(condition=models.Q(('effective_to__gt', models.F('effective_from'))), name='principal_term_forward'),
        ),
        migrations.AddConstraint(
            model_name='principal',
            constraint=models.UniqueConstraint(condition=models.Q(('status', 'active')), fields=('subject',), name='principal_one_trustee'),
        ),
        migrations.AddConstraint(
            model_name='principal',
            constraint=models.UniqueConstraint(condition=models.Q(('status', 'active')), fields=('organization', 'reference'), name='principal_reference_once'),
        ),
        migrations.AddIndex(
            model_name='subjectrequest',
            index=models.Index(condition=models.Q(('due_at__isnull', False)), fields=['due_at'], name='subject_request_due'),
        ),
        migrations.AddConstraint(
            model_name='subjectrequest',
            constraint=models.CheckConstraint(condition=models.Q(('status__in', ['open', 'late', 'answered', 'refused'])), name='subject_request_status_known'),
        ),
        migrations.AddConstraint(
            model_name='subjectrequest',
            constraint=models.CheckConstraint(condition=models.Q(('kind__in', ['copy', 'correct', 'move', 'object', 'opt_out'])), name='subject_request_kind_known'),
        ),
        migrations.AddConstraint(
            model_name='subjectrequest',
            constraint=models.UniqueConstraint(condition=models.Q(('status__in', ['open', 'late'])), fields=('consent', 'kind'), name='subject_request_one_open'),
        ),
        migrations.AddConstraint(
            model_name='subjectrequest',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('status__in', ['answered', 'refused']), _negated=True), models.Q(('answer', ''), _negated=True), _connector='OR'), name='subject_request_answer_said'),
        ),
        *(edges(f"listings_{table}", "status", OBJECTS[f"listings_{table}"][1], initial=[start])
          for table, start in (("authorisation", "filed"), ("operationreport", "due"), ("principal", "active"), ("subjectrequest", "open"))),
        frozen_columns("listings_authorisation", "code", "organization_id", "grantor_id", "model", "subject_zh", "document_no", "fields",
                       "purposes", "territory", "price_basis", "effective_from", "effective_to", "filed_at"),
        frozen_columns("listings_operationreport", "code", "authorisation_id", "year"),
        frozen_columns("listings_principal", "code", "organization_id", "subject_id", "reference", "effective_from", "effective_to"),
        frozen_columns("listings_subjectrequest", "code", "consent_id", "organization_id", "kind", "opened_at"),
        no_delete("listings_principal"),
        no_delete("listings_subjectrequest"),
        no_delete("listings_authorisation"),
        no_delete("listings_operationreport"),
        append_only("listings_guidedprice"),
        # five years and three years by the calendar of the market
        sql("ALTER TABLE listings_authorisation ADD CONSTRAINT authorisation_five_years CHECK ((effective_to AT TIME ZONE 'Asia/Shanghai') "
            "<= (effective_from AT TIME ZONE 'Asia/Shanghai') + interval '5 years')",
            "ALTER TABLE listings_authorisation DROP CONSTRAINT authorisation_five_years"),
        sql("ALTER TABLE listings_guidedprice ADD CONSTRAINT guided_price_three_years CHECK ((review_by AT TIME ZONE 'Asia/Shanghai') "
            "<= (effective_from AT TIME ZONE 'Asia/Shanghai') + interval '3 years')",
            "ALTER TABLE listings_guidedprice DROP CONSTRAINT guided_price_three_years"),
        sql("ALTER TABLE listings_guidedprice ADD CONSTRAINT guided_price_permitted CHECK (cap_fen::numeric * quantity <= permitted_fen "
            "AND permitted_fen = greatest(0, greatest(0, cost_fen - subsidy_fen) + div(greatest(0, cost_fen - subsidy_fen)::numeric * rate_bps, "
            "10000) + tax_fen - excess_fen))", "ALTER TABLE listings_guidedprice DROP CONSTRAINT guided_price_permitted"),
        install("listings", "tradable.sql"),
        install("listings", "public_data.sql"),
    ]
