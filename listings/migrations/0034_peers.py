"""Other exchanges that are recognised here, and what their registers say of certificates and credit (CAP-I5)."""

import django.db.models.deletion
from django.db import migrations, models

from evidence.guards import frozen_columns, install, no_delete


class Migration(migrations.Migration):

    dependencies = [
        ('listings', '0033_turns'),
    ]

    operations = [
        migrations.CreateModel(
            name='Peer',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('code', models.CharField(max_length=16, unique=True)),
                ('name_zh', models.CharField(max_length=120)),
                ('name_en', models.CharField(max_length=120)),
                ('address', models.CharField(help_text='where it answers, without a path', max_length=200)),
                ('origin', models.CharField(help_text='the name its record book signs under', max_length=120)),
                ('key', models.CharField(help_text='the public half of its signing key, Ed25519, in hexadecimal', max_length=64)),
                ('recognised_at', models.DateTimeField()),
                ('certificates_to', models.BigIntegerField(default=-1, help_text='up to where its moves of certificates were taken in')),
                ('standings_to', models.BigIntegerField(default=-1, help_text='up to where its moves of standing were taken in')),
                ('catalogue_tag', models.CharField(blank=True, help_text='the state of its catalogue that was read last', max_length=200)),
                ('due_at', models.DateTimeField(help_text='when it is asked next')),
                ('heard_at', models.DateTimeField(blank=True, help_text='when it last answered as it should', null=True)),
                ('missed', models.PositiveIntegerField(default=0)),
                ('fault', models.CharField(blank=True, help_text='what was wrong with its last answer', max_length=200)),
                ('silent_at', models.DateTimeField(blank=True, help_text='since when it is called silent', null=True)),
                ('ended_at', models.DateTimeField(blank=True, null=True)),
                ('end_reason', models.TextField(blank=True)),
            ],
            options={
                'constraints': [models.UniqueConstraint(condition=models.Q(('ended_at__isnull', True)), fields=('origin',), name='peer_once'), models.CheckConstraint(condition=models.Q(('key__regex', '^[0-9a-f]{64}$')), name='peer_key_whole'), models.CheckConstraint(condition=models.Q(models.Q(('origin', ''), _negated=True), models.Q(('address', ''), _negated=True)), name='peer_named'), models.CheckConstraint(condition=models.Q(('ended_at__isnull', True), models.Q(('end_reason', ''), _negated=True), _connector='OR'), name='peer_end_reasoned')],
            },
        ),
        migrations.CreateModel(
            name='PeerCertificate',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('code', models.CharField(max_length=40)),
                ('state', models.CharField(choices=[('valid', '有效'), ('frozen', '冻结'), ('superseded', '已换发'), ('expired', '到期'), ('cancelled', '注销'), ('revoked', '撤销')], max_length=16)),
                ('title_zh', models.CharField(max_length=200)),
                ('title_en', models.CharField(blank=True, max_length=200)),
                ('holder', models.CharField(max_length=200)),
                ('holder_en', models.CharField(blank=True, max_length=200)),
                ('uscc', models.CharField(blank=True, max_length=18)),
                ('content_hash', models.CharField(max_length=64)),
                ('issued_at', models.DateTimeField()),
                ('effective_to', models.DateTimeField()),
                ('position', models.BigIntegerField(help_text="of its newest move, in the other's record book")),
                ('peer', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='certificates', to='listings.peer')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('peer', 'code'), name='peer_certificate_once'), models.CheckConstraint(condition=models.Q(('state__in', ['valid', 'frozen', 'superseded', 'expired', 'cancelled', 'revoked'])), name='peer_certificate_state_known')],
            },
        ),
        migrations.CreateModel(
            name='PeerStanding',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('uscc', models.CharField(max_length=18)),
                ('name', models.CharField(max_length=200)),
                ('standing', models.CharField(choices=[('good', '良好'), ('watch', '关注'), ('restricted', '受限'), ('suspended', '停权')], max_length=12)),
                ('band', models.CharField(choices=[('A', 'A'), ('B', 'B'), ('C', 'C'), ('D', 'D')], max_length=1)),
                ('since', models.DateTimeField()),
                ('position', models.BigIntegerField(help_text="of its newest move, in the other's record book")),
                ('peer', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='standings', to='listings.peer')),
            ],
            options={
                'indexes': [models.Index(fields=['uscc'], name='peer_standing_of')],
                'constraints': [models.UniqueConstraint(fields=('peer', 'uscc'), name='peer_standing_once'), models.CheckConstraint(condition=models.Q(('standing__in', ['good', 'watch', 'restricted', 'suspended']), ('band__in', ['A', 'B', 'C', 'D'])), name='peer_standing_known')],
            },
        ),
        *(no_delete(f"listings_{one}") for one in ("peer", "peercertificate", "peerstanding")),
        frozen_columns("listings_peer", "code", "name_zh", "name_en", "address", "origin", "key", "recognised_at"),
        frozen_columns("listings_peercertificate", "peer_id", "code"),
        frozen_columns("listings_peerstanding", "peer_id", "uscc"),
        install("listings", "peers.sql"),
    ]
