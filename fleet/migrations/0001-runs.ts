/** Runs with their projects, events, artifacts and logs. Times are in milliseconds since 1970. */
export const runs = `
create table contractor.runs (
  id text primary key,
  created_at bigint not null,
  spec_name text not null,
  spec_text text not null,
  -- The text of the lock beside the specification.
  lock_text text,
  options jsonb not null,
  -- The number of its last event: whoever raises it holds the row, so events come one after the other.
  last_seq integer not null default 0,
  cancel_requested_at bigint,
  result text check (result in ('built', 'failed', 'cancelled')),
  ended_at bigint
);
create index runs_by_age on contractor.runs (created_at desc);

create table contractor.projects (
  run text not null references contractor.runs on delete cascade,
  name text not null,
  position integer not null,
  depends_on text[] not null,
  takes text[] not null,
  makes text[] not null,
  first_step text not null,
  queue text not null,
  state text not null default 'waiting'
    check (state in ('waiting', 'ready', 'running', 'built', 'failed', 'cancelled', 'skipped')),
  because text,
  -- The job in the queue, and which attempt at it is the one that may write, of which process.
  job uuid,
  attempt integer not null default -1,
  holder text,
  -- How many workers were lost that had it.
  losses integer not null default 0,
  -- How often it has written: what it writes once more, as it has heard no answer, is known by that.
  told integer not null default 0,
  -- Where the steps have run: the worker, its store and the run there.
  worker text,
  worker_store text,
  worker_run text,
  primary key (run, name)
);
create index projects_of_worker on contractor.projects (worker) where state = 'running';

create table contractor.events (
  run text not null references contractor.runs on delete cascade,
  seq integer not null,
  event jsonb not null,
  primary key (run, seq)
);

create table contractor.artifacts (
  name text not null,
  version integer not null,
  digest text not null,
  created_at bigint not null,
  made_by text,
  primary key (name, version)
);

-- When somebody last looked for workers that are lost, and from when on any may be taken to be. See ../pulse.ts.
create table contractor.pulse (
  one boolean primary key default true check (one),
  looked_at timestamptz not null default '-infinity',
  due_at timestamptz not null default 'infinity'
);
insert into contractor.pulse default values;

-- Which version of an artifact a run takes, or has made.
create table contractor.run_artifacts (
  run text not null references contractor.runs on delete cascade,
  name text not null,
  digest text not null,
  primary key (run, name)
);

create table contractor.logs (
  run text not null references contractor.runs on delete cascade,
  attempt text not null,
  -- How many bytes come before these.
  starts_at bigint not null,
  bytes bytea not null,
  primary key (run, attempt, starts_at)
);
`;
