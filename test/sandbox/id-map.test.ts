import { describe, expect, test } from 'vitest';
import { findIdMap, hostId, IDS, idMapArgument, ROOT_BASE } from '../../sandbox/id-map.ts';

const root = { uid: 0, gid: 0, userName: 'root', subuid: '', subgid: '' };
const ann = { uid: 1001, gid: 1002, userName: 'ann', subuid: 'ann:100000:65536\n', subgid: '1001:200000:65536\n' };

describe('the id map', () => {
  test('of root begins above all that is known to be used, and never holds host id 0', () => {
    const map = findIdMap(root);
    expect(idMapArgument(map)).toBe(`direct/0,${ROOT_BASE},${IDS}/0,${ROOT_BASE},${IDS}`);
  });

  test('of root is what /etc/subuid grants it, when it grants enough', () => {
    const map = findIdMap({ ...root, subuid: 'root:5000:100\nroot:500000:65536\n', subgid: '' });
    expect([hostId(map.uid, 0), hostId(map.gid, 0)]).toEqual([500_000, ROOT_BASE]);
  });

  test('of a user maps root to the user and the others to the granted range, by name or number', () => {
    expect(idMapArgument(findIdMap(ann))).toBe('newuidmap/0,1001,1+1,100000,65535/0,1002,1+1,200000,65535');
    expect(hostId(findIdMap(ann).uid, 1000)).toBe(100_999);
    expect(() => hostId(findIdMap(ann).uid, IDS)).toThrow(RangeError);
  });

  test.for(['', 'ann:100000:65535\n', 'bob:100000:65536\n', 'ann:x:65536\n'])(
    'is refused with the command to grant a free range: %j',
    (subuid) => {
      const grant = () => findIdMap({ ...ann, subuid, subgid: 'ann:300000:65536\n' });
      expect(grant).toThrow(
        expect.objectContaining({
          code: 'HOST_UNSUITABLE',
          mend: 'Grant one: `sudo usermod --add-subuids 365536-431071 --add-subgids 365536-431071 ann`.',
        }),
      );
    },
  );
});
