-- The attempt that a stored failure belongs to: the request may be on a later one, or have succeeded. Null for failures
-- that were stored before; they count as failures of the last attempt.
set local lock_timeout = '5s'; -- whoever waits for this table makes all others wait: give up, and be started again

alter table request add column failure_attempt integer;
