"""Certificates of answers and deletions, marked copies, sample checks, parts; deletions at the end of a licence."""

import django.db.models.deletion
from django.db import migrations, models

from delivery.states import DELIVERY
from evidence.guards import append_only, edges, frozen_columns, no_delete, sql


class Migration(migrations.Migration):

    dependencies = [
        ('delivery', '0016_services'),
        ('evidence', '0002_subject_keys'),
        ('listings', '0029_price_effects'),
        ('participants', '0018_floor_figures'),
        ('trading', '0028_uses'),
    ]

    operations = [
        migrations.CreateModel(
            name='Copy',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('code', models.CharField(max_length=16, unique=True)),
                ('buyer', models.CharField(help_text="the buyer's code when it was handed out", max_length=16)),
                ('nonce', models.CharField(help_text='its marks follow from it under a key of the house', max_length=32, unique=True)),
                ('sha256', models.CharField(help_text='of the copy as it was handed out', max_length=64)),
                ('registered_sha256', models.CharField(help_text='of the file it comes from: what was registered and delivered', max_length=64)),
                ('size', models.BigIntegerField()),
                ('marks', models.PositiveIntegerField(help_text='cells that carry a mark')),
                ('at', models.DateTimeField()),
            ],
            options={
                'verbose_name_plural': 'copies',
            },
        ),
        migrations.CreateModel(
            name='MarkPlan',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('code', models.CharField(max_length=16, unique=True)),
                ('file_sha256', models.CharField(help_text='the registered file the copies come from', max_length=64)),
                ('columns', models.JSONField(help_text='name of a column of numbers -> the most a mark moves it, as a decimal')),
                ('declared_by', models.CharField(help_text='actor code', max_length=40)),
                ('at', models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name='PartClaim',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('code', models.CharField(max_length=16, unique=True)),
                ('unit', models.CharField(help_text='rows, files, or the share of the price an outcome left', max_length=5)),
                ('accepted', models.PositiveBigIntegerField()),
                ('promised', models.PositiveBigIntegerField()),
                ('price_fen', models.BigIntegerField(help_text="the trade's price")),
                ('due_fen', models.BigIntegerField(help_text='what stays due of it')),
                ('outcome', models.CharField(default='open', help_text='open, agreed, refused, silent, or stopped with the trade', max_length=9)),
                ('reason', models.TextField(blank=True)),
                ('made_at', models.DateTimeField()),
                ('answered_at', models.DateTimeField(blank=True, null=True)),
            ],
        ),
        migrations.CreateModel(
            name='ResultCertificate',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('code', models.CharField(max_length=16, unique=True)),
                ('content', models.JSONField(help_text='what is public: the answer, the question, the data and the policy by hash, the epsilon')),
                ('content_hash', models.CharField(max_length=64)),
                ('signature', models.CharField(help_text='Ed25519 over the content, by the key that signs the seals', max_length=128)),
                ('key_id', models.CharField(max_length=16)),
                ('salt', models.CharField(help_text='with it, whoever has the answer shows that it is the one certified', max_length=64)),
                ('issued_at', models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name='SampleCheck',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('code', models.CharField(max_length=16, unique=True)),
                ('seed', models.CharField(max_length=64)),
                ('rows', models.JSONField(help_text='numbers of the rows drawn, the first row of data being 1')),
                ('of_rows', models.PositiveIntegerField()),
                ('report', models.CharField(blank=True, help_text='the quality report it was held against', max_length=16)),
                ('figures', models.JSONField(help_text='each dimension: found, reported, the margin of so small a sample, whether it fits')),
                ('fits', models.BooleanField()),
                ('at', models.DateTimeField()),
            ],
        ),
        migrations.RemoveConstraint(
            model_name='delivery',
            name='delivery_status_known',
        ),
        migrations.RemoveConstraint(
            model_name='delivery',
            name='delivery_delivered_has_file',
        ),
        migrations.RemoveIndex(
            model_name='delivery',
            name='delivery_due',
        ),
        migrations.AddField(
            model_name='deletiontask',
            name='agreement',
            field=models.CharField(blank=True, help_text='the agreement whose licence ended', max_length=16),
        ),
        migrations.AddField(
            model_name='deletiontask',
            name='deleted',
            field=models.JSONField(default=list, help_text='what was deleted, one place each: copies, derived data, backups'),
        ),
        migrations.AddField(
            model_name='deletiontask',
            name='reminded_at',
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name='deletiontask',
            name='signed_by',
            field=models.CharField(blank=True, help_text='actor code of who signed the statement', max_length=40),
        ),
        migrations.AddField(
            model_name='leakcheck',
            name='left_out',
            field=models.PositiveIntegerField(default=0, help_text='marked files that were not read for their number'),
        ),
        migrations.AddField(
            model_name='leakcheck',
            name='traces',
            field=models.JSONField(default=list, help_text='whose marked copies it holds, file by file, with the chance of error'),
        ),
        migrations.AlterField(
            model_name='deletiontask',
            name='consent',
            field=models.ForeignKey(blank=True, help_text='empty where the licence ended', null=True, on_delete=django.db.models.deletion.PROTECT, related_name='deletions', to='listings.consent'),
        ),
        migrations.AlterField(
            model_name='delivery',
            name='status',
            field=models.CharField(choices=[('opened', '待交付'), ('delivered', '待验收'), ('part', '部分验收待答复'), ('rejected', '已拒收'), ('disputed', '争议中'), ('accepted', '已验收'), ('failed', '未成'), ('cancelled', '撤销')], default='opened', max_length=10),
        ),
        migrations.AddIndex(
            model_name='delivery',
            index=models.Index(condition=models.Q(('status__in', ['opened', 'delivered', 'part', 'rejected'])), fields=['due_at'], name='delivery_due'),
        ),
        migrations.AddConstraint(
            model_name='deletiontask',
            constraint=models.UniqueConstraint(condition=models.Q(('agreement', ''), _negated=True), fields=('agreement', 'delivery'), name='deletion_once_for_a_licence'),
        ),
        migrations.AddConstraint(
            model_name='deletiontask',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('agreement', ''), ('consent__isnull', False)), models.Q(('consent__isnull', True), models.Q(('agreement', ''), _negated=True)), _connector='OR'), name='deletion_for_one_end'),
        ),
        migrations.AddConstraint(
            model_name='deletiontask',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('status', 'done'), _negated=True), ('agreement', ''), models.Q(models.Q(('deleted', []), _negated=True), models.Q(('signed_by', ''), _negated=True)), _connector='OR'), name='deletion_of_a_licence_is_signed'),
        ),
        migrations.AddConstraint(
            model_name='delivery',
            constraint=models.CheckConstraint(condition=models.Q(('status__in', ['opened', 'delivered', 'part', 'rejected', 'disputed', 'accepted', 'failed', 'cancelled'])), name='delivery_status_known'),
        ),
        migrations.AddConstraint(
            model_name='delivery',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('status__in', ['delivered', 'part', 'accepted']), _negated=True), models.Q(('delivered_at__isnull', False), ('deposit__isnull', False)), _connector='OR'), name='delivery_delivered_has_file'),
        ),
        migrations.AddField(
            model_name='copy',
            name='grant',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='copies', to='delivery.accessgrant'),
        ),
        migrations.AddField(
            model_name='markplan',
            name='version',
            field=models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='mark_plan', to='listings.listingversion'),
        ),
        migrations.AddField(
            model_name='copy',
            name='plan',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='copies', to='delivery.markplan'),
        ),
        migrations.AddField(
            model_name='partclaim',
            name='delivery',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='claims', to='delivery.delivery'),
        ),
        migrations.AddField(
            model_name='resultcertificate',
            name='deletion',
            field=models.OneToOneField(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='certificate', to='delivery.deletiontask'),
        ),
        migrations.AddField(
            model_name='resultcertificate',
            name='job',
            field=models.OneToOneField(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='certificate', to='delivery.computejob'),
        ),
        migrations.AddField(
            model_name='resultcertificate',
            name='query',
            field=models.OneToOneField(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='certificate', to='delivery.roomquery'),
        ),
        migrations.AddField(
            model_name='samplecheck',
            name='delivery',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='samples', to='delivery.delivery'),
        ),
        migrations.AddConstraint(
            model_name='markplan',
            constraint=models.CheckConstraint(condition=models.Q(('file_sha256__regex', '^[0-9a-f]{64}$'), models.Q(('columns', {}), _negated=True)), name='mark_plan_says_where'),
        ),
        migrations.AddIndex(
            model_name='copy',
            index=models.Index(fields=['plan', 'id'], name='copy_of_plan'),
        ),
        migrations.AddConstraint(
            model_name='copy',
            constraint=models.CheckConstraint(condition=models.Q(('registered_sha256__regex', '^[0-9a-f]{64}$'), ('sha256__regex', '^[0-9a-f]{64}$')), name='copy_hashes'),
        ),
        migrations.AddConstraint(
            model_name='copy',
            constraint=models.CheckConstraint(condition=models.Q(('marks', 0), models.Q(('sha256', models.F('registered_sha256')), _negated=True), _connector='OR'), name='copy_marked_differs'),
        ),
        migrations.AddConstraint(
            model_name='partclaim',
            constraint=models.CheckConstraint(condition=models.Q(('accepted__gt', 0), ('accepted__lt', models.F('promised')), ('unit__in', ['rows', 'files', 'share'])), name='part_is_a_part'),
        ),
        migrations.AddConstraint(
            model_name='partclaim',
            constraint=models.CheckConstraint(condition=models.Q(('due_fen__gte', 0), ('due_fen__lte', models.F('price_fen'))), name='part_within_price'),
        ),
        migrations.AddConstraint(
            model_name='partclaim',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('answered_at__isnull', True), ('outcome', 'open')), models.Q(('answered_at__isnull', False), ('outcome__in', ['agreed', 'refused', 'silent', 'stopped'])), _connector='OR'), name='part_answered_once'),
        ),
        migrations.AddConstraint(
            model_name='partclaim',
            constraint=models.UniqueConstraint(condition=models.Q(('outcome__in', ['open', 'agreed'])), fields=('delivery',), name='part_one_open'),
        ),
        migrations.AddConstraint(
            model_name='resultcertificate',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('deletion__isnull', True), ('job__isnull', True), ('query__isnull', False)), models.Q(('deletion__isnull', True), ('job__isnull', False), ('query__isnull', True)), models.Q(('deletion__isnull', False), ('job__isnull', True), ('query__isnull', True)), _connector='OR'), name='result_of_one_thing'),
        ),
        migrations.AddConstraint(
            model_name='resultcertificate',
            constraint=models.CheckConstraint(condition=models.Q(('content_hash__regex', '^[0-9a-f]{64}$'), ('salt__regex', '^[0-9a-f]{64}$'), ('signature__regex', '^[0-9a-f]{128}$')), name='result_is_signed'),
        ),
        migrations.AddConstraint(
            model_name='samplecheck',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('rows', []), _negated=True), models.Q(('seed', ''), _negated=True)), name='sample_of_something'),
        ),
        append_only("delivery_resultcertificate"),
        append_only("delivery_markplan"),
        append_only("delivery_copy"),
        append_only("delivery_samplecheck"),
        no_delete("delivery_partclaim"),
        frozen_columns("delivery_partclaim", "code", "delivery_id", "unit", "accepted", "promised", "price_fen", "due_fen", "made_at"),
        sql("""
            CREATE OR REPLACE FUNCTION delivery_part_answered_once() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
              RAISE EXCEPTION 'delivery_partclaim: an answer is final' USING ERRCODE = 'check_violation'; END $$;
            CREATE OR REPLACE TRIGGER delivery_part_answered_once BEFORE UPDATE ON delivery_partclaim FOR EACH ROW
              WHEN (OLD.outcome <> 'open') EXECUTE FUNCTION delivery_part_answered_once();
        """, "DROP FUNCTION IF EXISTS delivery_part_answered_once() CASCADE;"),
        edges("delivery_delivery", "status", DELIVERY),
    ]
