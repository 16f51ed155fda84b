"""Tax has an account of its own in the chart: what the venue owes the state of its charges is not mixed with its fees."""

from django.db import migrations, models

KINDS = [('available', '可用资金'), ('deposit', '保证金'), ('escrow', '成交托管'), ('holdback', '质保留存'), ('venue_fees', '场所服务费'), ('tax', '应交税费'), ('public_interest', '公益金'), ('bank', '场外银行'), ('suspense', '待查款项'), ('set_off', '互换抵销'), ('undistributed', '待分配收益')]


class Migration(migrations.Migration):

    dependencies = [
        ('ledger', '0001_house'),
    ]

    operations = [
        migrations.RemoveConstraint(model_name='account', name='account_kind_known'),
        migrations.AlterField(model_name='account', name='kind', field=models.CharField(choices=KINDS, max_length=16)),
        migrations.AddConstraint(
            model_name='account',
            constraint=models.CheckConstraint(condition=models.Q(('kind__in', [kind for kind, _ in KINDS])), name='account_kind_known'),
        ),
        migrations.AddConstraint(
            model_name='transfer',
            constraint=models.UniqueConstraint(condition=models.Q(('kind', 'tax_opening')), fields=('subject',), name='transfer_tax_opened_once'),
        ),
    ]
