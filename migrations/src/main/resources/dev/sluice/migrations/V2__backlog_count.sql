-- How much waits, by kind. To count a million rows takes a quarter of a second each time, so whoever writes to the backlog leaves the
-- difference, in the same transaction: one small row a statement and kind. A sum of few rows is the exact size; nobody waits for a
-- shared counter. The gateway that owns a kind folds its rows into one.
create table backlog_count (
    id       bigint generated always as identity primary key,
    kind     text   not null,
    requests bigint not null,
    bytes    bigint not null
) with (
    autovacuum_vacuum_scale_factor = 0.02,
    autovacuum_vacuum_threshold = 5000,
    autovacuum_vacuum_cost_delay = 0
);

-- In the schema, so that the previous version of the gateway and people with a console count as well.
create function sluice_count_backlog() returns trigger
    language plpgsql as
$$
begin
    insert into backlog_count (kind, requests, bytes)
    select kind, sign * count(*), sign * sum(bytes)
    from changed, (select case tg_op when 'INSERT' then 1 else -1 end as sign) s
    group by kind, sign;
    return null;
end
$$;

create trigger backlog_inserted after insert on backlog
    referencing new table as changed for each statement execute function sluice_count_backlog();
create trigger backlog_deleted after delete on backlog
    referencing old table as changed for each statement execute function sluice_count_backlog();

-- The triggers keep writers out until this step is committed: nothing comes between.
insert into backlog_count (kind, requests, bytes) select kind, count(*), sum(bytes) from backlog group by kind;
