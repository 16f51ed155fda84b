import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('listings', '0001_initial'),
        ('participants', '0003_guards_and_venue'),
    ]

    operations = [
        migrations.CreateModel(
            name='Trade',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('code', models.CharField(max_length=16, unique=True)),
                ('channel', models.CharField(choices=[('on_exchange', '场内'), ('off_exchange', '场外')], max_length=12)),
                ('basis', models.CharField(choices=[('award', '竞价成交'), ('purchase', '定价购买'), ('report', '场外备案')], max_length=8)),
                ('title', models.CharField(max_length=200)),
                ('price_fen', models.BigIntegerField()),
                ('agreement', models.JSONField(help_text='summary of what was agreed: parties, object, version hash, use terms, price, duties')),
                ('agreement_hash', models.CharField(help_text='SHA-256 of the canonical summary', max_length=64)),
                ('executed_at', models.DateTimeField()),
            ],
            options={
                'indexes': [
                    models.Index(fields=['-executed_at', '-id'], name='trade_newest'),
                ],
                'constraints': [
                    models.CheckConstraint(condition=models.Q(('channel__in', ['on_exchange', 'off_exchange'])), name='trade_channel_known'),
                    models.CheckConstraint(condition=models.Q(('price_fen__isnull', True), ('price_fen__range', (0, 9007199254740991)), _connector='OR'), name='trade_price_in_range'),
                    models.CheckConstraint(condition=models.Q(('agreement_hash__regex', '^[0-9a-f]{64}$')), name='trade_has_agreement_hash'),
                ],
            },
        ),
        migrations.CreateModel(
            name='Auction',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('code', models.CharField(max_length=16, unique=True)),
                ('format', models.CharField(choices=[('english', 'english'), ('first_price', 'first_price'), ('second_price', 'second_price'), ('dutch', 'dutch'), ('hybrid', 'hybrid'), ('posted', 'posted'), ('uniform', 'uniform'), ('pay_as_bid', 'pay_as_bid'), ('vcg', 'vcg'), ('rsop', 'rsop'), ('call', 'call')], default='english', max_length=14)),
                ('status', models.CharField(choices=[('draft', '草拟'), ('announced', '公告'), ('open', '竞价中'), ('revealing', '开标'), ('halted', '中止'), ('awarded', '成交'), ('failed', '流拍'), ('cancelled', '撤销')], default='draft', max_length=10)),
                ('status_reason', models.CharField(blank=True, max_length=400)),
                ('start_price_fen', models.BigIntegerField()),
                ('increments', models.JSONField(help_text='rows [below fen or null, step fen, bps of the price]')),
                ('enforces_step', models.BooleanField(default=True, help_text='a bid must reach the next step; only replays do not ask it')),
                ('reserve_price_fen', models.BigIntegerField(blank=True, help_text='secret', null=True)),
                ('reserve_salt', models.BinaryField(blank=True, null=True)),
                ('reserve_commitment', models.CharField(blank=True, max_length=64)),
                ('window_seconds', models.PositiveIntegerField(help_text='a leading bid this near the end moves it')),
                ('extension_seconds', models.PositiveIntegerField()),
                ('extension_cap_seconds', models.PositiveIntegerField(help_text='all extensions together')),
                ('extends_from_bid', models.BooleanField(default=False, help_text='the extension counts from the bid, not from the end')),
                ('run_seconds', models.PositiveIntegerField(blank=True, help_text='the end counts from the first bid (replays)', null=True)),
                ('deposit_bps', models.PositiveIntegerField(help_text='of the start price, never of the reserve')),
                ('deposit_band_bps', models.JSONField(default=dict)),
                ('deposit_minimum_fen', models.BigIntegerField(default=0)),
                ('payment_days', models.PositiveIntegerField(default=5)),
                ('fees', models.JSONField(default=dict, help_text='fees announced with the lot, in bps by side')),
                ('terms_hash', models.CharField(max_length=64)),
                ('announced_at', models.DateTimeField(blank=True, null=True)),
                ('opens_at', models.DateTimeField()),
                ('first_closes_at', models.DateTimeField(help_text='the end as announced (or as moved by a halt)')),
                ('closes_at', models.DateTimeField()),
                ('due_at', models.DateTimeField(blank=True, help_text='when a halt lapses into cancellation', null=True)),
                ('ended_at', models.DateTimeField(blank=True, null=True)),
                ('created_at', models.DateTimeField()),
                ('seq', models.PositiveIntegerField(default=0, help_text='number of the last bid')),
                ('tick_seq', models.PositiveIntegerField(default=0)),
                ('voids', models.PositiveIntegerField(default=0, help_text='how often bids were voided; only then may the price fall')),
                ('price_fen', models.BigIntegerField(blank=True, null=True)),
                ('top_fen', models.BigIntegerField(blank=True, help_text="secret: the leader's maximum", null=True)),
                ('second_fen', models.BigIntegerField(blank=True, help_text='secret: the best maximum of anybody else', null=True)),
                ('reserve_met', models.BooleanField(default=False)),
                ('extensions', models.PositiveIntegerField(default=0)),
                ('listing', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='lots', to='listings.listing')),
                ('seller', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='lots', to='participants.organization')),
                ('venue', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='lots', to='participants.venue')),
                ('version', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='lots', to='listings.listingversion')),
            ],
            options={
                'indexes': [
                    models.Index(condition=models.Q(('status', 'open')), fields=['closes_at'], name='lot_closing'),
                    models.Index(condition=models.Q(('status', 'announced')), fields=['opens_at'], name='lot_opening'),
                    models.Index(condition=models.Q(('status', 'halted')), fields=['due_at'], name='lot_halt_due'),
                    models.Index(fields=['seller', '-id'], name='lot_of_seller'),
                ],
                'constraints': [
                    models.CheckConstraint(condition=models.Q(('status__in', ['draft', 'announced', 'open', 'revealing', 'halted', 'awarded', 'failed', 'cancelled'])), name='lot_status_known'),
                    models.CheckConstraint(condition=models.Q(('format__in', ['english', 'first_price', 'second_price', 'dutch', 'hybrid', 'posted', 'uniform', 'pay_as_bid', 'vcg', 'rsop', 'call'])), name='lot_format_known'),
                    models.CheckConstraint(condition=models.Q(('start_price_fen__isnull', True), ('start_price_fen__range', (0, 9007199254740991)), _connector='OR'), name='lot_start_in_range'),
                    models.CheckConstraint(condition=models.Q(('reserve_price_fen__isnull', True), ('reserve_price_fen__range', (1, 9007199254740991)), _connector='OR'), name='lot_reserve_in_range'),
                    models.CheckConstraint(condition=models.Q(('price_fen__isnull', True), ('price_fen__range', (0, 9007199254740991)), _connector='OR'), name='lot_price_in_range'),
                    models.CheckConstraint(condition=models.Q(('closes_at__gte', models.F('first_closes_at')), ('first_closes_at__gt', models.F('opens_at'))), name='lot_times_in_order'),
                    models.UniqueConstraint(condition=models.Q(('status__in', ('announced', 'open', 'revealing', 'halted'))), fields=('listing',), name='lot_one_running_per_listing'),
                ],
            },
        ),
        migrations.CreateModel(
            name='Bidder',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('paddle', models.PositiveSmallIntegerField()),
                ('deposit_fen', models.BigIntegerField()),
                ('deposit', models.UUIDField(blank=True, help_text='the pending transfer that reserves it', null=True)),
                ('limit_fen', models.BigIntegerField(blank=True, help_text="the organisation's own limit for this lot", null=True)),
                ('registered_at', models.DateTimeField()),
                ('barred_at', models.DateTimeField(blank=True, null=True)),
                ('barred_code', models.CharField(blank=True, max_length=60)),
                ('released_at', models.DateTimeField(blank=True, help_text='when the deposit went back or was used', null=True)),
                ('auction', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='bidders', to='trading.auction')),
                ('organization', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='biddings', to='participants.organization')),
            ],
            options={
                'constraints': [
                    models.UniqueConstraint(fields=('auction', 'organization'), name='bidder_once_per_lot'),
                    models.UniqueConstraint(fields=('auction', 'paddle'), name='bidder_paddle_once'),
                    models.CheckConstraint(condition=models.Q(('deposit_fen__isnull', True), ('deposit_fen__range', (0, 9007199254740991)), _connector='OR'), name='bidder_deposit_in_range'),
                    models.CheckConstraint(condition=models.Q(('deposit_fen', 0), ('deposit__isnull', False), _connector='OR'), name='bidder_deposit_reserved'),
                ],
            },
        ),
        migrations.CreateModel(
            name='Bid',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('seq', models.PositiveIntegerField()),
                ('maximum_fen', models.BigIntegerField()),
                ('salt', models.BinaryField()),
                ('price_after_fen', models.BigIntegerField()),
                ('leader_after', models.PositiveSmallIntegerField(help_text='paddle')),
                ('closes_after', models.DateTimeField()),
                ('at', models.DateTimeField()),
                ('command', models.UUIDField()),
                ('auction', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='bids', to='trading.auction')),
                ('bidder', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='bids', to='trading.bidder')),
            ],
            options={
                'constraints': [
                    models.UniqueConstraint(fields=('auction', 'seq'), name='bid_seq_once'),
                    models.CheckConstraint(condition=models.Q(('maximum_fen__range', (1, 9007199254740991))), name='bid_maximum_in_range'),
                    models.CheckConstraint(condition=models.Q(('at__lt', models.F('closes_after'))), name='bid_before_the_end'),
                ],
            },
        ),
        migrations.CreateModel(
            name='Award',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('unit', models.PositiveIntegerField(default=1)),
                ('price_fen', models.BigIntegerField()),
                ('at', models.DateTimeField()),
                ('auction', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='awards', to='trading.auction')),
                ('bidder', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='awards', to='trading.bidder')),
            ],
            options={
                'constraints': [
                    models.UniqueConstraint(fields=('auction', 'unit'), name='award_once_per_unit'),
                    models.CheckConstraint(condition=models.Q(('price_fen__isnull', True), ('price_fen__range', (0, 9007199254740991)), _connector='OR'), name='award_price_in_range'),
                ],
            },
        ),
        migrations.AddField(
            model_name='auction',
            name='leader',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='trading.bidder'),
        ),
        migrations.CreateModel(
            name='BidVoid',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('reason_code', models.CharField(max_length=60)),
                ('cause_code', models.CharField(blank=True, help_text='the finding, hold or lot behind it', max_length=20)),
                ('at', models.DateTimeField()),
                ('bid', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='void', to='trading.bid')),
            ],
        ),
        migrations.CreateModel(
            name='Halt',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('reason_code', models.CharField(max_length=60)),
                ('reason', models.TextField()),
                ('ordered_by', models.CharField(max_length=40)),
                ('placed_at', models.DateTimeField()),
                ('until', models.DateTimeField()),
                ('left_seconds', models.PositiveIntegerField(help_text='time the lot still had')),
                ('lifted_at', models.DateTimeField(blank=True, null=True)),
                ('lifted_by', models.CharField(blank=True, max_length=40)),
                ('auction', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='halts', to='trading.auction')),
            ],
            options={
                'constraints': [
                    models.UniqueConstraint(condition=models.Q(('lifted_at__isnull', True)), fields=('auction',), name='halt_one_open'),
                ],
            },
        ),
        migrations.CreateModel(
            name='Tick',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('seq', models.PositiveIntegerField()),
                ('kind', models.CharField(choices=[('price', '价格'), ('extended', '顺延'), ('halted', '中止'), ('resumed', '恢复'), ('closed', '截标'), ('phase', '阶段')], max_length=8)),
                ('at', models.DateTimeField()),
                ('status', models.CharField(choices=[('draft', '草拟'), ('announced', '公告'), ('open', '竞价中'), ('revealing', '开标'), ('halted', '中止'), ('awarded', '成交'), ('failed', '流拍'), ('cancelled', '撤销')], max_length=10)),
                ('price_fen', models.BigIntegerField(blank=True, null=True)),
                ('leader', models.PositiveSmallIntegerField(blank=True, null=True)),
                ('bids', models.PositiveIntegerField(default=0)),
                ('closes_at', models.DateTimeField()),
                ('reserve_met', models.BooleanField(default=False)),
                ('extensions', models.PositiveIntegerField(default=0)),
                ('next_min_fen', models.BigIntegerField(blank=True, null=True)),
                ('auction', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='ticks', to='trading.auction')),
            ],
            options={
                'constraints': [
                    models.UniqueConstraint(fields=('auction', 'seq'), name='tick_seq_once'),
                    models.CheckConstraint(condition=models.Q(('kind__in', ['price', 'extended', 'halted', 'resumed', 'closed', 'phase'])), name='tick_kind_known'),
                ],
            },
        ),
        migrations.CreateModel(
            name='TradeState',
            fields=[
                ('trade', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, primary_key=True, related_name='state', serialize=False, to='trading.trade')),
                ('status', models.CharField(choices=[('executed', '待付款'), ('funded', '已付款'), ('recorded', '已备案'), ('defaulted', '违约'), ('cancelled', '协议解除'), ('unwound', '已退回')], max_length=10)),
                ('due_at', models.DateTimeField(blank=True, help_text='payment; null where nobody is waited for', null=True)),
                ('deposit', models.UUIDField(blank=True, help_text="the buyer's deposit, still reserved until paid or in default", null=True)),
                ('deposit_fen', models.BigIntegerField(default=0)),
                ('funded_at', models.DateTimeField(blank=True, null=True)),
                ('ended_at', models.DateTimeField(blank=True, null=True)),
                ('cause', models.CharField(blank=True, max_length=60)),
            ],
            options={
                'indexes': [
                    models.Index(condition=models.Q(('status', 'executed')), fields=['due_at'], name='trade_payment_due'),
                ],
                'constraints': [
                    models.CheckConstraint(condition=models.Q(('status__in', ['executed', 'funded', 'recorded', 'defaulted', 'cancelled', 'unwound'])), name='trade_status_known'),
                ],
            },
        ),
        migrations.AddField(
            model_name='trade',
            name='award',
            field=models.OneToOneField(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='trade', to='trading.award'),
        ),
        migrations.AddField(
            model_name='trade',
            name='buyer',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='purchases', to='participants.organization'),
        ),
        migrations.AddField(
            model_name='trade',
            name='corrects',
            field=models.OneToOneField(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='corrected_by', to='trading.trade'),
        ),
        migrations.AddField(
            model_name='trade',
            name='listing',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='trades', to='listings.listing'),
        ),
        migrations.AddField(
            model_name='trade',
            name='seller',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='sales', to='participants.organization'),
        ),
        migrations.AddField(
            model_name='trade',
            name='venue',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='trades', to='participants.venue'),
        ),
        migrations.AddField(
            model_name='trade',
            name='version',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='trades', to='listings.listingversion'),
        ),
        migrations.CreateModel(
            name='TradeReport',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('filing', models.CharField(help_text='code of the filing', max_length=16, unique=True)),
                ('title', models.CharField(max_length=200)),
                ('description', models.TextField(blank=True)),
                ('profile', models.JSONField(default=dict, help_text='category, stage, grade and facts as stated, for the screening')),
                ('price_fen', models.BigIntegerField()),
                ('traded_on', models.DateField()),
                ('contract_sha256', models.CharField(help_text='hash of the contract deposited or kept by the parties', max_length=64)),
                ('screening', models.JSONField(default=dict, help_text='verdict, hits, missing facts and rule set as at the report')),
                ('reported_at', models.DateTimeField()),
                ('buyer', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='participants.organization')),
                ('counterparty', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='trade_reports_named', to='participants.organization')),
                ('listing', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='trade_reports', to='listings.listing')),
                ('reporter', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='trade_reports', to='participants.organization')),
                ('seller', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='participants.organization')),
                ('venue', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='trade_reports', to='participants.venue')),
            ],
            options={
                'constraints': [
                    models.CheckConstraint(condition=models.Q(('price_fen__isnull', True), ('price_fen__range', (0, 9007199254740991)), _connector='OR'), name='report_price_in_range'),
                    models.CheckConstraint(condition=models.Q(models.Q(('seller', models.F('buyer')), _negated=True), models.Q(('reporter', models.F('counterparty')), _negated=True)), name='report_two_parties'),
                    models.UniqueConstraint(fields=('seller', 'buyer', 'contract_sha256'), name='report_once_per_contract'),
                ],
            },
        ),
        migrations.AddField(
            model_name='trade',
            name='report',
            field=models.OneToOneField(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='trade', to='trading.tradereport'),
        ),
        migrations.AddConstraint(
            model_name='auction',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('leader__isnull', True), ('price_fen__isnull', True), ('top_fen__isnull', True)), models.Q(('leader__isnull', False), ('price_fen__isnull', False), ('top_fen__isnull', False)), _connector='OR'), name='lot_leader_has_price'),
        ),
        migrations.AddField(
            model_name='tradestate',
            name='cancel_asked_by',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='participants.organization'),
        ),
        migrations.AddIndex(
            model_name='trade',
            index=models.Index(fields=['listing', '-executed_at'], name='trade_of_listing'),
        ),
        migrations.AddConstraint(
            model_name='trade',
            constraint=models.CheckConstraint(condition=models.Q(('seller', models.F('buyer')), _negated=True), name='trade_two_parties'),
        ),
        migrations.AddConstraint(
            model_name='trade',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('award__isnull', False), ('basis', 'award'), ('channel', 'on_exchange'), ('report__isnull', True), ('version__isnull', False)), models.Q(('award__isnull', True), ('basis', 'purchase'), ('channel', 'on_exchange'), ('report__isnull', True), ('version__isnull', False)), models.Q(('award__isnull', True), ('basis', 'report'), ('channel', 'off_exchange'), ('report__isnull', False)), _connector='OR'), name='trade_basis_by_channel'),
        ),
    ]
