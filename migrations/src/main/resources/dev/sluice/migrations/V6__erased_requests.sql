-- How far payloads and results of a kind's requests of a day are deleted, once the kind's own retention is over and the
-- day is still there for kinds that keep longer. The requests themselves stay until their day is dropped.
create table request_erased (
    day        date    not null,
    kind       text    not null,
    -- Where the pass through the day stands; null between two passes.
    last_id    uuid,
    -- Left for another pass: requests that were open, and those whose own time was not over.
    open       boolean not null default false,
    keep_until timestamptz,
    -- Once nothing is left.
    erased_at  timestamptz,
    primary key (day, kind)
);
