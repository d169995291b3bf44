from django.db import migrations

# What the indexer adds up from now on, of what it has read already. `events` is how many made a sum.
SUMS = """
insert into contracts_tally (chain_id, kind, key, amount, events)
select chain_id, 'power', account, votes, events
from (
    select distinct on (chain_id, account) chain_id, account, votes,
        count(*) over (partition by chain_id, account) as events
    from governance_powerfact
    order by chain_id, account, block_number desc, log_index desc
) as last;
insert into contracts_tally (chain_id, kind, key, amount, events)
select chain_id, 'lattice-total', 'power', sum(amount), sum(events)
from contracts_tally where kind = 'power' group by chain_id;
"""
REMOVED = "delete from contracts_tally where kind in ('power', 'lattice-total')"


class Migration(migrations.Migration):
    dependencies = [("governance", "0001_dao_facts"), ("contracts", "0008_tally_ranking")]

    operations = [migrations.RunSQL(SUMS, REMOVED)]
