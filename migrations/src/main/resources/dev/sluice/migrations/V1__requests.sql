-- Requests, their payloads, results and logs: range-partitioned by id (UUIDv7, so by time) from the first day on.
-- No DEFAULT partition: a request without a day has nowhere to hide; the gateway is not ready then.

create table request (
    id            uuid        not null,
    client        text        not null,
    kind          text        not null,
    state         smallint    not null,
    -- Out at broker or processor. The only predicate of an index: it changes at most twice a run, so other updates stay HOT.
    dispatched    boolean     not null,
    dispatch      integer     not null default 0,
    delivery      integer     not null default 0,
    ordinal       integer     not null default 0,
    seq           integer     not null default 1,
    attempt       integer     not null default 0,
    max_attempts  integer     not null,
    crashes       smallint    not null default 0,
    alone         boolean     not null default false,
    cost          integer     not null,
    timeout_ms    bigint      not null,
    created_at    timestamptz not null,
    updated_at    timestamptz not null,
    expires_at    timestamptz not null,
    -- Of the first dispatch and of the last one: the first is shown, the last is evidence.
    queued_at     timestamptz,
    dispatched_at timestamptz,
    done_at       timestamptz,
    -- The gateway that dispatched last, and the processor that runs it now.
    gateway       uuid,
    processor     uuid,
    traceparent   text,
    failure_class text,
    failure_code  text,
    failure_title text,
    failure_detail text,
    primary key (id)
) partition by range (id);

create index request_dispatched on request (kind, id) where dispatched;

create table request_payload (
    id           uuid  not null,
    content_type text  not null,
    body         bytea not null,
    primary key (id)
) partition by range (id);

create table request_result (
    id           uuid  not null,
    content_type text  not null,
    body         bytea not null,
    primary key (id)
) partition by range (id);

-- One row per request per journal batch: its events together, as a JSON array in UTF-8.
create table request_log (
    id        uuid    not null,
    first_seq integer not null,
    last_seq  integer not null,
    dispatch  integer not null,
    delivery  integer not null,
    ordinal   integer not null,
    events    bytea   not null,
    primary key (id, first_seq)
) partition by range (id);

-- Accepted requests that wait for their turn, in the order of due_at.
create table backlog (
    kind   text        not null,
    due_at timestamptz not null,
    id     uuid        not null,
    client text        not null,
    bytes  integer     not null,
    primary key (kind, due_at, id)
) with (
    autovacuum_vacuum_scale_factor = 0.02,
    autovacuum_vacuum_threshold = 5000,
    autovacuum_vacuum_cost_delay = 0
);

-- Policy of a kind; every change raises the version.
create table kind (
    name             text        not null primary key,
    max_window       integer     not null,
    max_envelope     integer     not null,
    max_attempts     integer     not null,
    timeout_ms       bigint      not null,
    backoff_ms       bigint      not null,
    max_backoff_ms   bigint      not null,
    max_payload_bytes integer    not null,
    max_result_bytes integer     not null,
    max_backlog      bigint      not null,
    max_backlog_bytes bigint     not null,
    retention_s      bigint      not null,
    content_types    text[]      not null default '{}',
    updated_at       timestamptz not null default now()
);

-- The one gateway that dispatches a kind: a lease.
create table kind_owner (
    kind       text        not null primary key,
    gateway    uuid        not null,
    expires_at timestamptz not null
);

-- Gateways that live, or died and are not yet looked after.
create table gateway (
    id         uuid        not null primary key,
    host       text        not null,
    started_at timestamptz not null,
    renewed_at timestamptz not null
);

-- What the last heartbeat of each processor said.
create table processor (
    id            uuid        not null primary key,
    host          text        not null,
    version       text        not null,
    started_at    timestamptz not null,
    heard_at      timestamptz not null,
    interval_ms   integer     not null,
    tokens        integer     not null,
    tokens_in_use integer     not null,
    stopping      boolean     not null,
    kinds         text        not null
);

-- The broker we know: its marker queue carries this id.
create table broker_epoch (
    only_row boolean     not null primary key default true check (only_row),
    epoch    uuid        not null,
    since    timestamptz not null
);

-- The days that exist: what is before the first was never issued, what is between the first and the oldest kept is gone.
create table request_day (
    day        date        not null primary key,
    created_at timestamptz not null default now(),
    dropped_at timestamptz
);

-- The smallest UUIDv7 of a moment: partitions begin and end at UTC midnights.
create function sluice_first_id(moment timestamptz) returns uuid
    language sql immutable strict parallel safe
    return (substr(lpad(to_hex((extract(epoch from moment) * 1000)::bigint), 12, '0'), 1, 8) || '-'
        || substr(lpad(to_hex((extract(epoch from moment) * 1000)::bigint), 12, '0'), 9, 4)
        || '-0000-0000-000000000000')::uuid;

-- Creates the partitions of a day, unless they are there. Created apart and then attached, so that readers and writers of other days
-- wait for the attach only; one at a time, because several gateways sweep.
create function sluice_create_day(wanted date) returns boolean
    language plpgsql as
$$
declare
    parent  text;
    part    text;
    from_id uuid := sluice_first_id(wanted::timestamp at time zone 'UTC');
    to_id   uuid := sluice_first_id((wanted + 1)::timestamp at time zone 'UTC');
begin
    perform pg_advisory_xact_lock(hashtext('sluice_day'));
    if exists (select from request_day where day = wanted) then
        return false;
    end if;
    foreach parent in array array ['request', 'request_payload', 'request_result', 'request_log']
        loop
            part := parent || '_' || to_char(wanted, 'YYYYMMDD');
            execute format('create table %I (like %I including defaults including constraints)', part, parent);
            execute format('alter table %I attach partition %I for values from (%L) to (%L)', parent, part, from_id, to_id);
        end loop;
    part := to_char(wanted, 'YYYYMMDD');
    -- Room for a second version of each row: rows of one time change together, in one batch. The step to RUNNING then stays on its
    -- page and touches no index; those that enter or leave the index of dispatched requests cannot.
    execute format('alter table request_%s set (fillfactor = 45, autovacuum_vacuum_scale_factor = 0.05)', part);
    -- A payload is read as often as it is written; what is small is not worth compressing.
    execute format('alter table request_payload_%s alter column body set storage external', part);
    execute format('alter table request_result_%s alter column body set storage external', part);
    insert into request_day (day) values (wanted);
    return true;
end
$$;

-- Drops a day with all its requests; the caller has made sure that none of them is open or still kept. It needs the parents for a
-- moment; whoever waits for that lock stops everybody behind it, so it gives up soon and is tried again another time.
create function sluice_drop_day(unwanted date) returns void
    language plpgsql
    set lock_timeout = '1s'
as
$$
declare
    parent text;
begin
    perform pg_advisory_xact_lock(hashtext('sluice_day'));
    foreach parent in array array ['request_log', 'request_result', 'request_payload', 'request']
        loop
            execute format('drop table if exists %I', parent || '_' || to_char(unwanted, 'YYYYMMDD'));
        end loop;
    update request_day set dropped_at = now() where day = unwanted;
end
$$;

-- Yesterday too: a clock may be behind.
do
$$
begin
    perform sluice_create_day((now() at time zone 'UTC')::date + d) from generate_series(-1, 7) d;
end
$$;
