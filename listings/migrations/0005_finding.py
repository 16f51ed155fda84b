"""Catalogues in full, search rows with their facets, and what else is public and found."""

import django.contrib.postgres.fields
import django.contrib.postgres.indexes
import django.contrib.postgres.search
from django.db import migrations, models

from evidence.guards import install


class Migration(migrations.Migration):

    dependencies = [
        ('evidence', '0001_initial'),
        ('listings', '0004_declaration_gate'),
        ('participants', '0005_second_factor'),
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
        install("listings", "finding.sql"),
    ]
