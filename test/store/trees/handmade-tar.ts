/** Tar archives by hand, for tests: also those that no tar would write. */

export interface Header {
  readonly name?: string;
  readonly type?: string;
  readonly linkName?: string;
  /** As it stands in the header; else that of the contents. */
  readonly size?: string;
  readonly contents?: string | Buffer;
  readonly magic?: string;
  readonly prefix?: string;
  readonly checksum?: string;
}

/** A header with its padded contents. */
export function member(header: Header): Buffer {
  const contents = Buffer.from(header.contents ?? '');
  const block = Buffer.alloc(512);
  const put = (at: number, text: string) => block.write(text, at, 'latin1');
  put(0, header.name ?? 'f');
  // What may be a directory can be entered by who has unpacked it.
  put(100, '0000755\0');
  // Of who runs the test, so that tar can restore them.
  put(108, octal(process.getuid?.() ?? 0));
  put(116, octal(process.getgid?.() ?? 0));
  put(124, header.size ?? `${contents.length.toString(8).padStart(11, '0')}\0`);
  put(136, '00000000000\0');
  put(156, header.type ?? '0');
  put(157, header.linkName ?? '');
  put(257, header.magic ?? 'ustar\x0000');
  put(345, header.prefix ?? '');
  put(148, ' '.repeat(8));
  const sum = block.reduce((sum, byte) => sum + byte, 0);
  put(148, header.checksum ?? `${sum.toString(8).padStart(6, '0')}\0 `);
  return Buffer.concat([block, contents, Buffer.alloc((512 - (contents.length % 512)) % 512)]);
}

const octal = (id: number): string => `${id.toString(8).padStart(7, '0')}\0`;

/** An extended header of pax with these records. */
export function pax(records: readonly [string, string][], type = 'x'): Buffer {
  const contents = records.map(([key, value]) => {
    const rest = ` ${key}=${value}\n`;
    const length = Buffer.byteLength(rest, 'latin1');
    const digits = String(length + String(length + 2).length).length;
    return Buffer.from(`${length + digits}${rest}`, 'latin1');
  });
  return member({ name: 'PaxHeaders/x', type, contents: Buffer.concat(contents) });
}

export const end: Buffer = Buffer.alloc(1024);
