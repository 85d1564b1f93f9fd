/** Which workers live, what they are, and the queues of projects that ask for more than any worker. */
export const workers = `
create table contractor.workers (
  name text primary key,
  -- What projects can ask for: see HostTraits.
  traits jsonb not null,
  jobs integer not null,
  -- It lives until then, if nothing more is heard of it. By the clock of the database, like all such times.
  until timestamptz not null
);

create table contractor.queues (
  name text primary key,
  -- What a worker has to be to take from it: see RunsOn.
  runs_on jsonb not null
);
create index projects_by_queue on contractor.projects (queue) where state in ('ready', 'running');
`;
