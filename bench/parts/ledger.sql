\set worker random(10, 59)
BEGIN;
SAVEPOINT whole;
SELECT min(a.id) FILTER (WHERE a.kind = 'job_reserved') AS reserved, min(a.id) FILTER (WHERE a.kind = 'worker_pending') AS pending, min(a.id) FILTER (WHERE a.kind = 'platform_fee') AS fee FROM accounts a JOIN unnest(ARRAY['job_reserved', 'worker_pending', 'platform_fee'], ARRAY['job:00000000-0000-7000-8000-0000000000' || (10 + :client_id)::text, 'worker:00000000-0000-7000-9000-0000000000' || :worker::text, 'job:00000000-0000-7000-8000-0000000000' || (10 + :client_id)::text], ARRAY['USD', 'USD', 'USD']) AS k(kind, owner, currency) USING (kind, owner, currency) \gset
INSERT INTO journals (id, kind, ref, source, currency, at, reverses) SELECT id, kind, ref, source, currency, now(), reverses FROM unnest(ARRAY[gen_random_uuid()], ARRAY['approve'], ARRAY[gen_random_uuid()::text], ARRAY['pgbench'], ARRAY['USD'], ARRAY[NULL::uuid]) AS new(id, kind, ref, source, currency, reverses) ON CONFLICT (kind, ref) DO NOTHING RETURNING id AS journal \gset
INSERT INTO postings (journal_id, place, account_id, currency, micros) SELECT * FROM unnest(ARRAY[:journal::text::uuid, :journal::text::uuid, :journal::text::uuid], ARRAY[0, 1, 2]::smallint[], ARRAY[:reserved::bigint, :pending::bigint, :fee::bigint], ARRAY['USD', 'USD', 'USD'], ARRAY[60000, -50000, -10000]::bigint[]);
RELEASE SAVEPOINT whole;
COMMIT;
