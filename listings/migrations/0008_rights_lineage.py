"""Sources of products and what is made of what: a stop reaches everything that rests on it, across products (R7, R37, R113)."""

import django.db.models.deletion
from django.db import migrations, models

from evidence.guards import append_only, edges, frozen_columns, install, no_delete
from listings.states import SOURCE, SOURCE_REQUEST


class Migration(migrations.Migration):

    dependencies = [
        ('evidence', '0002_subject_keys'),
        ('listings', '0007_cards'),
        ('participants', '0008_admission_by_class'),
    ]

    operations = [
        migrations.CreateModel(
            name='ProductInput',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('at', models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name='Source',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('code', models.CharField(max_length=16, unique=True)),
                ('kind', models.CharField(choices=[('contract', '上游合同'), ('device', '设备或部门契约'), ('authorisation', '授权运营协议'), ('resource', '数据资源')], max_length=14)),
                ('title', models.CharField(max_length=200)),
                ('provider', models.CharField(blank=True, max_length=200)),
                ('generator', models.CharField(blank=True, max_length=200)),
                ('reference', models.CharField(blank=True, help_text="number of the contract or authorisation; the owner's own", max_length=200)),
                ('effective_from', models.DateTimeField()),
                ('effective_to', models.DateTimeField(blank=True, null=True)),
                ('status', models.CharField(choices=[('active', '有效'), ('revoked', '撤销'), ('expired', '到期')], default='active', max_length=12)),
                ('reason', models.CharField(blank=True, help_text='why it was revoked', max_length=400)),
                ('created_at', models.DateTimeField()),
            ],
        ),
        migrations.RemoveConstraint(
            model_name='propertyright',
            name='right_origin_known',
        ),
        migrations.AddField(
            model_name='propertyright',
            name='proof',
            field=models.ForeignKey(blank=True, help_text='the deed it rests on', null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='evidence.deposit'),
        ),
        migrations.AddField(
            model_name='propertyright',
            name='scope_note',
            field=models.CharField(blank=True, help_text='what of the product it covers and how it may be used, in words', max_length=400),
        ),
        migrations.AlterField(
            model_name='propertyright',
            name='origin',
            field=models.CharField(choices=[('self_generated', '自行产生'), ('collected', '合法采集'), ('contract', '约定取得'), ('statute', '法定取得'), ('authorised_operation', '公共数据授权运营'), ('open_data', '公共数据依法开放'), ('device_contract', '设备或部门契约')], max_length=24),
        ),
        migrations.AddConstraint(
            model_name='propertyright',
            constraint=models.CheckConstraint(condition=models.Q(('origin__in', ['self_generated', 'collected', 'contract', 'statute', 'authorised_operation', 'open_data', 'device_contract'])), name='right_origin_known'),
        ),
        migrations.AddConstraint(
            model_name='propertyright',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('origin', 'device_contract'), _negated=True), ('proof__isnull', False), _connector='OR'), name='right_device_has_proof'),
        ),
        migrations.AddField(
            model_name='productinput',
            name='product',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='inputs', to='listings.dataproduct'),
        ),
        migrations.AddField(
            model_name='productinput',
            name='right',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='outputs', to='listings.propertyright'),
        ),
        migrations.AddField(
            model_name='source',
            name='organization',
            field=models.ForeignKey(help_text='who relies on it', on_delete=django.db.models.deletion.PROTECT, related_name='sources', to='participants.organization'),
        ),
        migrations.AddField(
            model_name='source',
            name='proof',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='evidence.deposit'),
        ),
        migrations.AddField(
            model_name='source',
            name='resource',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='sources', to='listings.dataresource'),
        ),
        migrations.AddField(
            model_name='productinput',
            name='source',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='outputs', to='listings.source'),
        ),
        migrations.AddConstraint(
            model_name='source',
            constraint=models.CheckConstraint(condition=models.Q(('status__in', ['active', 'revoked', 'expired'])), name='source_status_known'),
        ),
        migrations.AddConstraint(
            model_name='source',
            constraint=models.CheckConstraint(condition=models.Q(('kind__in', ['contract', 'device', 'authorisation', 'resource'])), name='source_kind_known'),
        ),
        migrations.AddConstraint(
            model_name='source',
            constraint=models.CheckConstraint(condition=models.Q(('effective_to__isnull', True), ('effective_to__gt', models.F('effective_from')), _connector='OR'), name='source_term_forward'),
        ),
        migrations.AddConstraint(
            model_name='source',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('kind', 'resource'), ('resource__isnull', False)), models.Q(models.Q(('kind', 'resource'), _negated=True), ('resource__isnull', True)), _connector='OR'), name='source_names_its_resource'),
        ),
        migrations.AddConstraint(
            model_name='source',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('kind', 'device'), _negated=True), ('proof__isnull', False), _connector='OR'), name='source_device_has_proof'),
        ),
        migrations.AddConstraint(
            model_name='source',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('status', 'revoked'), _negated=True), models.Q(('reason', ''), _negated=True), _connector='OR'), name='source_revoked_with_reason'),
        ),
        migrations.AddConstraint(
            model_name='source',
            constraint=models.UniqueConstraint(condition=models.Q(('status', 'active')), fields=('resource',), name='source_resource_once'),
        ),
        migrations.AddConstraint(
            model_name='productinput',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('right__isnull', True), ('source__isnull', False)), models.Q(('right__isnull', False), ('source__isnull', True)), _connector='OR'), name='input_is_one_thing'),
        ),
        migrations.AddConstraint(
            model_name='productinput',
            constraint=models.UniqueConstraint(fields=('product', 'source'), name='input_source_once'),
        ),
        migrations.AddConstraint(
            model_name='productinput',
            constraint=models.UniqueConstraint(fields=('product', 'right'), name='input_right_once'),
        ),
        migrations.RemoveConstraint(
            model_name='registrationcertificate',
            name='certificate_one_in_force',
        ),
        migrations.AddField(
            model_name='registration',
            name='before',
            field=models.ForeignKey(blank=True, help_text='the certificate it renews, changes, corrects, transfers, licenses from or cancels', null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='listings.registrationcertificate'),
        ),
        migrations.AddField(
            model_name='registration',
            name='counterparty',
            field=models.ForeignKey(blank=True, help_text='who receives the rights: transferee or licensee; the certificate is theirs', null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='participants.organization'),
        ),
        migrations.AddField(
            model_name='registrationobjection',
            name='claim',
            field=models.CharField(blank=True, choices=[('statutory', '法定'), ('agreed', '议定'), ('declared', '意定')], help_text="on what the objector's own right rests, if any", max_length=10),
        ),
        migrations.AlterField(
            model_name='registration',
            name='kind',
            field=models.CharField(choices=[('first', '首次登记'), ('licence', '许可登记'), ('transfer', '转移登记'), ('change', '变更登记'), ('correction', '更正登记'), ('cancellation', '注销登记'), ('renewal', '续展登记')], default='first', max_length=12),
        ),
        migrations.AlterField(
            model_name='registrationobjection',
            name='deposit',
            field=models.ForeignKey(blank=True, help_text='the evidence', null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='evidence.deposit'),
        ),
        migrations.AddConstraint(
            model_name='registration',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('before__isnull', True), ('kind', 'first')), models.Q(models.Q(('kind', 'first'), _negated=True), ('before__isnull', False)), _connector='OR'), name='registration_names_the_one_before'),
        ),
        migrations.AddConstraint(
            model_name='registration',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('counterparty__isnull', False), ('kind__in', ['transfer', 'licence'])), models.Q(models.Q(('kind__in', ['transfer', 'licence']), _negated=True), ('counterparty__isnull', True)), _connector='OR'), name='registration_names_the_other_side'),
        ),
        migrations.AddConstraint(
            model_name='registrationcertificate',
            constraint=models.UniqueConstraint(condition=models.Q(('status__in', ['valid', 'frozen'])), fields=('product', 'organization'), name='certificate_one_in_force'),
        ),
        migrations.AddConstraint(
            model_name='registrationobjection',
            constraint=models.UniqueConstraint(condition=models.Q(('decided_at__isnull', True)), fields=('registration',), name='objection_one_open'),
        ),
        migrations.AddConstraint(
            model_name='registrationobjection',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('decided_at__isnull', True), ('outcome', '')), models.Q(('decided_at__isnull', False), ('outcome__in', ['rejected', 'upheld'])), _connector='OR'), name='objection_decided_once'),
        ),
        migrations.CreateModel(
            name='SourceRequest',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('code', models.CharField(max_length=16, unique=True)),
                ('kind', models.CharField(choices=[('access', '查阅'), ('copy', '复制'), ('transfer', '转移'), ('correction', '更正')], max_length=10)),
                ('scope', models.TextField(help_text='which data, how the requester helped make it; what is wrong, for a correction')),
                ('status', models.CharField(choices=[('filed', '待答复'), ('overdue', '逾期未答复'), ('fulfilled', '已办理'), ('refused', '已拒绝'), ('withdrawn', '撤回')], default='filed', max_length=10)),
                ('answer', models.TextField(blank=True)),
                ('ground', models.CharField(blank=True, choices=[('not_shown', '未能证明身份或来源关系'), ('not_held', '本机构没有这些数据'), ('others', '会损害他人合法权益'), ('law', '法律规定不得提供')], max_length=10)),
                ('fee_fen', models.BigIntegerField(default=0)),
                ('filed_at', models.DateTimeField()),
                ('due_at', models.DateTimeField(blank=True, null=True)),
                ('answered_at', models.DateTimeField(blank=True, null=True)),
                ('handed_over', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='evidence.deposit')),
                ('organization', models.ForeignKey(help_text='the holder', on_delete=django.db.models.deletion.PROTECT, related_name='source_requests', to='participants.organization')),
                ('product', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='source_requests', to='listings.dataproduct')),
                ('proof', models.ForeignKey(help_text='identity, and the tie to the data', on_delete=django.db.models.deletion.PROTECT, related_name='+', to='evidence.deposit')),
                ('recipient', models.ForeignKey(blank=True, help_text='to whom a transfer goes', null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='participants.organization')),
                ('requested_by', models.ForeignKey(help_text='for whom the requester acts', on_delete=django.db.models.deletion.PROTECT, related_name='+', to='participants.organization')),
                ('requester', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='participants.person')),
            ],
            options={
                'indexes': [models.Index(condition=models.Q(('due_at__isnull', False)), fields=['due_at'], name='source_request_due')],
                'constraints': [models.CheckConstraint(condition=models.Q(('status__in', ['filed', 'overdue', 'fulfilled', 'refused', 'withdrawn'])), name='source_request_status_known'), models.CheckConstraint(condition=models.Q(('kind__in', ['access', 'copy', 'transfer', 'correction'])), name='source_request_kind_known'), models.CheckConstraint(condition=models.Q(models.Q(('kind', 'transfer'), ('recipient__isnull', False)), models.Q(models.Q(('kind', 'transfer'), _negated=True), ('recipient__isnull', True)), _connector='OR'), name='source_request_names_recipient'), models.CheckConstraint(condition=models.Q(models.Q(('kind__in', ['copy', 'transfer']), ('status', 'fulfilled'), _negated=True), ('handed_over__isnull', False), _connector='OR'), name='source_request_hands_over'), models.CheckConstraint(condition=models.Q(models.Q(('status', 'refused'), _negated=True), models.Q(models.Q(('ground', ''), _negated=True), models.Q(('answer', ''), _negated=True)), _connector='OR'), name='source_request_refused_why'), models.CheckConstraint(condition=models.Q(('fee_fen__gte', 0)), name='source_request_fee'), models.UniqueConstraint(condition=models.Q(('status__in', ['filed', 'overdue'])), fields=('product', 'requester', 'kind'), name='source_request_one_open')],
            },
        ),
        edges("listings_source", "status", SOURCE, initial=["active"]),
        frozen_columns("listings_source", "code", "organization_id", "kind", "title", "provider", "generator", "reference", "resource_id",
                       "proof_id", "effective_from", "effective_to"),
        no_delete("listings_source"),
        edges("listings_sourcerequest", "status", SOURCE_REQUEST, initial=["filed"]),
        frozen_columns("listings_sourcerequest", "code", "organization_id", "product_id", "requested_by_id", "requester_id", "kind", "scope",
                       "proof_id", "recipient_id", "filed_at"),
        no_delete("listings_sourcerequest"),
        append_only("listings_productinput"),
        install("listings", "lineage.sql"),
    ]
