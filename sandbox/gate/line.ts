/** A line of the gate's program, the same for every architecture. */
export type Line =
  | { readonly type: 'label'; readonly name: string }
  /** Bytes, to be addressed by a label; behind all that is executed. */
  | { readonly type: 'text'; readonly text: string }
  | { readonly type: 'call'; readonly name: CallName; readonly arguments: readonly Operand[] }
  /** Goes on at `to` when the last call has given `value`, or when it has not. */
  | { readonly type: 'branch'; readonly when: '==' | '!='; readonly value: number; readonly to: string }
  /** The same for the byte that was read into the scratch place. */
  | { readonly type: 'branch-on-byte'; readonly when: '!='; readonly value: number; readonly to: string };

export type CallName = 'unshare' | 'read' | 'write' | 'close' | 'execve' | 'exit';

/** An argument of a call: at most three. */
export type Operand =
  /** Below 65536, or a multiple of that. */
  | { readonly type: 'number'; readonly value: number }
  | { readonly type: 'address'; readonly label: string }
  /** A byte below the stack that nothing else uses. */
  | { readonly type: 'scratch' }
  /** `argv[n]`, its length, and the address of `argv[n]` in the vector. */
  | { readonly type: 'argument'; readonly n: number }
  | { readonly type: 'length'; readonly n: number }
  | { readonly type: 'arguments-from'; readonly n: number }
  | { readonly type: 'environment' };

/** How one architecture writes a line. The length must not depend on where labels are. */
export type Encode = (line: Line, distance: (label: string, from: number) => number) => readonly number[];

/** The machine code of `lines`. */
export function assemble(lines: readonly Line[], encode: Encode): Uint8Array {
  const places = new Map<string, number>();
  let at = 0;
  for (const line of lines) {
    if (line.type === 'label') places.set(line.name, at);
    at += encode(line, () => 0).length;
  }
  at = 0;
  const bytes = lines.flatMap((line) => {
    const begin = at;
    const encoded = encode(line, (label, from) => {
      const place = places.get(label);
      if (place === undefined) throw new Error(`no label ${label}`);
      return place - (begin + from);
    });
    at += encoded.length;
    return encoded;
  });
  return Uint8Array.from(bytes);
}

/** A number as little-endian bytes, two's complement. */
export function littleEndian(value: number, bytes: number): number[] {
  return Array.from({ length: bytes }, (_, index) =>
    Number((BigInt.asUintN(64, BigInt(value)) >> BigInt(8 * index)) & 0xffn),
  );
}
