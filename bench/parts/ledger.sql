\set worker random(10, 59)
BEGIN;
SELECT journal, is_new FROM ledger_write(now(), ARRAY['job_reserved', 'worker_pending', 'platform_fee'], ARRAY['job:00000000-0000-7000-8000-0000000000' || (10 + :client_id)::text, 'worker:00000000-0000-7000-9000-0000000000' || :worker::text, 'job:00000000-0000-7000-8000-0000000000' || (10 + :client_id)::text], ARRAY['USD', 'USD', 'USD'], ARRAY[-1, -1, -1]::smallint[], ARRAY[true, true, false], ARRAY[gen_random_uuid()], ARRAY['approve'], ARRAY[gen_random_uuid()::text], ARRAY['pgbench'], ARRAY['USD'], ARRAY[NULL::uuid], ARRAY[1, 1, 1], ARRAY[0, 1, 2]::smallint[], ARRAY[1, 2, 3], ARRAY[60000, -50000, -10000]::bigint[]);
COMMIT;
