-- The order of a place (rank, from the acceptance) apart from the earliest moment of its dispatch (not_before): a
-- request that returns keeps its rank. A place with a not_before waits apart, by that moment, and enters the order when
-- it is due. Gateways of schema version 4 and older must be stopped: they know neither column.
set local lock_timeout = '5s'; -- whoever waits for this table makes all others wait: give up, and be started again

alter table backlog rename column due_at to rank;
alter table backlog add column not_before timestamptz;

-- Of the request's last place, so that a cancel finds that place by its key. Null while the place is the first one.
alter table request rename column due_at to not_before;

-- From the backlog to the requests by key: any other way would read all that are kept, while nobody may write.
set local enable_hashjoin = off;
set local enable_mergejoin = off;

update backlog b
set rank = r.created_at, not_before = case when b.rank > now() then b.rank end
from request r where r.id = b.id and r.not_before is not null;

alter table backlog drop constraint backlog_pkey;
create unique index backlog_in_order on backlog (kind, rank, id) where not_before is null;
create unique index backlog_later on backlog (kind, not_before, id) where not_before is not null;
