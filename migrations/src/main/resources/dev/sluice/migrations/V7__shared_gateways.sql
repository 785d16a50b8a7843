-- Whether a gateway reaches the broker, so that it gets a share of kinds and reports. Gateways of earlier versions say
-- nothing, and own what they claim.
set local lock_timeout = '5s'; -- whoever waits for this table makes all others wait: give up, and be started again

alter table gateway add column connected boolean not null default true;

-- How many requests a silent processor had, before any of them was taken back.
alter table processor add column silent_runs integer;
