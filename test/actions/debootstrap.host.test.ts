import { once } from 'node:events';
import {
  chmodSync,
  chownSync,
  copyFileSync,
  createReadStream,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
} from 'node:fs';
import { createHash } from 'node:crypto';
import { createServer as createHttpServer } from 'node:http';
import { createServer } from 'node:net';
import type { AddressInfo, Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { bootstrapScript } from '../../actions/debootstrap-script.ts';
import { mirrorFor, parseSources } from '../../actions/host-mirror.ts';
import { authorization } from '../../actions/mirror-login.ts';
import { CUT_OFF } from '../../sandbox/cut-off.ts';
import { findIdMap, hostId } from '../../sandbox/id-map.ts';
import { keeperGone, startKeeper } from '../../sandbox/keeper.ts';
import type { Keeper } from '../../sandbox/keeper.ts';
import { attemptLimits, hostSizes } from '../../sandbox/limits/attempt-limits.ts';
import { NO_CONTROL_GROUPS } from '../../sandbox/limits/control-groups.ts';
import { findProgramIfAny } from '../../sandbox/programs.ts';
import { runInIdMap } from '../../sandbox/run-in-id-map.ts';
import { whatHostLacks } from '../supervisor/test-store.ts';
import { makeSmallArchive } from './small-archive.ts';

const NOTHING_MORE = { sources: '', repositories: [], artifacts: [], releaseDates: '', preferences: '' };
const lacking = await whatHostLacks();
const hasGpg = findProgramIfAny('gpg') !== undefined;
let top: string;
let keeper: Keeper | undefined;
let archive: Server;
let service: Server;
let visitors = 0;
/** Who asked the archive since it was last looked at. */
let agents = new Set<string | undefined>();
const TOLD_BY_HOST = 'told-by-apt-of-the-host';
/** What the archive asks for, and this host's apt has in its address. */
const LOGIN = { name: 'mirror-user', password: 'mirror-p@ss:#"\\5823' };
const MARK_OF_LOGIN = 'mirror-p@ss';

const portOf = (server: Server): number => (server.address() as AddressInfo).port;

beforeAll(async () => {
  if (lacking !== '') return;
  top = mkdtempSync(join(tmpdir(), 'contractor-bootstrap-'));
  chmodSync(top, 0o711);
  const idMap = findIdMap();
  for (const path of ['trees', 'trees/layers', 'trees/attempts']) {
    mkdirSync(join(top, path));
    if (idMap.how === 'direct') chownSync(join(top, path), hostId(idMap.uid, 0), hostId(idMap.gid, 0));
  }
  archive = createHttpServer((request, response) => {
    if (request.headers.authorization !== authorization(LOGIN)) {
      return void response.writeHead(401, { 'www-authenticate': 'Basic realm="archive"' }).end();
    }
    agents.add(request.headers['user-agent']);
    const path = join(top, 'archive', new URL(request.url ?? '', 'http://archive').pathname);
    if (existsSync(path)) createReadStream(path).pipe(response);
    else response.writeHead(404).end();
  }).listen(0, '127.0.0.1');
  service = createServer((socket) => {
    visitors++;
    socket.end();
  }).listen(0, '127.0.0.1');
  await Promise.all([once(archive, 'listening'), once(service, 'listening')]);
  makeSmallArchive(join(top, 'archive/debian'), { postinst: POSTINST(portOf(service), portOf(archive)) });
  mkdirSync(join(top, 'keys'));
  copyFileSync(join(top, 'archive/debian/key.gpg'), join(top, 'keys/key.gpg'));
  chmodSync(join(top, 'keys/key.gpg'), 0o644); // apt reads it as another user
  keeper = await startKeeper({
    directory: join(top, 'keeper'),
    trees: join(top, 'trees'),
    idMap,
    hostBinds: [join(top, 'keys')],
    groups: NO_CONTROL_GROUPS,
  });
}, 60_000);

afterAll(async () => {
  if (lacking !== '') return;
  await keeper?.quit();
  await keeperGone(join(top, 'keeper'));
  const trees = join(top, 'trees');
  await runInIdMap({ trees, idMap: findIdMap(), command: ['/bin/rm', '-rf', 'layers', 'attempts'] });
  for (const server of [archive, service]) server.close();
  rmSync(top, { recursive: true, force: true });
});

/** What a package does that wants out: to a service of the host, and to the archive that it came from. */
const POSTINST = (service: number, archive: number): string => `#!/bin/bash
try() { if (exec 3<>"/dev/tcp/127.0.0.1/$1"); then echo "$2: reached"; else echo "$2: not reached"; fi; }
{
  try ${service} service
  try ${archive} archive
  echo "interfaces: $(grep -c : /proc/net/dev) processes: $(cd /proc; ls -d [0-9]* | wc -l | sed 's/^..*$/some/')"
  echo "beside: $(cd /proc/1/root/run/contractor && find . | tr '\\n' ' ')"
  echo "pid 1: $(tr '\\0' ' ' </proc/1/cmdline | cut -c1-40)"
} >/saw 2>&1
`;

interface Installed {
  readonly exit: unknown;
  readonly log: string;
  /** What the script of the package wrote. */
  readonly saw: () => Promise<string>;
  /** A file of the tree, or what there is instead. */
  readonly read: (path: string) => Promise<string>;
}

/** `cutOff`: what stands in the place of the program of that name. */
async function install(attempt: string, tool: 'mmdebstrap' | 'debootstrap', cutOff?: string): Promise<Installed> {
  const { name, password } = LOGIN;
  const address = `http://${name}:${encodeURIComponent(password)}@127.0.0.1:${portOf(archive)}/debian`;
  const mirror = mirrorFor('sid', parseSources([address, 'sid'].join('\t')), []);
  const script = bootstrapScript(
    {
      suite: 'sid',
      variant: tool === 'mmdebstrap' ? 'essential' : 'minbase',
      packages: ['probe'],
      components: ['main'],
      aptOptions: [`Acquire::http::User-Agent "${TOLD_BY_HOST}"`],
      ...NOTHING_MORE,
      ...(mirror === undefined ? {} : { mirror: { ...mirror, keyring: '/run/keys/key.gpg' } }),
    },
    tool,
  );
  const exit = await keeper?.run({
    attempt,
    lower: [],
    layer: `${attempt}-layer`,
    policy: {
      type: 'vetted-tool',
      identity: 'root',
      network: true,
      cutsOff: true,
      ports: [portOf(archive)],
      environment: { DEBIAN_FRONTEND: 'noninteractive', container: 'lxc' },
      reads: [{ from: '/sys/host0', to: '/run/keys' }],
    },
    limits: attemptLimits({}, NO_CONTROL_GROUPS, hostSizes(top)),
    ...script,
    files: script.files.map((file) =>
      file.path === CUT_OFF && cutOff !== undefined ? { ...file, content: cutOff } : file,
    ),
  });
  const read = async (path: string): Promise<string> => {
    const command = ['/bin/cat', `layers/${attempt}-layer/${path}`] as const;
    return (await runInIdMap({ trees: join(top, 'trees'), idMap: findIdMap(), command })).stdout;
  };
  return {
    exit,
    log: readFileSync(join(top, 'trees/attempts', attempt, 'log'), 'utf8'),
    saw: async () => await read('saw'),
    read,
  };
}

/** The files below the trees that have this text. */
async function holders(text: string): Promise<string> {
  const command = ['/bin/grep', '-rlaF', '--', text, '.'] as const;
  return (await runInIdMap({ trees: join(top, 'trees'), idMap: findIdMap(), command })).stdout;
}

describe.skipIf(lacking !== '' || !hasGpg).for(['mmdebstrap', 'debootstrap'] as const)('[A-90] with %s', (tool) => {
  test(
    '[A-88] [A-264] the script of a package runs, reaches no network, has a loopback of its own, and finds no password',
    { timeout: 170_000 },
    async () => {
      const before = visitors;
      agents = new Set();
      const { exit, log, saw, read } = await install(tool, tool);
      expect({ exit, log }).toEqual({ exit: { type: 'exited', code: 0 }, log });
      const text = await saw();
      expect(text).toMatch(/^service: not reached$/m);
      expect(text).toMatch(/^archive: not reached$/m);
      expect(text).toContain('cut-off');
      // Without a loopback it would be told that the network is unreachable.
      expect(text.match(/Connection refused/g)).toHaveLength(2);
      expect(text).toContain('interfaces: 1');
      expect(visitors).toBe(before);
      // The archive has let nobody through without the name and password; the script could look where they were.
      expect(text).toMatch(/^beside: .*cut-off/m);
      expect(text).not.toMatch(/^beside: .*(auth\.conf|apt\.conf|netrc)/m);
      const sources = (await read('etc/apt/sources.list')) + (await read('etc/apt/sources.list.d/0000sid.list'));
      expect(sources).toMatch(new RegExp(`^deb .*http://127\\.0\\.0\\.1:${portOf(archive)}/debian sid main$`, 'm'));
      for (const secret of [MARK_OF_LOGIN, encodeURIComponent(MARK_OF_LOGIN), authorization(LOGIN).slice(6)]) {
        expect(await holders(secret)).toBe('');
      }
      if (tool === 'debootstrap') return; // It reads no settings of apt, and does not tell where a package came from.
      expect([...agents]).toEqual([TOLD_BY_HOST]);
      expect(await holders(TOLD_BY_HOST)).toBe('');
      const deb = readdirSync(join(top, 'archive/debian/pool')).find((name) => name.startsWith('probe_')) ?? '';
      const sha256 = createHash('sha256')
        .update(readFileSync(join(top, 'archive/debian/pool', deb)))
        .digest('hex');
      const architecture = /[^_]*(?=\.deb)/.exec(deb)?.[0] ?? '';
      const line = `probe 1 ${architecture} ${sha256} http://127.0.0.1:${portOf(archive)}/debian`;
      expect((await read('var/lib/contractor/package-origins')).split('\n')).toContain(line);
    },
  );
});

// The host's root gives the network to no script of a package.
test.skipIf(lacking !== '' || !hasGpg || process.getuid?.() === 0)(
  '[A-65] as an ordinary user, without being cut off, such a script reaches the archive',
  { timeout: 170_000 },
  async () => {
    const { exit, log, saw } = await install('open', 'mmdebstrap', '#!/bin/sh\nexec "$@"\n');
    expect({ exit, log }).toEqual({ exit: { type: 'exited', code: 0 }, log });
    expect(await saw()).toMatch(/^archive: reached$/m);
  },
);
