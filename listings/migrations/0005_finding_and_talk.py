"""Catalogues in full, search rows with their facets, watched listings, public questions, ratings of real purchases."""

import django.contrib.postgres.fields
import django.contrib.postgres.indexes
import django.contrib.postgres.search
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from evidence.guards import edges, frozen_columns, install, no_delete
from listings.states import QUESTION


class Migration(migrations.Migration):

    dependencies = [
        ('evidence', '0001_initial'),
        ('listings', '0004_declaration_gate'),
        ('participants', '0005_second_factor'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Findable',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(choices=[('resource', '公开目录'), ('organization', '机构'), ('declaration', '声明承诺')], max_length=12)),
                ('code', models.CharField(max_length=16, unique=True)),
                ('title', models.CharField(max_length=400)),
                ('title_en', models.CharField(blank=True, max_length=400)),
                ('note', models.CharField(blank=True, help_text='what stands under the title: who provides it, until when it runs', max_length=300)),
                ('note_en', models.CharField(blank=True, max_length=300)),
                ('href', models.CharField(max_length=200)),
                ('text', models.TextField()),
                ('grams', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=2), default=list, size=None)),
                ('words', django.contrib.postgres.search.SearchVectorField()),
                ('at', models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name='Question',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('code', models.CharField(max_length=16, unique=True)),
                ('text', models.CharField(max_length=500)),
                ('status', models.CharField(choices=[('open', '待答复'), ('answered', '已答复'), ('hidden', '已隐去')], default='open', max_length=10)),
                ('asked_at', models.DateTimeField()),
                ('due_at', models.DateTimeField(help_text='the seller answers by then')),
                ('answer', models.CharField(blank=True, max_length=1000)),
                ('answered_at', models.DateTimeField(blank=True, null=True)),
                ('hidden_reason', models.CharField(blank=True, max_length=400)),
                ('hidden_at', models.DateTimeField(blank=True, null=True)),
            ],
        ),
        migrations.CreateModel(
            name='Rating',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('code', models.CharField(max_length=16, unique=True)),
                ('purchase', models.CharField(help_text='code of the trade that was delivered and accepted', max_length=16, unique=True)),
                ('stars', models.PositiveSmallIntegerField()),
                ('text', models.CharField(blank=True, max_length=1000)),
                ('given_at', models.DateTimeField()),
                ('reply', models.CharField(blank=True, max_length=1000)),
                ('replied_at', models.DateTimeField(blank=True, null=True)),
                ('hidden_reason', models.CharField(blank=True, max_length=400)),
                ('hidden_at', models.DateTimeField(blank=True, null=True)),
            ],
        ),
        migrations.CreateModel(
            name='Watch',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('started_at', models.DateTimeField()),
                ('ended_at', models.DateTimeField(blank=True, null=True)),
            ],
        ),
        migrations.RemoveIndex(
            model_name='listingindex',
            name='listing_words',
        ),
        migrations.AddField(
            model_name='dataresource',
            name='details',
            field=models.JSONField(blank=True, default=dict, help_text='the data set in full, as its catalogue describes it'),
        ),
        migrations.AddField(
            model_name='listingindex',
            name='category',
            field=models.CharField(blank=True, max_length=12),
        ),
        migrations.AddField(
            model_name='listingindex',
            name='delivery_mode',
            field=models.CharField(blank=True, max_length=20),
        ),
        migrations.AddField(
            model_name='listingindex',
            name='grade',
            field=models.CharField(blank=True, max_length=10),
        ),
        migrations.AddField(
            model_name='listingindex',
            name='listed_at',
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name='listingindex',
            name='on_sale',
            field=models.BooleanField(default=False, help_text="the listing's status is listed; kept by trigger"),
        ),
        migrations.AddField(
            model_name='listingindex',
            name='price_fen',
            field=models.BigIntegerField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name='listingindex',
            name='sale_mode',
            field=models.CharField(blank=True, max_length=12),
        ),
        migrations.AddField(
            model_name='listingindex',
            name='sector',
            field=models.CharField(blank=True, max_length=4),
        ),
        migrations.AddField(
            model_name='listingindex',
            name='stage',
            field=models.CharField(blank=True, max_length=14),
        ),
        migrations.AddIndex(
            model_name='listingindex',
            index=models.Index(models.OrderBy(models.F('listed_at'), descending=True), models.OrderBy(models.F('listing'), descending=True), condition=models.Q(('on_sale', True)), name='listing_index_newest'),
        ),
        migrations.AddIndex(
            model_name='listingindex',
            index=models.Index(models.F('price_fen'), models.F('listing'), condition=models.Q(('on_sale', True), ('price_fen__isnull', False)), name='listing_index_price'),
        ),
        migrations.AddIndex(
            model_name='listingindex',
            index=models.Index(models.OrderBy(models.F('listing'), descending=True), condition=models.Q(('on_sale', True)), name='listing_index_on_sale'),
        ),
        migrations.AddIndex(
            model_name='findable',
            index=django.contrib.postgres.indexes.GinIndex(fields=['grams'], name='findable_grams'),
        ),
        migrations.AddIndex(
            model_name='findable',
            index=models.Index(fields=['kind', '-id'], name='findable_newest'),
        ),
        migrations.AddConstraint(
            model_name='findable',
            constraint=models.CheckConstraint(condition=models.Q(('kind__in', ['resource', 'organization', 'declaration'])), name='findable_kind_known'),
        ),
        migrations.AddField(
            model_name='question',
            name='answered_by',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='question',
            name='asked_by',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='question',
            name='listing',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='questions', to='listings.listing'),
        ),
        migrations.AddField(
            model_name='question',
            name='organization',
            field=models.ForeignKey(help_text='who asks', on_delete=django.db.models.deletion.PROTECT, related_name='questions', to='participants.organization'),
        ),
        migrations.AddField(
            model_name='rating',
            name='given_by',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='rating',
            name='listing',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='ratings', to='listings.listing'),
        ),
        migrations.AddField(
            model_name='rating',
            name='organization',
            field=models.ForeignKey(help_text='the buyer', on_delete=django.db.models.deletion.PROTECT, related_name='ratings', to='participants.organization'),
        ),
        migrations.AddField(
            model_name='rating',
            name='version',
            field=models.ForeignKey(help_text='what was bought', on_delete=django.db.models.deletion.PROTECT, related_name='ratings', to='listings.listingversion'),
        ),
        migrations.AddField(
            model_name='watch',
            name='listing',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='watches', to='listings.listing'),
        ),
        migrations.AddField(
            model_name='watch',
            name='organization',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='watches', to='participants.organization'),
        ),
        migrations.AddField(
            model_name='watch',
            name='started_by',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddIndex(
            model_name='question',
            index=models.Index(fields=['listing', '-id'], name='question_of_listing'),
        ),
        migrations.AddIndex(
            model_name='question',
            index=models.Index(condition=models.Q(('status', 'open')), fields=['due_at'], name='question_due'),
        ),
        migrations.AddConstraint(
            model_name='question',
            constraint=models.CheckConstraint(condition=models.Q(('status__in', ['open', 'answered', 'hidden'])), name='question_status_known'),
        ),
        migrations.AddConstraint(
            model_name='question',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('answer', ''), ('status', 'open')), ('status', 'hidden'), models.Q(('status', 'answered'), models.Q(('answer', ''), _negated=True)), _connector='OR'), name='question_answered_has_answer'),
        ),
        migrations.AddConstraint(
            model_name='question',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('status', 'hidden'), _negated=True), models.Q(('hidden_reason', ''), _negated=True), _connector='OR'), name='question_hidden_has_reason'),
        ),
        migrations.AddIndex(
            model_name='rating',
            index=models.Index(fields=['listing', '-id'], name='rating_of_listing'),
        ),
        migrations.AddConstraint(
            model_name='rating',
            constraint=models.CheckConstraint(condition=models.Q(('stars__range', (1, 5))), name='rating_one_to_five'),
        ),
        migrations.AddConstraint(
            model_name='rating',
            constraint=models.CheckConstraint(condition=models.Q(('hidden_at__isnull', True), models.Q(('hidden_reason', ''), _negated=True), _connector='OR'), name='rating_hidden_has_reason'),
        ),
        migrations.AddIndex(
            model_name='watch',
            index=models.Index(condition=models.Q(('ended_at__isnull', True)), fields=['listing', 'organization'], name='watch_of_listing'),
        ),
        migrations.AddConstraint(
            model_name='watch',
            constraint=models.UniqueConstraint(condition=models.Q(('ended_at__isnull', True)), fields=('organization', 'listing'), name='watch_once'),
        ),
        migrations.AddConstraint(
            model_name='watch',
            constraint=models.CheckConstraint(condition=models.Q(('ended_at__isnull', True), ('ended_at__gte', models.F('started_at')), _connector='OR'), name='watch_term_forward'),
        ),
        install("listings", "finding.sql"),
        edges("listings_question", "status", QUESTION, initial=["open"]),
        frozen_columns("listings_watch", "organization_id", "listing_id", "started_by_id", "started_at"),
        frozen_columns("listings_question", "code", "listing_id", "organization_id", "asked_by_id", "text", "asked_at"),
        frozen_columns("listings_rating", "code", "listing_id", "version_id", "organization_id", "given_by_id", "purchase", "stars", "text",
                       "given_at"),
        *(no_delete(f"listings_{table}") for table in ("watch", "question", "rating")),
    ]
