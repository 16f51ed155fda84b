"""Licences put together in a cart, and ordered as a whole."""

import django.db.models.deletion
from django.db import migrations, models

from evidence.guards import edges, frozen_columns, install, no_delete
from trading.states import CART


class Migration(migrations.Migration):

    dependencies = [
        ('listings', '0027_priority_fields'),
        ('participants', '0017_billing'),
        ('trading', '0018_order_papers'),
    ]

    operations = [
        migrations.CreateModel(
            name='Cart',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('code', models.CharField(max_length=16, unique=True)),
                ('status', models.CharField(choices=[('open', '待下单'), ('ordered', '已下单'), ('lapsed', '已失效')], default='open', max_length=8)),
                ('opened_at', models.DateTimeField()),
                ('due_at', models.DateTimeField(blank=True, help_text='when an open cart nobody touched lapses', null=True)),
                ('ended_at', models.DateTimeField(blank=True, null=True)),
                ('buyer', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='carts', to='participants.organization')),
            ],
        ),
        migrations.CreateModel(
            name='CartLine',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('purpose', models.CharField(blank=True, max_length=40)),
                ('total_fen', models.BigIntegerField(help_text="price and buyer's fees as seen")),
                ('added_by', models.CharField(max_length=40)),
                ('added_at', models.DateTimeField()),
                ('cart', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='lines', to='trading.cart')),
                ('listing', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='listings.listing')),
                ('trade', models.OneToOneField(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='cart_line', to='trading.trade')),
                ('version', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='listings.listingversion')),
            ],
        ),
        migrations.AddIndex(
            model_name='cart',
            index=models.Index(condition=models.Q(('status', 'open')), fields=['due_at'], name='cart_due'),
        ),
        migrations.AddConstraint(
            model_name='cart',
            constraint=models.CheckConstraint(condition=models.Q(('status__in', ['open', 'ordered', 'lapsed'])), name='cart_status_known'),
        ),
        migrations.AddConstraint(
            model_name='cart',
            constraint=models.UniqueConstraint(condition=models.Q(('status', 'open')), fields=('buyer',), name='cart_one_open'),
        ),
        migrations.AddConstraint(
            model_name='cart',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('due_at__isnull', False), ('ended_at__isnull', True), ('status', 'open')), models.Q(models.Q(('status', 'open'), _negated=True), ('due_at__isnull', True), ('ended_at__isnull', False)), _connector='OR'), name='cart_open_until'),
        ),
        migrations.AddConstraint(
            model_name='cartline',
            constraint=models.UniqueConstraint(fields=('cart', 'listing'), name='cart_line_once'),
        ),
        migrations.AddConstraint(
            model_name='cartline',
            constraint=models.CheckConstraint(condition=models.Q(('total_fen__range', (0, 9007199254740991))), name='cart_line_in_range'),
        ),
        edges("trading_cart", "status", CART, initial=["open"]),
        frozen_columns("trading_cart", "code", "buyer_id", "opened_at"),
        no_delete("trading_cart"),
        install("trading", "carts.sql"),
    ]
