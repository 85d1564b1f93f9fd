/** What a project that is ready takes, since when it is ready, and which trees a worker has. */
export const holdings = `
-- The digests of what it takes, in order, as it became ready; null of one that an older contractor has made ready.
alter table contractor.projects add column needs text[];
alter table contractor.projects add column ready_at timestamptz;

-- By digest, the bytes of trees of its store: see ../placement/holdings.ts.
alter table contractor.workers add column holds jsonb not null default '{}';
`;
