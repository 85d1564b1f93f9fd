/** A mirror and a repository on the loopback of the host, for tests that install from them. */
import { once } from 'node:events';
import { createReadStream, existsSync, statSync } from 'node:fs';
import { createServer } from 'node:http';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { makeSmallArchive } from '../actions/small-archive.ts';
import { makePackage, makeSigningKey, stanzaOf, writeSuite } from '../actions/small-repository.ts';
import type { PackageToMake, SigningKey } from '../actions/small-repository.ts';

export interface PackageServer {
  /** Of the mirror, whose suite `sid` is signed by `mirrorKey`. */
  readonly mirror: string;
  readonly mirrorKey: SigningKey;
  /** Of the repository, and a key for it. */
  readonly repository: string;
  readonly key: SigningKey;
  readonly otherKey: SigningKey;
  /** Makes the suite `stable` of the repository anew; signed by `signedBy`, unless that is null. */
  offer(
    packages: readonly PackageToMake[],
    options?: { readonly signedBy?: SigningKey | null; readonly fields?: Readonly<Record<string, string>> },
  ): void;
  /** The same with files that are in its `pool` already. */
  offerFiles(names: readonly string[]): void;
  close(): void;
}

export async function startPackageServer(top: string): Promise<PackageServer> {
  const server: Server = createServer((request, response) => {
    const path = join(top, new URL(request.url ?? '', 'http://x').pathname);
    if (existsSync(path) && statSync(path).isFile()) createReadStream(path).pipe(response);
    else response.writeHead(404).end();
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const mirrorKey = makeSmallArchive(join(top, 'mirror'), { postinst: '#!/bin/sh\n' });
  const [key, otherKey] = [makeSigningKey(top, 'own'), makeSigningKey(top, 'other')];
  return {
    mirror: `${address}/mirror`,
    mirrorKey,
    repository: `${address}/repository`,
    key,
    otherKey,
    offer: (packages, { signedBy = key, fields = {} } = {}) => {
      const directory = join(top, 'repository');
      writeSuite(directory, 'stable', { stanzas: packages.map((one) => makePackage(directory, one)), fields });
      signedBy?.sign(directory, 'stable');
    },
    offerFiles: (names) => {
      const directory = join(top, 'repository');
      writeSuite(directory, 'stable', { stanzas: names.map((name) => stanzaOf(join(directory, 'pool', name))) });
      key.sign(directory, 'stable');
    },
    close: () => {
      server.close();
      server.closeAllConnections();
    },
  };
}
