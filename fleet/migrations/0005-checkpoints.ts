/** Steps that are done, of projects that share them while they run. */
export const checkpoints = `
-- 'step': its steps are shared. Null: it begins anew with another worker.
alter table contractor.projects add column checkpoint text;

create table contractor.checkpoints (
  run text not null references contractor.runs on delete cascade,
  project text not null,
  -- The place of the step in its project, from 0.
  position integer not null,
  -- Who has told it: for whoever comes after that one, it is a checkpoint.
  worker text not null,
  -- See SharedStep.
  step jsonb not null,
  -- Another worker did not go on behind it: it is of a line that has come to nothing.
  is_void boolean not null default false,
  primary key (run, project, position)
);
`;
