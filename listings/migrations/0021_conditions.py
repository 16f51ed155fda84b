"""Conditions of restricted rules become tasks that the gate asks for; a changed product is declared anew; special personal data is closed."""

import django.contrib.postgres.fields
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from evidence.guards import edges, frozen_columns, install, no_delete
from listings.states import CONDITION


class Migration(migrations.Migration):

    dependencies = [
        ('compliance', '0013_declaration_outdated'),
        ('evidence', '0002_subject_keys'),
        ('listings', '0020_pilots'),
        ('participants', '0010_engagement_fee'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='AdmittedBuyer',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('code', models.CharField(max_length=16, unique=True)),
                ('issuer', models.CharField(help_text='the body that authorised', max_length=120)),
                ('number', models.CharField(help_text='number of its document', max_length=80)),
                ('effective_from', models.DateTimeField()),
                ('effective_to', models.DateTimeField()),
                ('ended_at', models.DateTimeField(blank=True, null=True)),
                ('end_reason', models.TextField(blank=True)),
            ],
        ),
        migrations.CreateModel(
            name='Condition',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('code', models.CharField(max_length=16, unique=True)),
                ('condition', models.CharField(help_text='code of the vocabulary', max_length=60)),
                ('rules', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=40), help_text='the restricted rules that ask for it', size=None)),
                ('proof', models.CharField(choices=[('document', '文件'), ('statement', '书面说明'), ('record', '交易所记录')], max_length=10)),
                ('status', models.CharField(choices=[('open', '待提交凭据'), ('provided', '待核定'), ('returned', '退回补正'), ('met', '已满足'), ('lapsed', '已失效'), ('void', '不再要求')], default='open', max_length=10)),
                ('statement', models.TextField(blank=True)),
                ('proof_until', models.DateTimeField(blank=True, help_text="the proof's own end, as the seller reads it on the paper", null=True)),
                ('effective_to', models.DateTimeField(blank=True, help_text='met until then; empty = for as long as the version lasts', null=True)),
                ('provided_at', models.DateTimeField(blank=True, null=True)),
                ('decided_at', models.DateTimeField(blank=True, null=True)),
                ('reason', models.TextField(blank=True, help_text="the reviewer's, told to the seller")),
                ('asked_at', models.DateTimeField()),
                ('due_at', models.DateTimeField(blank=True, help_text='whose turn it is acts until then', null=True)),
            ],
        ),
        migrations.AddField(
            model_name='listing',
            name='closed',
            field=models.BooleanField(default=False, help_text='special personal data: there for admitted units alone (R30)'),
        ),
        migrations.AddField(
            model_name='listing',
            name='declare_since',
            field=models.DateTimeField(blank=True, help_text='changed materially then: declared anew since, or off sale', null=True),
        ),
        migrations.AddConstraint(
            model_name='listingversion',
            constraint=models.CheckConstraint(condition=models.Q(('status__in', ['draft', 'discarded']), models.Q(('facts__contains', {'special_pi': True}), _negated=True), models.Q(models.Q(('sale_mode', 'auction'), _negated=True), models.Q(('circulation__in', ['open', 'share']), _negated=True)), _connector='OR'), name='version_special_not_in_public'),
        ),
        migrations.AddField(
            model_name='admittedbuyer',
            name='admitted_by',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='admittedbuyer',
            name='deposit',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='evidence.deposit'),
        ),
        migrations.AddField(
            model_name='admittedbuyer',
            name='listing',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='admitted', to='listings.listing'),
        ),
        migrations.AddField(
            model_name='admittedbuyer',
            name='organization',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='participants.organization'),
        ),
        migrations.AddField(
            model_name='condition',
            name='decided_by',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='condition',
            name='deposit',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='evidence.deposit'),
        ),
        migrations.AddField(
            model_name='condition',
            name='provided_by',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='condition',
            name='version',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='asked', to='listings.listingversion'),
        ),
        migrations.AddConstraint(
            model_name='admittedbuyer',
            constraint=models.UniqueConstraint(condition=models.Q(('ended_at__isnull', True)), fields=('listing', 'organization'), name='admitted_once'),
        ),
        migrations.AddConstraint(
            model_name='admittedbuyer',
            constraint=models.CheckConstraint(condition=models.Q(('effective_to__gt', models.F('effective_from'))), name='admitted_for_a_term'),
        ),
        migrations.AddConstraint(
            model_name='admittedbuyer',
            constraint=models.CheckConstraint(condition=models.Q(('ended_at__isnull', True), models.Q(('end_reason', ''), _negated=True), _connector='OR'), name='admitted_end_reasoned'),
        ),
        migrations.AddIndex(
            model_name='condition',
            index=models.Index(fields=['version', 'condition'], name='condition_of_version'),
        ),
        migrations.AddIndex(
            model_name='condition',
            index=models.Index(fields=['status', 'due_at'], name='condition_queue'),
        ),
        migrations.AddIndex(
            model_name='condition',
            index=models.Index(condition=models.Q(('effective_to__isnull', False), ('status', 'met')), fields=['effective_to'], name='condition_ends'),
        ),
        migrations.AddConstraint(
            model_name='condition',
            constraint=models.CheckConstraint(condition=models.Q(('status__in', ['open', 'provided', 'returned', 'met', 'lapsed', 'void'])), name='condition_status_known'),
        ),
        migrations.AddConstraint(
            model_name='condition',
            constraint=models.CheckConstraint(condition=models.Q(('proof__in', ['document', 'statement', 'record'])), name='condition_proof_known'),
        ),
        migrations.AddConstraint(
            model_name='condition',
            constraint=models.UniqueConstraint(condition=models.Q(('status__in', ['open', 'provided', 'returned'])), fields=('version', 'condition'), name='condition_one_under_way'),
        ),
        migrations.AddConstraint(
            model_name='condition',
            constraint=models.CheckConstraint(condition=models.Q(('status__in', ['open', 'void']), ('proof', 'record'), models.Q(('provided_by__isnull', False), models.Q(('statement', ''), _negated=True), models.Q(models.Q(('proof', 'document'), _negated=True), ('deposit__isnull', False), _connector='OR')), _connector='OR'), name='condition_proof_handed_in'),
        ),
        migrations.AddConstraint(
            model_name='condition',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('status__in', ['met', 'lapsed']), _negated=True), models.Q(('decided_at__isnull', False), ('decided_by__isnull', False), models.Q(('reason', ''), _negated=True)), _connector='OR'), name='condition_met_by_somebody'),
        ),
        migrations.AddConstraint(
            model_name='condition',
            constraint=models.CheckConstraint(condition=models.Q(('decided_by__isnull', True), ('provided_by__isnull', True), models.Q(('decided_by', models.F('provided_by')), _negated=True), _connector='OR'), name='condition_decider_differs'),
        ),
        migrations.AddConstraint(
            model_name='condition',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('status', 'lapsed'), _negated=True), ('effective_to__isnull', False), _connector='OR'), name='condition_lapses_at_an_end'),
        ),
        install("listings", "conditions.sql"),
        install("listings", "tradable.sql"),
        install("listings", "whitelist.sql"),
        install("listings", "index_follows.sql"),
        frozen_columns("listings_admittedbuyer", "code", "listing_id", "organization_id", "issuer", "number", "deposit_id", "effective_from",
                       "effective_to", "admitted_by_id"),
        no_delete("listings_admittedbuyer"),
        edges("listings_condition", "status", CONDITION, initial=["open", "provided"]),
        frozen_columns("listings_condition", "code", "version_id", "condition", "rules", "proof", "asked_at"),
        no_delete("listings_condition"),
    ]
