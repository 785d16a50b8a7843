-- The due_at of a request's place in the backlog, so that a cancel finds the place by its key. Null while the place is
-- the one it got when it was accepted: there due_at is created_at. No index has it, so that updates stay on their page.
set local lock_timeout = '5s'; -- whoever waits for this table makes all others wait: give up, and be started again

alter table request add column due_at timestamptz;
