"""What the bank told, line by line; a line in suspense is given its party once."""

import django.db.models.deletion
from django.db import migrations, models

from evidence.guards import frozen_columns, no_delete, sql


class Migration(migrations.Migration):

    dependencies = [
        ('participants', '0019_taxstatement'),
        ('settlement', '0007_meters'),
    ]

    operations = [
        migrations.CreateModel(
            name='BankNotice',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('reference', models.CharField(help_text="the bank's own number of the line", max_length=40, unique=True)),
                ('named', models.CharField(help_text='whose money or which trade the payer named', max_length=40)),
                ('amount_fen', models.BigIntegerField()),
                ('suspense', models.CharField(blank=True, help_text='why it is in suspense; empty where it was booked to a party', max_length=60)),
                ('transfer', models.UUIDField()),
                ('transfer_hash', models.CharField(max_length=64)),
                ('received_at', models.DateTimeField()),
                ('cleared_at', models.DateTimeField(blank=True, null=True)),
                ('organization', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='participants.organization')),
            ],
            options={
                'indexes': [models.Index(condition=models.Q(models.Q(('suspense', ''), _negated=True), ('cleared_at__isnull', True)), fields=['received_at'], name='bank_notice_open')],
                'constraints': [models.CheckConstraint(condition=models.Q(('amount_fen__gt', 0)), name='bank_notice_of_something'), models.CheckConstraint(condition=models.Q(models.Q(('cleared_at__isnull', True), ('organization__isnull', False), ('suspense', '')), models.Q(models.Q(('suspense', ''), _negated=True), ('cleared_at__isnull', True), ('organization__isnull', True)), models.Q(models.Q(('suspense', ''), _negated=True), ('cleared_at__isnull', False), ('organization__isnull', False)), _connector='OR'), name='bank_notice_booked_or_in_suspense')],
            },
        ),
        frozen_columns("settlement_banknotice", "reference", "named", "amount_fen", "suspense", "transfer", "transfer_hash", "received_at"),
        no_delete("settlement_banknotice"),
        sql("""
CREATE OR REPLACE FUNCTION settlement_bank_notice_cleared_once() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'bank line %: whose money it is was said already', OLD.reference USING ERRCODE = 'check_violation';
END $$;
CREATE OR REPLACE TRIGGER settlement_bank_notice_cleared_once BEFORE UPDATE ON settlement_banknotice FOR EACH ROW
    WHEN (OLD.organization_id IS NOT NULL AND (OLD.organization_id IS DISTINCT FROM NEW.organization_id
          OR OLD.cleared_at IS DISTINCT FROM NEW.cleared_at)) EXECUTE FUNCTION settlement_bank_notice_cleared_once();
""", "DROP FUNCTION IF EXISTS settlement_bank_notice_cleared_once() CASCADE"),
    ]
