"""What buyers say of what they accepted."""

import django.db.models.deletion
from django.db import migrations, models

from delivery.states import RATING
from evidence.guards import edges, frozen_columns, install, no_delete


class Migration(migrations.Migration):

    dependencies = [
        ('delivery', '0004_succession'),
        ('evidence', '0001_initial'),
        ('participants', '0008_admission_by_class'),
        ('trading', '0007_trade_stands'),
    ]

    operations = [
        migrations.CreateModel(
            name='Rating',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('code', models.CharField(max_length=16, unique=True)),
                ('status', models.CharField(choices=[('given', '已发表'), ('hidden', '已隐藏'), ('withdrawn', '已撤下')], default='given', max_length=10)),
                ('as_described', models.PositiveSmallIntegerField()),
                ('quality', models.PositiveSmallIntegerField()),
                ('timeliness', models.PositiveSmallIntegerField()),
                ('documentation', models.PositiveSmallIntegerField()),
                ('support', models.PositiveSmallIntegerField()),
                ('text', models.TextField()),
                ('reply', models.TextField(blank=True, help_text="the seller's answer")),
                ('hidden_reason', models.TextField(blank=True, help_text='why the desk hid it; shown in its place')),
                ('cause', models.CharField(blank=True, help_text='the fact that took it down', max_length=60)),
                ('given_at', models.DateTimeField()),
                ('replied_at', models.DateTimeField(blank=True, null=True)),
                ('buyer', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='ratings_given', to='participants.organization')),
                ('delivery', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='rating', to='delivery.delivery')),
                ('seller', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='ratings_received', to='participants.organization')),
            ],
            options={
                'indexes': [models.Index(fields=['seller', '-id'], name='rating_of_seller')],
                'constraints': [models.CheckConstraint(condition=models.Q(('status__in', ['given', 'hidden', 'withdrawn'])), name='rating_status_known'), models.CheckConstraint(condition=models.Q(('as_described__range', (1, 5)), ('documentation__range', (1, 5)), ('quality__range', (1, 5)), ('support__range', (1, 5)), ('timeliness__range', (1, 5))), name='rating_one_to_five'), models.CheckConstraint(condition=models.Q(('text', ''), _negated=True), name='rating_says_something'), models.CheckConstraint(condition=models.Q(models.Q(('status', 'hidden'), _negated=True), models.Q(('hidden_reason', ''), _negated=True), _connector='OR'), name='rating_hidden_why'), models.CheckConstraint(condition=models.Q(models.Q(('status', 'withdrawn'), _negated=True), models.Q(('cause', ''), _negated=True), _connector='OR'), name='rating_withdrawn_why'), models.CheckConstraint(condition=models.Q(('replied_at__isnull', True), models.Q(('reply', ''), _negated=True), _connector='OR'), name='rating_reply_said')],
            },
        ),
        edges("delivery_rating", "status", RATING, initial=["given"]),
        frozen_columns("delivery_rating", "code", "delivery_id", "buyer_id", "seller_id", "as_described", "quality", "timeliness",
                       "documentation", "support", "text", "given_at"),
        no_delete("delivery_rating"),
        install("delivery", "ratings.sql"),
    ]
