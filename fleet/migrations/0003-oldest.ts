/** Says with each migration which programs can go on with the database once it is made: see Migration. */
export const oldest = `
alter table contractor.migrations add column oldest integer not null default 1;
`;
