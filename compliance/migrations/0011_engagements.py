"""Third parties' services: what is offered, ordered, reported; every move guarded, terms and signatures frozen."""

import django.db.models.deletion
import django.db.models.expressions
from django.conf import settings
from django.db import migrations, models

from compliance.states import ENGAGEMENT, ENGAGEMENT_REPORT, SERVICE_OFFER
from evidence.guards import edges, frozen_columns, no_delete


class Migration(migrations.Migration):

    dependencies = [
        ('compliance', '0010_requisitions'),
        ('evidence', '0002_subject_keys'),
        ('participants', '0010_engagement_fee'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='ServiceOffer',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('code', models.CharField(max_length=16, unique=True)),
                ('kind', models.CharField(max_length=40)),
                ('title_zh', models.CharField(max_length=80)),
                ('title_en', models.CharField(blank=True, max_length=120)),
                ('scope_zh', models.TextField()),
                ('scope_en', models.TextField(blank=True)),
                ('price_fen', models.BigIntegerField()),
                ('days', models.PositiveSmallIntegerField(help_text='working days from the acceptance of an order to the report')),
                ('status', models.CharField(choices=[('offered', '提供中'), ('withdrawn', '已下架')], default='offered', max_length=10)),
                ('published_at', models.DateTimeField()),
                ('ended_at', models.DateTimeField(blank=True, null=True)),
                ('provider', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='service_offers', to='participants.organization')),
            ],
        ),
        migrations.CreateModel(
            name='Engagement',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('code', models.CharField(max_length=16, unique=True)),
                ('about', models.CharField(blank=True, db_index=True, help_text="code of a listing, trade or dispute; '' for none", max_length=20)),
                ('brief', models.TextField(help_text='what the client asks for')),
                ('price_fen', models.BigIntegerField()),
                ('fee_bps', models.PositiveIntegerField(help_text="the venue's share, as it stood at the order")),
                ('status', models.CharField(choices=[('ordered', '待接单'), ('working', '办理中'), ('delivered', '待确认'), ('objected', '有异议'), ('disputed', '争议中'), ('completed', '已完成'), ('declined', '未接单'), ('withdrawn', '已撤回'), ('failed', '未完成')], default='ordered', max_length=10)),
                ('pending', models.UUIDField(help_text="the reserve on the client's account")),
                ('fee_fen', models.BigIntegerField(default=0)),
                ('paid_fen', models.BigIntegerField(default=0, help_text="what the provider received, after the venue's fee")),
                ('transfer_hash', models.CharField(blank=True, max_length=64)),
                ('objection', models.TextField(blank=True)),
                ('ordered_at', models.DateTimeField()),
                ('accepted_at', models.DateTimeField(blank=True, null=True)),
                ('delivered_at', models.DateTimeField(blank=True, null=True)),
                ('ended_at', models.DateTimeField(blank=True, null=True)),
                ('due_at', models.DateTimeField(blank=True, null=True)),
                ('reason', models.TextField(blank=True, help_text='why it was declined, given up or failed')),
                ('client', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='engagements_ordered', to='participants.organization')),
                ('dispute', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='compliance.dispute')),
                ('provider', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='engagements_done', to='participants.organization')),
                ('offer', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='engagements', to='compliance.serviceoffer')),
            ],
        ),
        migrations.CreateModel(
            name='EngagementReport',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('code', models.CharField(max_length=16, unique=True)),
                ('number', models.PositiveSmallIntegerField()),
                ('about', models.CharField(blank=True, db_index=True, max_length=20)),
                ('summary', models.TextField()),
                ('file_sha256', models.CharField(max_length=64)),
                ('figures', models.JSONField(blank=True, default=dict)),
                ('content_hash', models.CharField(max_length=64)),
                ('signed_at', models.DateTimeField()),
                ('status', models.CharField(choices=[('valid', '有效'), ('questioned', '存疑，核查中'), ('false', '认定不实')], default='valid', max_length=12)),
                ('case_code', models.CharField(blank=True, help_text='conduct case that decides whether it is false', max_length=16)),
                ('deposit', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='evidence.deposit')),
                ('engagement', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='reports', to='compliance.engagement')),
                ('signed_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'constraints': [models.CheckConstraint(condition=models.Q(('status__in', ['valid', 'questioned', 'false'])), name='engagement_report_standing_known'), models.CheckConstraint(condition=models.Q(('status', 'valid'), models.Q(('case_code', ''), _negated=True), _connector='OR'), name='engagement_report_mark_has_case'), models.UniqueConstraint(fields=('engagement', 'number'), name='engagement_report_numbered')],
            },
        ),
        migrations.AddIndex(
            model_name='serviceoffer',
            index=models.Index(condition=models.Q(('status', 'offered')), fields=['kind', 'price_fen'], name='service_offer_directory'),
        ),
        migrations.AddConstraint(
            model_name='serviceoffer',
            constraint=models.CheckConstraint(condition=models.Q(('status__in', ['offered', 'withdrawn'])), name='service_offer_status_known'),
        ),
        migrations.AddConstraint(
            model_name='serviceoffer',
            constraint=models.CheckConstraint(condition=models.Q(('kind__startswith', 'provider_')), name='service_offer_kind'),
        ),
        migrations.AddConstraint(
            model_name='serviceoffer',
            constraint=models.CheckConstraint(condition=models.Q(('price_fen__gt', 0)), name='service_offer_price'),
        ),
        migrations.AddConstraint(
            model_name='serviceoffer',
            constraint=models.CheckConstraint(condition=models.Q(('days__gte', 1), ('days__lte', 250)), name='service_offer_days'),
        ),
        migrations.AddIndex(
            model_name='engagement',
            index=models.Index(fields=['status', 'due_at'], name='engagement_deadline'),
        ),
        migrations.AddConstraint(
            model_name='engagement',
            constraint=models.CheckConstraint(condition=models.Q(('status__in', ['ordered', 'working', 'delivered', 'objected', 'disputed', 'completed', 'declined', 'withdrawn', 'failed'])), name='engagement_status_known'),
        ),
        migrations.AddConstraint(
            model_name='engagement',
            constraint=models.CheckConstraint(condition=models.Q(('provider', models.F('client')), _negated=True), name='engagement_two_parties'),
        ),
        migrations.AddConstraint(
            model_name='engagement',
            constraint=models.CheckConstraint(condition=models.Q(('fee_bps__lte', 10000), ('price_fen__gt', 0)), name='engagement_price'),
        ),
        migrations.AddConstraint(
            model_name='engagement',
            constraint=models.CheckConstraint(condition=models.Q(('fee_fen__gte', 0), ('paid_fen__gte', 0), ('price_fen__gte', django.db.models.expressions.CombinedExpression(models.F('fee_fen'), '+', models.F('paid_fen')))), name='engagement_paid_within_price'),
        ),
        migrations.AddConstraint(
            model_name='engagement',
            constraint=models.CheckConstraint(condition=models.Q(('status', 'completed'), models.Q(('fee_fen', 0), ('paid_fen', 0)), _connector='OR'), name='engagement_paid_when_completed'),
        ),
        migrations.AddConstraint(
            model_name='engagement',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('status__in', ['objected', 'disputed']), _negated=True), models.Q(('objection', ''), _negated=True), _connector='OR'), name='engagement_objected_why'),
        ),
        migrations.AddConstraint(
            model_name='engagement',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('status', 'disputed'), _negated=True), ('dispute__isnull', False), _connector='OR'), name='engagement_dispute_named'),
        ),
        migrations.AddConstraint(
            model_name='engagement',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('due_at__isnull', True), ('ended_at__isnull', False), ('status__in', ['completed', 'declined', 'withdrawn', 'failed'])), models.Q(('ended_at__isnull', True), ('status__in', ['ordered', 'working', 'delivered', 'objected', 'disputed'])), _connector='OR'), name='engagement_ended'),
        ),
        edges("compliance_serviceoffer", "status", SERVICE_OFFER, initial=["offered"]),
        frozen_columns("compliance_serviceoffer", "code", "provider_id", "kind", "title_zh", "title_en", "scope_zh", "scope_en", "price_fen",
                       "days", "published_at"),
        no_delete("compliance_serviceoffer"),
        edges("compliance_engagement", "status", ENGAGEMENT, initial=["ordered"]),
        frozen_columns("compliance_engagement", "code", "offer_id", "provider_id", "client_id", "about", "brief", "price_fen", "fee_bps",
                       "pending", "ordered_at"),
        no_delete("compliance_engagement"),
        edges("compliance_engagementreport", "status", ENGAGEMENT_REPORT, initial=["valid"]),
        frozen_columns("compliance_engagementreport", "code", "engagement_id", "number", "about", "summary", "deposit_id", "file_sha256",
                       "figures", "content_hash", "signed_by_id", "signed_at"),
        no_delete("compliance_engagementreport"),
    ]
