// fleet/ of 2aceb48, by scripts/freeze-worker.ts: never changed by hand.
import { ContractorError } from "../../../errors.ts";
import { existsSync, mkdirSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { checkServerIdentity } from "node:tls";
import { setTimeout } from "node:timers/promises";
import { createHash, randomUUID } from "node:crypto";
import { dirname, join, resolve } from "node:path";
import { lockFileText, lockPath, missingOf, runDecision } from "../../../index.ts";
import { fileURLToPath } from "node:url";
import { open } from "node:fs/promises";
// fleet/connection.ts
/** `require` of libpq takes any certificate, and so anybody on the way: whoever wants that has to say it by its name. */
const MODES = {
	disable: "plain",
	"no-verify": "none",
	"verify-ca": "authority",
	require: "host",
	"verify-full": "host"
};
const FILES = [
	["sslrootcert", "PGSSLROOTCERT"],
	["sslcert", "PGSSLCERT"],
	["sslkey", "PGSSLKEY"]
];
/** What is not among them the driver would pass over, or understand in another way than libpq. */
const PARAMETERS = /* @__PURE__ */ new Set([
	"host",
	"port",
	"sslmode",
	"sslrootcert",
	"sslcert",
	"sslkey",
	"application_name"
]);
/**
* Reads an address of PostgreSQL. Pure. To another host it is encrypted, and the host has to prove who it is, unless the
* address says otherwise: nothing falls back to what anybody on the way can read.
*
* @throws USAGE
*/
function connectionTo(url, environment) {
	const parsed = addressOf(url);
	const host = parsed.searchParams.get("host") || decodeURIComponent(parsed.hostname) || environment.PGHOST || "localhost";
	const named = new URL(parsed);
	named.password = "";
	const tls = host.startsWith("/") ? void 0 : tlsDemand(parsed, host, environment);
	for (const [name] of FILES) parsed.searchParams.delete(name);
	parsed.searchParams.delete("sslmode");
	return {
		name: named.href,
		connectionString: parsed.href,
		tls
	};
}
function addressOf(url) {
	const parsed = URL.parse(url);
	if (parsed === null || !/^postgres(ql)?:$/.test(parsed.protocol) || !isDecodable(parsed.hostname)) throw refusal("`--database` is no address of a PostgreSQL database.", "Write it as postgres://USER@HOST/DATABASE; a password is best in ~/.pgpass.");
	for (const name of parsed.searchParams.keys()) {
		if (PARAMETERS.has(name)) continue;
		throw refusal(`\`--database\` has a parameter that is not understood: \`${name.slice(0, 40)}\`.`, `Understood are ${[...PARAMETERS].join(", ")}. A password is best in ~/.pgpass.`);
	}
	for (const name of PARAMETERS) if (parsed.searchParams.getAll(name).length > 1) throw refusal(`\`--database\` has \`${name}\` twice.`, "Say it once.");
	return parsed;
}
function isDecodable(text) {
	try {
		return true;
	} catch {
		return false;
	}
}
/** Sockets of this host need none, whatever is said: as with libpq. */
function tlsDemand(parsed, host, environment) {
	const files = {};
	for (const [name, variable] of FILES) {
		const file = parsed.searchParams.get(name) || environment[variable];
		if (file) files[name] = file;
	}
	const isHere = /^(?:localhost|127(?:\.\d{1,3}){3}|\[?::1\]?)$/i.test(host);
	const asked = parsed.searchParams.get("sslmode") || environment.PGSSLMODE;
	const byDefault = isHere && Object.keys(files).length === 0 ? "plain" : "host";
	const verify = asked ? MODES[asked] : byDefault;
	if (verify === void 0) throw refusal(`The mode of encryption \`${String(asked).slice(0, 40)}\` is not understood, or may fall back to none.`, "Say `sslmode=verify-full`, or `sslmode=disable` for none at all.");
	if (verify === "authority" && files.sslrootcert === void 0) throw refusal("`sslmode=verify-ca` without `sslrootcert` would take any host that a public authority knows.", "Name the certificate of your authority with `sslrootcert=FILE`, or say `sslmode=verify-full`.");
	if (files.sslcert === void 0 !== (files.sslkey === void 0)) throw refusal("`sslcert` and `sslkey` belong together: one of them is missing.", "Name the certificate and its key.");
	return verify === "plain" ? void 0 : {
		verify,
		host: host.replace(/^\[(.*)\]$/, "$1"),
		files
	};
}
function refusal(message, mend) {
	return new ContractorError("USAGE", message, mend);
}
// fleet/load-packages.ts
/**
* The two packages that a build on one machine does without: they are installed by who wants workers.
*
* @throws USAGE where they are not
*/
async function loadPackages() {
	try {
		const [forPostgres, forQueues] = await Promise.all([import("pg"), import("pg-boss")]);
		return {
			pg: forPostgres.default,
			PgBoss: forQueues.PgBoss
		};
	} catch (error) {
		if (!(error instanceof Error) || !("code" in error) || error.code !== "ERR_MODULE_NOT_FOUND") throw error;
		throw new ContractorError("USAGE", "`--database` needs the packages `pg` and `pg-boss`, which are not installed beside contractor.", "Install them where contractor is: `npm install pg pg-boss`, or `npm install --global pg pg-boss`.", { cause: error });
	}
}
// fleet/tls-options.ts
const MEANINGS = {
	sslrootcert: "ca",
	sslcert: "cert",
	sslkey: "key"
};
/**
* What Node's TLS is told of a connection. Its files are read again with each connection, as certificates are renewed while
* a worker lives.
*
* @throws USAGE where a file cannot be read
*/
function tlsOptions({ verify, host, files }) {
	const options = {
		rejectUnauthorized: verify !== "none",
		checkServerIdentity: (_, certificate) => verify === "host" ? checkServerIdentity(host, certificate) : void 0
	};
	for (const [name, file] of Object.entries(files)) {
		const content = renewed(name, file);
		Object.defineProperty(options, MEANINGS[name], {
			get: content,
			enumerable: true,
			configurable: true
		});
	}
	return options;
}
/** The content of a file, now; while it cannot be read, what it was before. */
function renewed(name, file) {
	let content;
	try {
		content = readFileSync(file, "utf8");
	} catch (cause) {
		throw new ContractorError("USAGE", `The file of \`${name}\` cannot be read: ${cause.message}.`, "Name a file that this user may read.", { cause });
	}
	return () => {
		try {
			content = readFileSync(file, "utf8");
		} catch {}
		return content;
	};
}
// fleet/database.ts
/** Longer than a busy server needs; a server that is cut off says nothing at all. */
const ANSWER_MS = 3e4;
/** Who stops in the middle of a transaction, or is cut off, must not hold what others wait for. */
const IDLE_MS = 1e4;
const CONNECT_MS = 1e4;
/** Opens nothing yet: the first question connects. @throws USAGE where the address is none of PostgreSQL's */
async function openDatabase(url) {
	const { name, connectionString, tls } = connectionTo(url, process.env);
	const ssl = tls === void 0 ? false : tlsOptions(tls);
	const { pg: packageOfPg } = await loadPackages();
	const pool = new packageOfPg.Pool({
		connectionString,
		ssl,
		connectionTimeoutMillis: CONNECT_MS,
		query_timeout: ANSWER_MS,
		idle_in_transaction_session_timeout: IDLE_MS,
		keepAlive: true,
		max: 8,
		application_name: "contractor"
	});
	pool.on("error", ignored);
	const ask = async (client, text, values) => {
		return [await (values === void 0 ? client.query(text) : client.query(text, [...values]))].flat().flatMap(({ rows }) => rows ?? []);
	};
	return {
		name,
		query: async (text, values) => await ask(pool, text, values),
		transaction: async (use) => {
			const client = await pool.connect();
			client.on("error", ignored);
			let broken;
			try {
				await client.query("begin");
				const result = await use({ query: async (text, values) => await ask(client, text, values) });
				await client.query("commit");
				return result;
			} catch (error) {
				await client.query("rollback").catch((failed) => {
					broken = failed instanceof Error ? failed : new Error(String(failed));
				});
				throw error;
			} finally {
				client.off("error", ignored);
				client.release(broken);
			}
		},
		close: async () => await pool.end()
	};
}
const ignored = () => void 0;
/** Whether somebody else answered than who was asked for, or nobody who encrypts: nothing was sent. */
function isUnproven(error) {
	if (!(error instanceof Error)) return false;
	if (error instanceof AggregateError) return error.errors.some(isUnproven);
	const code = "code" in error ? String(error.code) : "";
	return UNPROVEN.test(code) || /^The server does not support SSL|SSL establishment/.test(error.message);
}
/** Node's, by X509_verify_cert_error_string(3) and of its TLS. */
const UNPROVEN = /^(ERR_TLS_\w+|ERR_SSL_\w+|EPROTO|CERT_\w+|CRL_\w+|UNABLE_TO_\w+|DEPTH_ZERO_SELF_SIGNED_CERT|SELF_SIGNED_CERT_IN_CHAIN|INVALID_\w+|HOSTNAME_MISMATCH|PATH_LENGTH_EXCEEDED|ERROR_IN_CERT_\w+)$/;
/** Whether an error says that the server cannot be talked to now, and may be later. */
function isAway(error) {
	if (!(error instanceof Error)) return false;
	if (error instanceof AggregateError) return error.errors.some(isAway);
	if (isUnproven(error)) return true;
	const code = "code" in error ? String(error.code) : "";
	if (code === "ENOENT") return "syscall" in error && error.syscall === "connect";
	if (/^(08...|57P0[123]|53300|25P03|ECONN\w+|ENOTFOUND|EAI_AGAIN|ETIMEDOUT|EHOSTUNREACH|ENETUNREACH|EPIPE)$/.test(code)) return true;
	return /^Connection terminated|timeout exceeded when trying to connect|^Query read timeout|^Client has encountered/.test(error.message);
}
/** Whether the same is to be asked again at once: two transactions were in each other's way. */
function isConflict(error) {
	return error instanceof Error && "code" in error && /^40(001|P01)$/.test(String(error.code));
}
/** What is behind an error of the database, as a refusal; other errors as they are. */
function databaseRefusal(error, name) {
	if (error instanceof ContractorError) return error;
	const isSql = error instanceof Error && "code" in error && /^[0-9A-Z]{5}$/.test(String(error.code));
	if (!isAway(error) && !isSql) return error;
	const said = error instanceof AggregateError ? String(error.errors[0]) : error.message;
	if (isUnproven(error)) return new ContractorError("DATABASE_UNUSABLE", `The database ${name} does not prove who it is, and nothing was sent to it: ${said}.`, "Check that it is who is meant, and has `ssl = on`. Name the certificate of its authority with `?sslrootcert=FILE`; docs/fleet.md has the rest.", { cause: error });
	return new ContractorError("DATABASE_UNUSABLE", `The database ${name} ${isAway(error) ? "cannot be reached" : "refuses"}: ${said}.`, isAway(error) ? "Check the address, and that the server runs and may be reached from here." : "Check the user, its password and its rights: docs/fleet.md has the SQL that grants them.", { cause: error });
}
// fleet/migrations/migrations.ts
/** In the order in which they are made; the number of one is its place, from 1. One that has been released never changes. */
const MIGRATIONS = [
	{ sql: `
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
` },
	{ sql: `
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
` },
	{ sql: `
alter table contractor.migrations add column oldest integer not null default 1;
` },
	{ sql: `
-- The digests of what it takes, in order, as it became ready; null of one that an older contractor has made ready.
alter table contractor.projects add column needs text[];
alter table contractor.projects add column ready_at timestamptz;

-- By digest, the bytes of trees of its store: see ../placement/holdings.ts.
alter table contractor.workers add column holds jsonb not null default '{}';
` }
];
// fleet/migrate.ts
/** Any number that no other program of the database takes: "contract" in ASCII. */
const LOCK = "7165071187022934900";
/** As long as a table is waited for at once: whoever asks for it meanwhile waits behind us. */
const LOCK_MS = 2e3;
const AGAIN_MS = 500;
const ATTEMPTS = 20;
/**
* Brings the schema `contractor` to the version that this program knows, also while older programs work with it. A user who may
* not make tables can use one that is there: it is looked at first, and the lock is taken only where something is to be made.
*
* @throws DATABASE_OF_OTHER_VERSION where it is newer, and not for programs of this version any more
*/
async function migrate(database, migrations = MIGRATIONS) {
	const known = migrations.length;
	if (usable(await schemaVersion(database), known).version >= known) return;
	for (let attempt = 1;; attempt += 1) {
		try {
			await database.transaction(async (queries) => await makeMissing(queries, migrations));
			return;
		} catch (error) {
			if (!isInTheWay(error) || attempt === ATTEMPTS) throw error;
		}
		await setTimeout(AGAIN_MS);
	}
}
async function makeMissing(queries, migrations) {
	await queries.query(`set local lock_timeout = ${LOCK_MS}`);
	await queries.query(`select pg_advisory_xact_lock(${LOCK})`);
	const { version } = usable(await schemaVersion(queries), migrations.length);
	if (version === 0) {
		await queries.query("create schema if not exists contractor");
		await queries.query("create table contractor.migrations (number integer primary key)");
	}
	for (const [index, { sql, oldest = 1 }] of migrations.entries()) {
		const number = index + 1;
		if (number <= version) continue;
		if (oldest > 1) await queries.query("lock table contractor.runs, contractor.projects in exclusive mode");
		await queries.query(sql);
		await queries.query("insert into contractor.migrations (number) values ($1)", [number]);
		if (oldest > 1) await queries.query("update contractor.migrations set oldest = $2 where number = $1", [number, oldest]);
	}
}
/** How many migrations a program has to know, as a part of another question; for {@link assertKnows}. */
const OLDEST = "(select max(oldest) from contractor.migrations)";
/** That this program may use a database of which it has heard so much. @throws DATABASE_OF_OTHER_VERSION */
function assertKnows(oldest) {
	usable({
		version: oldest,
		oldest
	}, MIGRATIONS.length);
}
/** That it may still, since the database was opened. @throws DATABASE_OF_OTHER_VERSION */
async function assertUsable(queries) {
	const [row] = await queries.query(`select ${OLDEST} as oldest`);
	assertKnows(row?.oldest ?? 0);
}
async function schemaVersion(queries) {
	const [found] = await queries.query(`select exists (select from pg_class join pg_namespace on pg_namespace.oid = relnamespace
       where nspname = 'contractor' and relname = 'migrations') as there`);
	if (found?.there !== true) return {
		version: 0,
		oldest: 1
	};
	const [row] = await queries.query(`select coalesce(max(number), 0)::integer as version, coalesce(max((to_jsonb(m)->>'oldest')::integer), 1) as oldest
     from contractor.migrations m`);
	return row ?? {
		version: 0,
		oldest: 1
	};
}
function usable(found, known) {
	if (found.oldest <= known) return found;
	throw new ContractorError("DATABASE_OF_OTHER_VERSION", `The schema \`contractor\` of the database can be used by programs that know its version ${found.oldest}; this contractor knows ${known}.`, "Use the newer contractor on this host too.");
}
/** Also where two wait for each other. */
function isInTheWay(error) {
	return isConflict(error) || error instanceof Error && "code" in error && error.code === "55P03";
}
/** Often enough, and at most so often, however many workers there are. */
const LOOK_S = 2;
/**
* Whether this is the moment, and this the worker, to give projects of lost workers to others.
*
* A worker is lost that has not said for a while that it lives. But when nobody could say so, as the database was away or
* the network cut, that tells nothing: then nobody has looked here either, and all get the time of a heartbeat first. All
* by the clock of the database.
*/
async function isTimeToRecover(queries) {
	const [row] = await queries.query(`update contractor.pulse set looked_at = now(), due_at =
       case when looked_at < greatest(now() - $1 * interval '1 second', pg_postmaster_start_time())
         then now() + $1 * interval '1 second' else due_at end
     where looked_at < now() - $2 * interval '1 second'
     returning due_at <= now() as due`, [10, LOOK_S]);
	return row?.due === true;
}
// fleet/queue.ts
/** The longest that pg-boss lets a job take; a touch does not lengthen it. */
const LONGEST_S = 86399;
/** How often a job may be given to another worker: more than any project needs, as claims count by themselves. */
const MOST_RETRIES = 1e3;
/** Tables of their own, beside the schema `contractor`. */
const SCHEMA = "contractor_queue";
/** As long as a job may wait for a worker: pg-boss removes those that have waited longer. */
const LONGEST_WAIT_S = 15768e4;
/** What projects wait in that any worker may take. */
const QUEUE = "project";
/** Opens the queues, and makes their tables where there are none. */
async function openQueue(database, names) {
	const { PgBoss } = await loadPackages();
	const boss = new PgBoss({
		db: adapter(database),
		schema: SCHEMA,
		supervise: false,
		schedule: false,
		registerInstance: false,
		monitorIntervalSeconds: 1,
		superviseIntervalSeconds: 1,
		bamIntervalSeconds: 86400
	});
	boss.on("error", () => void 0);
	const make = async (name) => {
		if (await boss.getQueue(name) !== null) return;
		await boss.createQueue(name, {
			heartbeatSeconds: 10,
			expireInSeconds: LONGEST_S,
			retryLimit: MOST_RETRIES,
			retryDelay: 0,
			retentionSeconds: LONGEST_WAIT_S
		});
	};
	try {
		await boss.start();
		for (const name of names) await make(name);
	} catch (error) {
		await boss.stop({ graceful: false }).catch(() => void 0);
		throw error;
	}
	return {
		make,
		send: async (queries, queue, all) => {
			const jobs = all.map(({ data, group: id }) => ({
				id: randomUUID(),
				data,
				group: { id }
			}));
			await boss.insert(queue, jobs, { db: adapter(queries) });
			return jobs.map(({ id }) => id);
		},
		fetch: async (queue, count, passedOver = []) => {
			return (await boss.fetch(queue, {
				batchSize: count,
				includeMetadata: true,
				ignoreGroups: [...passedOver]
			}).catch(async (error) => {
				if (!isAway(error) && await boss.getQueue(queue) === null) return [];
				throw error;
			})).map(({ id, retryCount, data }) => ({
				id,
				retryCount,
				data: dataOf(data)
			}));
		},
		touch: async (queue, { id, retryCount }) => hasAffected(await boss.touch(queue, {
			id,
			retryCount
		})),
		complete: async (queries, queue, { id, retryCount }) => hasAffected(await boss.complete(queue, {
			id,
			retryCount
		}, null, { db: adapter(queries) })),
		cancel: async (queries, queue, ids) => {
			if (ids.length > 0) await boss.cancel(queue, [...ids], { db: adapter(queries) });
		},
		isGivenBack: async (queue, id) => {
			const [job] = await boss.findJobs(queue, { id });
			return job === void 0 || job.state !== "active";
		},
		recover: async () => {
			if (await isTimeToRecover(database)) await boss.supervise();
		},
		close: async () => await boss.stop({ graceful: false })
	};
}
function adapter(queries) {
	return { executeSql: async (text, values) => ({ rows: await queries.query(text, values) }) };
}
/** A job that somebody else has made names nothing, and so is done with at once. */
function dataOf(data) {
	const { run, project } = data ?? {};
	return typeof run === "string" && typeof project === "string" ? {
		run,
		project
	} : {
		run: "",
		project: ""
	};
}
function hasAffected(response) {
	return "affected" in response && Number(response.affected) > 0;
}
// fleet/open-fleet.ts
/** Connects, and brings the schema to the version that this program knows. @throws DATABASE_UNUSABLE, DATABASE_OF_OTHER_VERSION */
async function openFleet(url) {
	const database = await openDatabase(url);
	try {
		await migrate(database);
		const queue = await openQueue(database, [QUEUE]);
		return {
			database,
			queue,
			[Symbol.asyncDispose]: async () => {
				await queue.close().catch(() => void 0);
				await database.close();
			}
		};
	} catch (error) {
		await database.close();
		throw databaseRefusal(error, database.name);
	}
}
/** Opens a fleet for as long as `use` lasts. What the database refuses comes out as a refusal. */
async function withFleet(url, use) {
	await using fleet = await openFleet(url);
	try {
		return await use(fleet);
	} catch (error) {
		throw databaseRefusal(error, fleet.database.name);
	}
}
// fleet/kept-place.ts
/** The place as it is now. Where it is none yet, or no directory of this host, nothing is watched. */
function keptPlace(place) {
	const directory = directoryOf$1(place);
	const before = inodeOf(directory);
	const assertSame = () => {
		if (before === void 0 || inodeOf(directory) === before) return;
		throw new ContractorError("PLACE_UNUSABLE", `${place} is not the directory that it was: it is not mounted, or was moved.`, "Mount it again. If it is meant to be another one, start this worker again.");
	};
	return {
		isEmpty: () => {
			if (directory === void 0 || before === void 0) return false;
			try {
				return readdirSync(directory).length === 0;
			} catch (error) {
				assertSame();
				throw new ContractorError("PLACE_UNUSABLE", `${place} cannot be read: ${error instanceof Error ? error.message : String(error)}.`, "Let this user read it, and look whether the host that has it is there.", { cause: error });
			}
		},
		assertSame
	};
}
/** Says no to an empty place where workers have left artifacts. @throws PLACE_UNUSABLE */
function emptyPlaceRefusal(place) {
	return new ContractorError("PLACE_UNUSABLE", `${place} is empty, but workers have left artifacts for each other.`, "Mount it, or name the directory that the other workers have.");
}
/** The number alone: a network file system is another device each time that it is mounted. Of what cannot be asked there is none. */
function inodeOf(directory) {
	if (directory === void 0) return void 0;
	try {
		const found = statSync(directory);
		return found.isDirectory() ? found.ino : void 0;
	} catch {
		return;
	}
}
function directoryOf$1(place) {
	if (place.startsWith("file://")) return fileURLToPath(place);
	if (place.startsWith("file:")) return place.slice(5);
	return place.startsWith("/") ? place : void 0;
}
// fleet/artifact-exchange.ts
/** The place that stores exchange artifacts through: see docs/exchange.md. */
function exchangeAt(place, shelf) {
	const kept = keptPlace(place);
	return {
		assertKept: async (database) => {
			if (!kept.isEmpty()) return;
			const [one] = await database.query("select 1 from contractor.artifacts limit 1");
			if (one !== void 0) throw emptyPlaceRefusal(place);
		},
		push: async ({ name, version }, signal) => {
			kept.assertSame();
			await shelf.push(`${name}@${version}`, place, signal === void 0 ? {} : { signal });
			kept.assertSame();
		},
		pull: async ({ name, digest }, signal) => {
			kept.assertSame();
			try {
				await shelf.pull({
					name,
					digest
				}, place, signal === void 0 ? {} : { signal });
			} catch (error) {
				kept.assertSame();
				if (!(error instanceof ContractorError) || error.code !== "ARTIFACT_UNKNOWN") throw error;
				throw new ContractorError(error.code, `The artifact \`${name}@${digest.slice(0, 12)}\` is not where the workers leave artifacts for each other, ${place}.`, "Check that this worker has the same `--artifacts` as the others, that it is mounted here, and that nobody removes from it.", { cause: error });
			}
		}
	};
}
/** Whether the place, and not the artifact, is what is wrong: it may be better later. */
function isPlaceAway(error) {
	return error instanceof ContractorError && error.code === "PLACE_UNUSABLE";
}
// fleet/persistently.ts
const FIRST_WAIT_MS = 250;
const LONGEST_WAIT_MS = 5e3;
/**
* Does `act` again and again as long as the database cannot be reached. It may have been done although it failed: the
* answer can be what was lost. @throws DATABASE_UNUSABLE when that lasts
*/
async function persistently(act, patience) {
	const { name } = patience;
	return await whileAway(act, patience, {
		what: "database",
		isAway,
		refusal: (error) => databaseRefusal(error, name),
		gaveUp: (cause, waitedMs) => new ContractorError("DATABASE_UNUSABLE", `The database ${name} could not be reached for ${Math.round(waitedMs / 1e3)} s.`, "Check the server. A longer wait is set with `--give-up-after`.", { cause })
	});
}
/** The same for the place of artifacts. @throws PLACE_UNUSABLE when it stays away */
async function untilPlaceIsBack(act, patience) {
	return await whileAway(act, patience, {
		what: "place",
		isAway: isPlaceAway,
		refusal: (error) => error,
		gaveUp: (error) => error
	});
}
async function whileAway(act, { giveUpAfterMs, now, signal, onChange }, about) {
	let awaySince;
	for (let waitMs = FIRST_WAIT_MS;; waitMs = Math.min(waitMs * 2, LONGEST_WAIT_MS)) {
		try {
			const result = await act();
			if (awaySince !== void 0) onChange?.(about.what, false);
			return result;
		} catch (error) {
			if (isConflict(error)) continue;
			if (!about.isAway(error) || signal?.aborted === true) throw about.refusal(error);
			if (awaySince === void 0) onChange?.(about.what, true);
			awaySince ??= now();
			if (now() - awaySince >= giveUpAfterMs) throw about.gaveUp(error, giveUpAfterMs);
		}
		await setTimeout(waitMs, void 0, signal === void 0 ? {} : { signal }).catch(() => void 0);
	}
}
// fleet/bunches.ts
/**
* What comes one by one, in bunches: what has come while the last bunch was worked on, and within `gatherMs` of the first
* of them. What is over is not waited for.
*/
async function* bunches(events, gatherMs) {
	const pending = [];
	const over = new AbortController();
	const state = { woken: Promise.withResolvers() };
	const reading = (async () => {
		try {
			for await (const event of events) {
				pending.push(event);
				state.woken.resolve(void 0);
			}
		} finally {
			over.abort();
			state.woken.resolve(void 0);
		}
	})();
	reading.catch(() => void 0);
	while (!over.signal.aborted || pending.length > 0) {
		if (pending.length === 0) {
			await state.woken.promise;
			state.woken = Promise.withResolvers();
		}
		if (!over.signal.aborted) await setTimeout(gatherMs, void 0, { signal: over.signal }).catch(() => void 0);
		const bunch = pending.splice(0);
		if (bunch.length > 0) yield bunch;
	}
	await reading;
}
// fleet/placement/holdings.ts
/** What is smaller is fetched sooner than it is waited for. */
const LEAST_BYTES = 1024 ** 2;
/** So many are told of a worker, the newest. */
const MOST_TOLD = 100;
/** Pure: which trees of a store are worth to be told of. */
function holdingsOf(artifacts) {
	const newest = artifacts.filter(({ sizeBytes }) => sizeBytes >= LEAST_BYTES).toSorted((a, b) => b.createdAt - a.createdAt);
	const sizes = new Map(newest.map(({ digest, sizeBytes }) => [digest, sizeBytes]));
	return new Map([...sizes].slice(0, MOST_TOLD));
}
/** Tells which trees a worker has that has said that it lives. What it has told already is not written again. */
async function tellHoldings(queries, worker, holdings) {
	await queries.query("update contractor.workers set holds = $2::jsonb where name = $1 and holds is distinct from $2::jsonb", [worker, JSON.stringify(Object.fromEntries(holdings))]);
}
/** Holdings as they are in the database, whoever has written them: what says nothing holds nothing. */
function readHoldings(value) {
	return new Map(Object.entries(value ?? {}).filter((entry) => typeof entry[1] === "number" && entry[1] >= 0));
}
/** Pure: the bytes of what is needed that need not be fetched. */
function heldBytes(needs, holdings) {
	return needs.reduce((sum, digest) => sum + (holdings.get(digest) ?? 0), 0);
}
/** A worker takes what it has the trees of before what became ready so much earlier, and not before what is older. */
const HEAD_START_MS = 3e4;
/** What a job is known by in the queue: by what its project takes. */
function groupOf(needs) {
	return createHash("sha256").update(JSON.stringify(needs)).digest("hex").slice(0, 32);
}
/**
* Pure: which groups a worker passes over, each time that it takes from a queue at one look.
*
* What a free worker has that this one would have to fetch, is left to it for the grace. Of the rest, it first takes what no
* other could fetch less for, as long as nothing has waited much longer; and then anything.
*/
function passedOver(groups, { own, others }) {
	const isNearer = ({ needs }, { holds }) => heldBytes(needs, holds) >= heldBytes(needs, own) + LEAST_BYTES;
	const isLeft = (group) => group.waitedMs < 2e3 && others.some((other) => other.isFree && isNearer(group, other));
	const left = groups.filter(isLeft);
	const open = groups.filter((group) => !isLeft(group));
	const oldestMs = Math.max(...open.map(({ waitedMs }) => waitedMs));
	const first = open.filter((group) => group.waitedMs >= oldestMs - HEAD_START_MS && !others.some((other) => isNearer(group, other)));
	return (first.length === 0 || first.length === open.length ? [left] : [except(groups, first), left]).map((round) => round.map(({ needs }) => groupOf(needs)));
}
function except(groups, some) {
	return groups.filter((group) => !some.includes(group));
}
// fleet/records.ts
/** Options as they are in the database: what is none that we know is not given. */
function optionsOf(value) {
	const given = value ?? {};
	const { rebuild, lock } = given;
	const flags = [
		"keepGoing",
		"noCache",
		"offline",
		"strict"
	].filter((name) => given[name] === true);
	return {
		...Object.fromEntries(flags.map((name) => [name, true])),
		...Array.isArray(rebuild) ? { rebuild: rebuild.filter((name) => typeof name === "string") } : {},
		...lock === false ? { lock } : {}
	};
}
/**
* A run, held by this transaction until it ends. Whatever writes of a run or its projects holds the run first, so no
* two can wait for each other. Undefined where there is none.
*
* @throws DATABASE_OF_OTHER_VERSION where a newer program has made the database one that this must not write to
*/
async function lockRun(queries, id) {
	const [row] = await queries.query(`select created_at, options, cancel_requested_at is not null as cancelled, result, ${OLDEST} as oldest
     from contractor.runs where id = $1 for no key update`, [id]);
	if (row === void 0) return void 0;
	assertKnows(row.oldest);
	const { created_at: createdAt, options, cancelled: isCancelled, result } = row;
	return {
		id,
		createdAt: Number(createdAt),
		options: optionsOf(options),
		isCancelled,
		result
	};
}
/** Adds events to a run that is held. */
async function recordEvents(queries, run, events) {
	if (events.length === 0) return;
	const [row] = await queries.query("update contractor.runs set last_seq = last_seq + $2 where id = $1 returning last_seq", [run, events.length]);
	const before = (row?.last_seq ?? 0) - events.length;
	const numbered = events.map((event, index) => ({
		...event,
		run,
		seq: before + index + 1
	}));
	await queries.query(`insert into contractor.events (run, seq, event)
     select $1, (event->>'seq')::integer, event from jsonb_array_elements($2::jsonb) as event`, [run, JSON.stringify(numbered, storable)]);
}
/** PostgreSQL takes no NUL in a text, and no half of a pair of surrogates: an event with one could never be told. */
function storable(_key, value) {
	return typeof value === "string" ? value.toWellFormed().replaceAll("\0", "�") : value;
}
/**
* What follows for a run that is held from how its projects are: those are put into the queue whose needs are built,
* those are skipped that cannot be built or are not to be begun any more, and a run ends whose projects all have.
* The same decision as that of a build on one machine.
*/
async function advanceRun(queries, run, { queue, now }) {
	if (run.result !== null) return;
	const rows = await queries.query("select name, depends_on, queue, takes, state, because, job from contractor.projects where run = $1 order by position", [run.id]);
	const { start, fates } = runDecision({
		projects: rows.map(({ name, depends_on: dependsOn }) => ({
			name,
			dependsOn
		})),
		jobs: Infinity,
		keepGoing: run.options.keepGoing === true,
		begun: [],
		running: rows.filter(({ state }) => state === "running").map(({ name }) => name),
		fates: Object.fromEntries(rows.flatMap((row) => isEnded(row) ? [[row.name, fateOf(row)]] : [])),
		cancelled: run.isCancelled
	});
	const events = [];
	const starting = new Set(start);
	const ready = rows.filter(({ name, state }) => state === "waiting" && starting.has(name));
	await putIntoQueues(queries, {
		run: run.id,
		queue
	}, ready);
	for (const row of rows) {
		const fate = fates[row.name];
		if (isEnded(row) || row.state === "running") continue;
		if (fate?.end === "skipped") {
			const because = fate.because === void 0 ? {} : { because: fate.because };
			await queries.query(`update contractor.projects set state = 'skipped', because = $3 where run = $1 and name = $2`, [
				run.id,
				row.name,
				fate.because ?? null
			]);
			if (row.job !== null) await queue.cancel(queries, row.queue, [row.job]);
			events.push({
				type: "project-ended",
				at: now,
				project: row.name,
				result: "skipped",
				durationMs: 0,
				...because
			});
		}
	}
	const ends = rows.map(({ name }) => fates[name]?.end);
	if (ends.every((end) => end !== void 0)) {
		const result = ends.includes("failed") ? "failed" : ends.every((end) => end === "built") ? "built" : "cancelled";
		events.push({
			type: "run-ended",
			at: now,
			result,
			durationMs: Math.max(0, now - run.createdAt)
		});
		await queries.query("update contractor.runs set result = $2, ended_at = $3 where id = $1", [
			run.id,
			result,
			now
		]);
	}
	await recordEvents(queries, run.id, events);
}
/** All at once: the first of a run are as many as its projects. */
async function putIntoQueues(queries, { run, queue }, ready) {
	if (ready.length === 0) return;
	const needs = await needsOf(queries, run, ready);
	for (const [name, rows] of Map.groupBy(ready, (row) => row.queue)) {
		const needing = rows.map((row) => ({
			name: row.name,
			needs: needs.get(row.name) ?? []
		}));
		const jobs = await queue.send(queries, name, needing.map((each) => ({
			data: {
				run,
				project: each.name
			},
			group: groupOf(each.needs)
		})));
		await queries.query(`update contractor.projects p set state = 'ready', job = sent.job, needs = sent.needs, ready_at = now()
       from jsonb_to_recordset($2::jsonb) as sent (name text, needs text[], job uuid) where p.run = $1 and p.name = sent.name`, [run, JSON.stringify(needing.map((each, index) => ({
			...each,
			job: jobs[index]
		})))]);
	}
}
/** The digests of what projects take that are ready: by then all of it is there. Of one that takes nothing, nothing. */
async function needsOf(queries, run, ready) {
	const taking = ready.filter((row) => row.takes.length > 0).map(({ name }) => name);
	if (taking.length === 0) return /* @__PURE__ */ new Map();
	const rows = await queries.query(`select p.name, array_agg(distinct a.digest order by a.digest) as needs
     from contractor.projects p join contractor.run_artifacts a on a.run = p.run and a.name = any(p.takes)
     where p.run = $1 and p.name = any($2) group by p.name`, [run, taking]);
	return new Map(rows.map(({ name, needs }) => [name, needs]));
}
/**
* The same after one project has ended. That nobody needs one that is built, and others have not ended, is asked of the
* database alone: of a run of many projects, most ends change nothing for the others, whose rows are not read then.
*/
async function advanceAfter(queries, { run, project, result }, place) {
	if (result === "built" && !run.isCancelled) {
		const [row] = await queries.query(`select exists (select from contractor.projects where run = $1 and state = 'waiting' and $2 = any(depends_on))
         or not exists (select from contractor.projects where run = $1 and state in ('waiting', 'ready', 'running')) as matters`, [run.id, project]);
		if (row?.matters === false) return;
	}
	await advanceRun(queries, run, place);
}
function isEnded({ state }) {
	return state !== "waiting" && state !== "ready" && state !== "running";
}
function fateOf({ state, because }) {
	if (state === "skipped") return because === null ? { end: "skipped" } : {
		end: "skipped",
		because
	};
	return { end: state === "built" || state === "failed" ? state : "cancelled" };
}
// fleet/claim.ts
/** Somebody else has taken the project over, or it has ended: nothing of this claim counts any more. */
var ClaimLost = class extends Error {
	name = "ClaimLost";
};
/** A project that so many workers were lost with takes the next one down too. */
const MOST_LOSSES = 3;
/**
* Takes the project of a job, in place of whoever had it before. Undefined when there is nothing to build any more:
* the job is then done with.
*/
async function claimProject(job, { database, queue, queueName, worker, holder, now }) {
	const { run, project } = job.data;
	return await database.transaction(async (queries) => {
		const locked = await lockRun(queries, run);
		const claim = {
			run,
			project,
			queue: queueName,
			job: job.id,
			attempt: job.retryCount,
			holder
		};
		const done = async () => {
			await queue.complete(queries, queueName, job);
		};
		if (locked === void 0) return await done();
		const [row] = await queries.query(`update contractor.projects set state = 'running', attempt = $4, worker = $5, holder = $6, told = 0,
         losses = losses + case state when 'running' then 1 else 0 end
       where run = $1 and name = $2 and job = $3 and attempt < $4 and state in ('ready', 'running')
       returning first_step, losses`, [
			run,
			project,
			job.id,
			job.retryCount,
			worker,
			holder
		]);
		if (row === void 0) return await done();
		if (row.losses > MOST_LOSSES && !locked.isCancelled) {
			const at = now();
			const step = {
				project,
				step: row.first_step,
				attempt: 1,
				attemptId: job.id
			};
			await recordEvents(queries, run, [{
				type: "step-ended",
				at,
				...step,
				outcome: lostTooOften(row.losses),
				durationMs: 0,
				next: "end"
			}, {
				type: "project-ended",
				at,
				project,
				result: "failed",
				durationMs: 0
			}]);
			await setEnded(queries, claim, "failed");
			await advanceRun(queries, locked, {
				queue,
				now: at
			});
			return await done();
		}
		return await whatToBuild(queries, claim, 0);
	});
}
function lostTooOften(times) {
	return {
		type: "refused",
		code: "WORKER_LOST",
		message: `${times} workers were lost while they built this project`,
		mend: "Look on these hosts for what ended them (`dmesg`, `journalctl`); then build again."
	};
}
/**
* The claims that a worker had before it was started again, and that are still its own. Should the process before this one
* live yet, or another have the same name, it is shut out from here on.
*/
async function ownClaims({ database, queue, worker, holder }) {
	const rows = await database.query(`update contractor.projects set holder = $2 where worker = $1 and state = 'running'
     returning run, name, queue, job, attempt, told`, [worker, holder]);
	const own = [];
	for (const { run, name: project, queue: queueName, job, attempt, told } of rows) {
		if (!await queue.touch(queueName, {
			id: job,
			retryCount: attempt
		})) continue;
		own.push(await whatToBuild(database, {
			run,
			project,
			queue: queueName,
			job,
			attempt,
			holder
		}, told));
	}
	return own;
}
async function whatToBuild(queries, claim, told) {
	const [row] = await queries.query(`select spec_name, spec_text, lock_text, options, makes, first_step, cancel_requested_at is not null as cancelled,
       (select jsonb_object_agg(a.name, a.digest) from contractor.run_artifacts a
        where a.run = r.id and a.name = any(p.takes)) as given
     from contractor.runs r join contractor.projects p on p.run = r.id
     where r.id = $1 and p.name = $2`, [claim.run, claim.project]);
	if (row === void 0) throw new ClaimLost();
	return {
		claim,
		told,
		specName: row.spec_name,
		specText: row.spec_text,
		lockText: row.lock_text,
		options: optionsOf(row.options),
		makes: row.makes,
		firstStep: row.first_step,
		given: row.given ?? {},
		isCancelled: row.cancelled
	};
}
/**
* Does `write` in a transaction if the claim still holds; as long as it lasts nobody can take it. `told` counts what is written under a
* claim: what was written already, although its answer got lost, is not written again. @throws ClaimLost
*/
async function underClaim(database, { claim, told }, write) {
	await database.transaction(async (queries) => {
		const run = await lockRun(queries, claim.run);
		const held = await heldRow(queries, claim);
		if (run === void 0 || held === void 0) throw new ClaimLost();
		if (held.told === told + 1) return;
		if (held.state !== "running" || held.told !== told) throw new ClaimLost();
		await write(queries, run);
		await queries.query("update contractor.projects set told = told + 1 where run = $1 and name = $2", [claim.run, claim.project]);
	});
}
/** Does `write` if the claim still holds, what can be done twice without harm. @throws ClaimLost */
async function whileClaimed(database, claim, write) {
	await database.transaction(async (queries) => {
		if ((await heldRow(queries, claim))?.state !== "running") throw new ClaimLost();
		await assertUsable(queries);
		await write(queries);
	});
}
/** Whoever takes over has to wait until this transaction has ended. */
async function heldRow(queries, { run, project, job, attempt, holder }) {
	const [row] = await queries.query(`select state, told from contractor.projects
     where run = $1 and name = $2 and job = $3 and attempt = $4 and holder = $5 for no key update`, [
		run,
		project,
		job,
		attempt,
		holder
	]);
	return row;
}
/** Says where the steps of a project run, for who wants to look at their trees. */
async function recordWhere(queries, { run, project }, where) {
	await queries.query("update contractor.projects set worker_store = $3, worker_run = $4 where run = $1 and name = $2", [
		run,
		project,
		where.store,
		where.run
	]);
}
/** Says how a project that is held has ended. */
async function setEnded(queries, { run, project }, state) {
	await queries.query("update contractor.projects set state = $3 where run = $1 and name = $2", [
		run,
		project,
		state
	]);
}
// fleet/register-artifact.ts
/** Gives an artifact its version among all workers, and notes that the run takes it from then on. */
async function registerArtifact(queries, { run, name, digest, at }) {
	await queries.query(`select pg_advisory_xact_lock(hashtextextended('contractor artifact ' || $1, 0))`, [name]);
	const [newest] = await queries.query("select version, digest from contractor.artifacts where name = $1 order by version desc limit 1", [name]);
	const isNew = newest?.digest !== digest;
	const version = (newest?.version ?? 0) + (isNew ? 1 : 0);
	if (isNew) await queries.query("insert into contractor.artifacts (name, version, digest, created_at, made_by) values ($1, $2, $3, $4, $5)", [
		name,
		version,
		digest,
		at,
		run
	]);
	await queries.query(`insert into contractor.run_artifacts (run, name, digest) values ($1, $2, $3)
     on conflict (run, name) do update set digest = excluded.digest`, [
		run,
		name,
		digest
	]);
	return {
		version,
		isNew
	};
}
// fleet/ship-log.ts
const PART_BYTES = 262144;
/** Writes a part where it is not written yet. */
async function recordLogPart(queries, run, { attempt, start, bytes }) {
	await queries.query(`insert into contractor.logs (run, attempt, starts_at, bytes) values ($1, $2, $3, $4) on conflict do nothing`, [
		run,
		attempt,
		start,
		bytes
	]);
}
/** Brings the log of a running attempt into the database, part by part, as it is written. */
var LogShipper = class {
	#database;
	#claim;
	#current;
	#shipping = Promise.resolve();
	constructor(database, claim) {
		this.#database = database;
		this.#claim = claim;
	}
	/** `isNew`: nobody can have brought anything of it yet. */
	begin({ attempt, file, isNew }) {
		this.#current = {
			attempt,
			file,
			offset: isNew ? 0 : void 0
		};
	}
	/** Brings what has been written since. After an error the same is brought by the next call. @throws ClaimLost */
	async ship() {
		await this.#inTurn(async () => await this.#shipParts(1));
	}
	/** The last part of an attempt that has ended, to be written with its end; what comes before it is brought. @throws ClaimLost */
	async rest() {
		return await this.#inTurn(async () => {
			const left = await this.#shipParts(PART_BYTES);
			this.#current = void 0;
			return left;
		});
	}
	async #inTurn(act) {
		const next = this.#shipping.then(act);
		this.#shipping = next.then(() => void 0, () => void 0);
		return await next;
	}
	/** Brings parts as long as there are at least so many bytes, and gives what is left. */
	async #shipParts(leastBytes) {
		const log = this.#current;
		if (log === void 0) return void 0;
		log.offset ??= await this.#shippedBefore(log.attempt);
		for (;;) {
			const start = log.offset;
			const part = {
				attempt: log.attempt,
				start,
				bytes: await readAt(log.file, start)
			};
			if (part.bytes.length === 0) return void 0;
			if (part.bytes.length < leastBytes) return part;
			log.offset = void 0;
			await whileClaimed(this.#database, this.#claim, async (queries) => {
				await recordLogPart(queries, this.#claim.run, part);
			});
			log.offset = start + part.bytes.length;
		}
	}
	/** A worker that was started again goes on where it was. */
	async #shippedBefore(attempt) {
		const [row] = await this.#database.query(`select coalesce(max(starts_at + length(bytes)), 0) as size from contractor.logs where run = $1 and attempt = $2`, [this.#claim.run, attempt]);
		return Number(row?.size ?? 0);
	}
};
async function readAt(file, offset) {
	try {
		await using opened = await open(file, "r");
		const { buffer, bytesRead } = await opened.read(Buffer.alloc(PART_BYTES), 0, PART_BYTES, offset);
		return buffer.subarray(0, bytesRead);
	} catch (error) {
		if (error.code === "ENOENT") return Buffer.alloc(0);
		throw error;
	}
}
// fleet/telling.ts
const LOG_MS = 500;
/** What happens within so long is told together: whoever follows looks less often. */
const GATHER_MS = 100;
/** Tells the database of one build, under one claim. */
var Telling = class {
	#claimed;
	#place;
	#abandoned;
	#log;
	#pushed = /* @__PURE__ */ new Set();
	/** Told with the end of the project: of a build that is lost before, nothing is published. */
	#published = [];
	/** The ends of logs, to be written with the ends of their steps. */
	#logs = [];
	#told;
	/** Not told yet. */
	#where;
	constructor(claimed, place, abandoned) {
		this.#claimed = claimed;
		this.#place = place;
		this.#abandoned = abandoned;
		this.#log = new LogShipper(place.database, claimed.claim);
		this.#told = claimed.told;
	}
	/** That somebody has cancelled the run before anything of the project was begun here. */
	async cancelled() {
		const { project } = this.#claimed.claim;
		const at = this.#place.now();
		return await this.#end({
			type: "project-ended",
			at,
			project,
			result: "cancelled",
			durationMs: 0
		});
	}
	/** That the project could not even be begun. */
	async refused({ code, message, mend }) {
		const { claim, firstStep } = this.#claimed;
		const at = this.#place.now();
		const step = {
			project: claim.project,
			step: firstStep,
			attempt: 1,
			attemptId: claim.job
		};
		await this.#tell([{
			type: "project-started",
			at,
			project: claim.project
		}, {
			type: "step-ended",
			at,
			...step,
			outcome: {
				type: "refused",
				code,
				message,
				mend
			},
			durationMs: 0,
			next: "end"
		}]);
		return await this.#end({
			type: "project-ended",
			at,
			project: claim.project,
			result: "failed",
			durationMs: 0
		});
	}
	async whole(run) {
		const { claim, makes } = this.#claimed;
		const { supervisor, now } = this.#place;
		this.#where = {
			store: supervisor.storeDirectory,
			run: run.id
		};
		let ended;
		const shipping = setInterval(() => {
			this.#log.ship().catch(() => void 0);
		}, LOG_MS);
		const untold = [];
		try {
			for await (const bunch of bunches(run.events(), GATHER_MS)) {
				for (const event of bunch) {
					if (event.type === "run-started" && event.projects[0]?.isCurrent === true) {
						const { project } = claim;
						ended = {
							type: "project-ended",
							at: event.at,
							project,
							result: "built",
							durationMs: 0,
							isCurrent: true
						};
					}
					if (!isOfProject(event)) continue;
					const { run: _, seq: __, ...rest } = event;
					if (rest.type === "project-ended") ended = rest;
					else if (rest.type === "artifact-published") this.#published.push(rest);
					else untold.push(rest);
					await this.#follow(event, run.id);
				}
				if (ended === void 0) await this.#tell(untold.splice(0));
			}
			await run.result;
		} finally {
			clearInterval(shipping);
		}
		if (ended === void 0) throw new ClaimLost();
		const made = ended.result === "built" ? supervisor.artifactsOfRun(run.id).filter(({ name }) => makes.includes(name)) : [];
		for (const artifact of made) await this.#push(artifact);
		return await this.#end({
			...ended,
			at: now()
		}, {
			made,
			untold
		});
	}
	/** Does what has to be done before others hear of an event. */
	async #follow(event, run) {
		const { supervisor, patience } = this.#place;
		if (event.type === "step-started" || event.type === "step-adopted") {
			const { project, step, attempt, attemptId } = event;
			const file = supervisor.logFile({
				run,
				project,
				step,
				attempt
			});
			this.#log.begin({
				attempt: attemptId,
				file,
				isNew: event.type === "step-started"
			});
		} else if (event.type === "step-ended") {
			const rest = await persistently(async () => await this.#log.rest(), patience);
			if (rest !== void 0) this.#logs.push(rest);
		} else if (event.type === "artifact-published") await this.#push({
			name: event.artifact,
			version: event.version
		});
	}
	/** Before it is registered: whoever hears of it can have it. */
	async #push(artifact) {
		const { exchange, patience } = this.#place;
		const reference = `${artifact.name}@${artifact.version}`;
		if (this.#pushed.has(reference)) return;
		await untilPlaceIsBack(async () => {
			if (this.#abandoned.aborted) throw new ClaimLost();
			await exchange.push(artifact, this.#abandoned);
		}, patience);
		this.#pushed.add(reference);
	}
	async #tell(events) {
		if (events.length === 0) return;
		await this.#underClaim(async (queries) => await this.#record(queries, events));
		this.#logs = [];
		this.#where = void 0;
	}
	async #record(queries, events) {
		const { claim } = this.#claimed;
		for (const part of this.#logs) await recordLogPart(queries, claim.run, part);
		await recordEvents(queries, claim.run, events);
		if (this.#where !== void 0) await recordWhere(queries, claim, this.#where);
	}
	/** Once abandoned, the build is cancelled: that is not how the project has ended. */
	async #underClaim(write) {
		const { database, patience } = this.#place;
		await persistently(async () => {
			if (this.#abandoned.aborted) throw new ClaimLost();
			await underClaim(database, {
				claim: this.#claimed.claim,
				told: this.#told
			}, write);
		}, patience);
		this.#told += 1;
	}
	/** The end, what comes right before it and all that follows from it are one. */
	async #end(ended, { made = [], untold = [] } = {}) {
		const { queue, supervisor, worker } = this.#place;
		const { claim } = this.#claimed;
		const { at } = ended;
		const holdings = made.length === 0 ? void 0 : holdingsOf(supervisor.artifacts.list());
		await this.#underClaim(async (queries, run) => {
			const published = await this.#register(queries, {
				made,
				at
			});
			if (holdings !== void 0) await tellHoldings(queries, worker, holdings);
			await setEnded(queries, claim, ended.result);
			await this.#record(queries, [
				...untold,
				...published,
				ended
			]);
			await advanceAfter(queries, {
				run,
				project: claim.project,
				result: ended.result
			}, {
				queue,
				now: at
			});
			await queue.complete(queries, claim.queue, {
				id: claim.job,
				retryCount: claim.attempt
			});
		});
		return ended.result;
	}
	/** A version of this store says nothing to others: they hear of that among all workers. */
	async #register(queries, { made, at }) {
		const { run } = this.#claimed.claim;
		const told = new Map(this.#published.map((event) => [event.artifact, event]));
		const digests = new Map([...this.#published.map((each) => [each.artifact, each.digest]), ...made.map(({ name, digest }) => [name, digest])]);
		const events = [];
		for (const [name, digest] of [...digests].toSorted(([a], [b]) => a < b ? -1 : 1)) {
			const registered = await registerArtifact(queries, {
				run,
				name,
				digest,
				at
			});
			const event = told.get(name) ?? (registered.isNew ? this.#publication(name, made) : void 0);
			if (event !== void 0) events.push({
				...event,
				...registered
			});
		}
		return events;
	}
	/** Of what an earlier process of this worker has published, which it was killed before it could tell. */
	#publication(name, made) {
		const { supervisor, now } = this.#place;
		const version = made.find((each) => each.name === name)?.version;
		if (version === void 0) return void 0;
		const { madeBy, digest, files, sizeBytes } = supervisor.artifacts.show(`${name}@${version}`);
		const { project } = this.#claimed.claim;
		if (madeBy?.project !== project) return void 0;
		const { step } = madeBy;
		return {
			type: "artifact-published",
			at: now(),
			project,
			step,
			artifact: name,
			version,
			digest,
			isNew: true,
			files,
			sizeBytes,
			dropped: []
		};
	}
};
function isOfProject(event) {
	return event.type !== "run-started" && event.type !== "run-ended" && event.type !== "step-progress";
}
// fleet/build-claimed.ts
/** Of this worker and not of the project: another worker may do better. */
const OWN_REFUSALS = /^(STORE_|PLACE_UNUSABLE$|SANDBOX_FAILED$|SUPERVISOR_CLOSING$|RUN_OWNED$)/;
/**
* Builds a claimed project in this worker's store, and tells how it goes and how it ends, for as long as the claim
* holds. What is built is built also when the database is away: it is told when that is back.
*
* @throws ClaimLost; ContractorError where this worker cannot go on
*/
async function buildClaimed(claimed, { cancelled, abandoned }, place) {
	const { supervisor } = place;
	const { claim, options, given } = claimed;
	const directory = directoryOf(claim, supervisor);
	const both = AbortSignal.any([abandoned, cancelled]);
	try {
		const source = writeSource(directory, claimed);
		const run = await refusable(both, async () => {
			for (const [name, digest] of Object.entries(given)) await untilPlaceIsBack(async () => await place.exchange.pull({
				name,
				digest
			}, both), {
				...place.patience,
				signal: both
			});
			return await supervisor.build(source, {
				projects: [claim.project],
				given,
				hostFiles: false,
				jobs: 1,
				signal: both,
				...place.policy === void 0 ? {} : { policy: place.policy },
				...options.noCache === true ? { noCache: true } : {},
				...options.rebuild?.includes(claim.project) === true ? { rebuild: [claim.project] } : {},
				...options.offline === true ? { offline: true } : {},
				...options.strict === true ? { strict: true } : {},
				...options.lock === false ? { lock: false } : {}
			});
		});
		const telling = new Telling(claimed, place, abandoned);
		if (run === void 0) return await telling.cancelled();
		if (run instanceof ContractorError) {
			await endRuns(supervisor, (each) => each === directory);
			return await telling.refused(run);
		}
		try {
			return await telling.whole(run);
		} catch (error) {
			run.cancel();
			await run.result.catch(() => void 0);
			throw error;
		}
	} finally {
		rmSync(directory, {
			recursive: true,
			force: true
		});
	}
}
/** The longest name that every file system takes, less than what is made beside it. */
const LONGEST_NAME = 200;
/** Below the store, whatever somebody has written into the database as the names of a run and a project. */
function directoryOf({ run, project }, { storeDirectory }) {
	const name = `${encodeURIComponent(run)}-${encodeURIComponent(project)}`;
	const fitting = name.length <= LONGEST_NAME ? name : createHash("sha256").update(name).digest("hex");
	return resolve(storeDirectory, "fleet", fitting);
}
/**
* Ends what an earlier process of this worker was at and what is not its own any more, and what of it still runs. Removes the
* specifications that it has left, also of runs that had ended or had not begun.
*/
async function endLeftovers(own, supervisor) {
	const kept = new Set(own.map(({ claim }) => directoryOf(claim, supervisor)));
	const top = resolve(supervisor.storeDirectory, "fleet");
	await endRuns(supervisor, (directory) => dirname(directory) === top && !kept.has(directory));
	for (const { specName, state } of supervisor.runs()) if (state === "running") kept.add(dirname(specName));
	const left = existsSync(top) ? readdirSync(top, { withFileTypes: true }) : [];
	for (const entry of left) {
		const directory = join(top, entry.name);
		if (entry.isDirectory() && !kept.has(directory)) rmSync(directory, { recursive: true });
	}
}
/** Ends the runs that were cut off and whose specification is in such a directory. */
async function endRuns(supervisor, isMeant) {
	for (const { id, specName, state, endedAt } of supervisor.runs()) {
		const directory = dirname(specName);
		if (endedAt !== void 0 || state === "running" || !isMeant(directory)) continue;
		await supervisor.cancel(id);
		rmSync(directory, {
			recursive: true,
			force: true
		});
	}
}
/** A build of the same file goes on with what was cut off: the file has the same name in each attempt of this worker. */
function writeSource(directory, { specText, lockText }) {
	mkdirSync(directory, {
		recursive: true,
		mode: 448
	});
	const fileName = join(directory, "build.yaml");
	writeFileSync(fileName, specText);
	if (lockText !== null) writeFileSync(lockPath(fileName), lockText);
	return {
		fileName,
		text: specText,
		directory
	};
}
/** Undefined when it was ended before it had begun. */
async function refusable(ended, act) {
	try {
		return await act();
	} catch (error) {
		if (ended.aborted) return void 0;
		if (error instanceof ContractorError && !OWN_REFUSALS.test(error.code)) return error;
		throw error;
	}
}
// fleet/placement/queues.ts
/**
* The queue of the projects that ask for the same: a worker that is not what they ask for never sees them, and whoever
* waits in one queue holds nobody up in another.
*/
function queueOf(runsOn) {
	if (runsOn === void 0) return QUEUE;
	const { architecture, memoryBytes, labels = [] } = runsOn;
	const asked = JSON.stringify([
		architecture ?? null,
		memoryBytes ?? null,
		labels.toSorted()
	]);
	return `${QUEUE}-${createHash("sha256").update(asked).digest("hex").slice(0, 16)}`;
}
/** Says what a queue is for. Workers find it at their next look. */
async function recordQueue(queries, queue, runsOn) {
	await queries.query("insert into contractor.queues (name, runs_on) values ($1, $2) on conflict do nothing", [queue, JSON.stringify(runsOn)]);
}
const MOST_WAITING = 1e3;
/** The queues that a host may take from and in which something may wait, and the one that all take from. */
async function queuesFor(database, traits) {
	const rows = await database.query(`select q.name, q.runs_on, w.needs, w.waited_ms
     from (select $1::text as name, null::jsonb as runs_on union all select name, runs_on from contractor.queues where name <> $1) q
     left join lateral (
       select needs, (extract(epoch from clock_timestamp() - min(ready_at)) * 1000)::float8 as waited_ms
       from (select needs, ready_at from contractor.projects
             where queue = q.name and state = 'ready' order by ready_at limit $2) oldest
       where needs is not null and ready_at is not null group by needs) w on true
     where q.name = $1
       or exists (select from contractor.projects p where p.queue = q.name and p.state in ('ready', 'running'))
     order by q.name = $1, q.name`, [QUEUE, MOST_WAITING]);
	return [...Map.groupBy(rows, ({ name }) => name)].map(([name, all]) => ({
		name,
		runsOn: all[0]?.runs_on,
		waiting: all.flatMap(({ needs, waited_ms: waitedMs }) => isTexts(needs) && waitedMs !== null ? [{
			needs,
			waitedMs
		}] : [])
	})).flatMap(({ name, runsOn, waiting }) => {
		if (name === "project") return [{
			name,
			runsOn: void 0,
			waiting
		}];
		return isRunsOn(runsOn) && queueOf(runsOn) === name && missingOf(runsOn, traits).length === 0 ? [{
			name,
			runsOn,
			waiting
		}] : [];
	});
}
/** Whether a row says what a host has to be, whoever has written it: nobody takes what says nothing. */
function isRunsOn(value) {
	if (typeof value !== "object" || value === null || Array.isArray(value)) return false;
	const { architecture = "", memoryBytes = 0, labels = [] } = value;
	return typeof architecture === "string" && typeof memoryBytes === "number" && isTexts(labels);
}
/** Whether it is a list of texts. */
function isTexts(value) {
	return Array.isArray(value) && value.every((one) => typeof one === "string");
}
/** Pure: the queues, beginning with another one each time, so that none waits for ever behind one that is never empty. */
function inTurn(queues, turn) {
	const first = turn % Math.max(1, queues.length);
	return [...queues.slice(first), ...queues.slice(0, first)];
}
// fleet/placement/workers.ts
/** Ten times as long as it takes a worker to say it again. */
const LIVES_S = 30;
/** Says that a worker lives, and what it is. */
async function announceWorker(queries, { name, traits, jobs }) {
	await queries.query(`insert into contractor.workers (name, traits, jobs, until) values ($1, $2, $3, now() + $4 * interval '1 second')
     on conflict (name) do update set traits = excluded.traits, jobs = excluded.jobs, until = excluded.until`, [
		name,
		JSON.stringify(traits),
		jobs,
		LIVES_S
	]);
}
/** Says that a worker takes no more projects. */
async function dismissWorker(queries, name) {
	await queries.query("update contractor.workers set until = now() where name = $1", [name]);
}
/** Whether a row says what a host is, whoever has written it. */
function isTraits(value) {
	if (typeof value !== "object" || value === null) return false;
	const { architecture, memoryBytes, labels } = value;
	return typeof architecture === "string" && typeof memoryBytes === "number" && isTexts(labels);
}
/** Those that live and have something of what is needed, and what they have of it; but for the one that asks. */
async function othersThatHold(queries, { worker, needs }) {
	return (await queries.query(`select w.traits,
       (select jsonb_object_agg(h.key, h.value) from jsonb_each(w.holds) h where h.key = any($2)) as holds,
       w.jobs > (select count(*) from contractor.projects p where p.worker = w.name and p.state = 'running') as free
     from contractor.workers w
     where w.until > now() and w.name <> $1 and jsonb_typeof(w.holds) = 'object' and w.holds ?| $2::text[]`, [worker, needs])).flatMap(({ traits, holds, free: isFree }) => isTraits(traits) ? [{
		traits,
		holds: readHoldings(holds),
		isFree
	}] : []);
}
// fleet/placement/what-to-take.ts
/** Where a worker looks for something to build at its next turn, in this order. */
async function whatToTake({ database, worker, traits, turn, artifacts }) {
	const queues = inTurn(await queuesFor(database, traits), turn);
	const needs = new Set(queues.flatMap(({ waiting }) => waiting.flatMap((group) => group.needs)));
	const others = needs.size === 0 ? [] : await othersThatHold(database, {
		worker,
		needs: [...needs]
	});
	const own = others.length === 0 ? /* @__PURE__ */ new Map() : holdingsOf(artifacts.list());
	return queues.map(({ name, runsOn, waiting }) => {
		const able = others.filter((other) => missingOf(runsOn, other.traits).length === 0);
		return {
			queue: name,
			rounds: passedOver(waiting, {
				own,
				others: able
			})
		};
	});
}
// fleet/run-worker.ts
/** How often it asks for projects when there are none. */
const ASK_MS = 500;
/** Three may be lost before others take over. */
const TOUCH_MS = 2500;
const RECOVER_MS = 3e3;
/** Builds projects of the queue until it is drained. @throws ContractorError where this worker cannot go on */
async function runWorker(options) {
	const { database, queue, worker, holder, jobs, traits, draining, now, tell, supervisor } = options;
	const onChange = (what, isGone) => tell({
		type: isGone ? "away" : "back",
		what
	});
	const patience = {
		...options.patience,
		onChange
	};
	const place = {
		database,
		queue,
		worker,
		holder,
		now
	};
	const stopping = new AbortController();
	const over = AbortSignal.any([draining, stopping.signal]);
	const running = /* @__PURE__ */ new Map();
	let broken;
	const stop = (error) => {
		broken ??= error instanceof Error ? error : new Error(String(error));
		stopping.abort("program");
	};
	const start = (claimed) => {
		const key = JSON.stringify([claimed.claim.run, claimed.claim.project]);
		const work = (running.get(key) ?? Promise.resolve()).then(async () => await buildOne(claimed, {
			...options,
			patience,
			stopping: stopping.signal
		})).catch(stop).finally(() => {
			if (running.get(key) === work) running.delete(key);
		});
		running.set(key, work);
	};
	const own = await persistently(async () => await ownClaims(place), {
		...patience,
		signal: over
	});
	await endLeftovers(own, supervisor);
	for (const claimed of own) start(claimed);
	let recoverAt = 0;
	let turn = 0;
	const look = async () => {
		if (performance.now() >= recoverAt) {
			recoverAt = performance.now() + RECOVER_MS;
			await assertUsable(database);
			await announceWorker(database, {
				name: worker,
				traits,
				jobs
			});
			await tellHoldings(database, worker, holdingsOf(supervisor.artifacts.list()));
			await queue.recover();
		}
		if (jobs - running.size <= 0 || over.aborted) return;
		turn += 1;
		const { artifacts } = supervisor;
		for (const offer of await whatToTake({
			database,
			worker,
			traits,
			turn,
			artifacts
		})) for (const passedOver of offer.rounds) {
			const free = jobs - running.size;
			if (free <= 0 || over.aborted) return;
			for (const job of await queue.fetch(offer.queue, free, passedOver)) {
				const claimed = await claimProject(job, {
					...place,
					queueName: offer.queue
				});
				if (claimed !== void 0) start(claimed);
			}
		}
	};
	while (!over.aborted) {
		try {
			await persistently(look, {
				...patience,
				giveUpAfterMs: Infinity,
				signal: over
			});
		} catch (error) {
			if (!over.aborted) stop(error);
			break;
		}
		const pause = setTimeout(ASK_MS, void 0, { signal: over }).catch(() => void 0);
		await Promise.race([pause, ...running.values()]);
	}
	await dismissWorker(database, worker).catch(() => void 0);
	while (running.size > 0) await Promise.all(running.values());
	if (broken !== void 0) throw await refusalOf(database) ?? broken;
}
/** What a newer program has made of the database, if it is that: it says more than how the database answers since. */
async function refusalOf(database) {
	try {
		await assertUsable(database);
		return;
	} catch (error) {
		return error instanceof ContractorError ? error : void 0;
	}
}
/** Builds a project as long as the claim to it holds, and lets others know that this worker lives. */
async function buildOne(claimed, options) {
	const { queue, database, tell, stopping } = options;
	const { claim } = claimed;
	const { run, project } = claim;
	const lost = new AbortController();
	const cancelled = new AbortController();
	if (claimed.isCancelled) cancelled.abort("request");
	const touch = async () => {
		try {
			if (!await queue.touch(claim.queue, {
				id: claim.job,
				retryCount: claim.attempt
			})) lost.abort("program");
			const [row] = await database.query("select 1 from contractor.runs where id = $1 and cancel_requested_at is not null", [run]);
			if (row !== void 0) cancelled.abort("request");
		} catch (error) {
			if (!isAway(error)) lost.abort("program");
		}
	};
	let touching;
	const timer = setInterval(() => {
		touching ??= touch().finally(() => touching = void 0);
	}, TOUCH_MS);
	tell({
		type: "began",
		run,
		project
	});
	try {
		const abandoned = AbortSignal.any([lost.signal, stopping]);
		const patience = {
			...options.patience,
			signal: abandoned
		};
		tell({
			type: "ended",
			run,
			project,
			result: await buildClaimed(claimed, {
				cancelled: cancelled.signal,
				abandoned
			}, {
				...options,
				patience
			})
		});
	} catch (error) {
		if (!(error instanceof ClaimLost) && !lost.signal.aborted && !stopping.aborted) throw error;
		tell({
			type: "lost",
			run,
			project
		});
	} finally {
		clearInterval(timer);
		await touching;
	}
}
// fleet/submit-run.ts
/**
* Hands a run to the workers. All that can be told to be wrong is refused here, before anything is written.
*
* @throws SPEC_INVALID, PROJECT_UNKNOWN, LOCK_UNFIT, ARTIFACT_UNKNOWN, NOT_TO_BE_SENT, PLACE_UNUSABLE
*/
async function submitRun({ source, options, ...chosen }, place) {
	const { supervisor, database, queue, now } = place;
	const takesLock = options.lock !== false;
	const all = await supervisor.needs(source, {
		...chosen,
		lock: takesLock
	});
	const lock = takesLock ? await supervisor.checkLock(source) : void 0;
	refuseHostFiles(all);
	const text = "text" in source ? source.text : JSON.stringify(source.value);
	const lockText = lock === void 0 ? null : lockFileText(lock);
	const given = await pushGiven(all, place);
	const asked = new Map(all.flatMap(({ project: { runsOn } }) => runsOn === void 0 ? [] : [[queueOf(runsOn), runsOn]]));
	const id = place.newId();
	const createdAt = now();
	const write = async (queries) => {
		const [isNew] = await queries.query(`insert into contractor.runs (id, created_at, spec_name, spec_text, lock_text, options)
       values ($1, $2, $3, $4, $5, $6) on conflict do nothing returning id`, [
			id,
			createdAt,
			source.fileName ?? "specification object",
			text,
			lockText,
			JSON.stringify(options)
		]);
		if (isNew === void 0) return;
		await queries.query(`insert into contractor.projects (run, name, position, depends_on, takes, makes, first_step, queue)
       select $1, * from jsonb_to_recordset($2::jsonb) as p (name text, position integer, depends_on text[], takes text[],
         makes text[], first_step text, queue text)`, [id, JSON.stringify(all.map(projectRow))]);
		for (const [name, runsOn] of asked) await recordQueue(queries, name, runsOn);
		for (const { name, digest } of given) await registerArtifact(queries, {
			run: id,
			name,
			digest,
			at: createdAt
		});
		const run = await lockRun(queries, id);
		if (run === void 0) throw new Error(`run ${id} was just made`);
		const projects = all.map(({ project: { name, dependsOn, steps } }) => ({
			name,
			dependsOn,
			steps: steps.map((step) => ({
				id: step.id,
				title: step.title
			})),
			stepsDone: 0
		}));
		const specName = source.fileName ?? "specification object";
		await recordEvents(queries, id, [{
			type: "run-started",
			at: createdAt,
			specName,
			resumed: false,
			projects
		}]);
		await advanceRun(queries, run, {
			queue,
			now: createdAt
		});
	};
	await persistently(async () => {
		for (const name of asked.keys()) await queue.make(name);
		await database.transaction(write);
	}, place.patience);
	return id;
}
function projectRow({ project, takes, makes }, position) {
	const { name, dependsOn, steps, runsOn } = project;
	return {
		name,
		position,
		depends_on: dependsOn,
		takes,
		makes,
		first_step: steps[0]?.id ?? "",
		queue: queueOf(runsOn)
	};
}
function refuseHostFiles(all) {
	const reading = all.flatMap(({ project, reads }) => reads.map(({ step, path }) => `\`${project.name}:${step}\` reads \`${path}\``));
	if (reading.length === 0) return;
	throw new ContractorError("NOT_TO_BE_SENT", `The specification reads files of this host, which workers do not have: ${reading.join("; ")}.`, "Have the files in a repository that workers can clone with `git`, or in an artifact; or build it on this host, without `--database`.");
}
/** Leaves with the workers what projects take and none of the run makes: it is in the store of this host. */
async function pushGiven(all, { supervisor, exchange, database }) {
	const made = new Set(all.flatMap(({ makes }) => makes));
	const names = [...new Set(all.flatMap(({ takes }) => takes)).difference(made)].toSorted();
	if (names.length > 0 && exchange === void 0) throw new ContractorError("NOT_TO_BE_SENT", `No project of this run makes ${names.map((name) => `\`${name}\``).join(", ")}: that is in the store of this host.`, "Say with `--artifacts` where the workers leave artifacts for each other, so that it can be left there.");
	if (names.length > 0) await exchange?.assertKept(database);
	const given = [];
	for (const name of names) {
		const { version, digest } = supervisor.artifacts.show(name);
		await exchange?.push({
			name,
			version
		});
		given.push({
			name,
			digest
		});
	}
	return given;
}
export { exchangeAt, isPlaceAway, openFleet, runWorker, submitRun, withFleet };
