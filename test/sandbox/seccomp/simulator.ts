/** A call as `struct seccomp_data` shows it to a filter. Arguments may have 64 bits. */
export interface Call {
  readonly audit: number;
  readonly number: number;
  readonly arguments?: readonly (number | bigint)[];
}

/** What a filter returns for a call, in words: `allow`, `kill`, or the number of an error. */
export function answerOf(filter: Uint8Array, call: Call): 'allow' | 'kill' | number {
  const value = returned(filter, dataOf(call));
  const action = value & 0xffff0000;
  if (action === 0x7fff0000) return 'allow';
  if (action === 0x80000000 >> 0) return 'kill';
  if (action === 0x00050000) return value & 0xffff;
  throw new Error(`no such action: ${value.toString(16)}`);
}

/** The machine of classic BPF as the kernel has it for seccomp; what the kernel refuses to load throws. */
function returned(filter: Uint8Array, data: DataView): number {
  const program = new DataView(filter.buffer, filter.byteOffset, filter.byteLength);
  let accumulator = 0;
  for (let at = 0; ; at += 1) {
    const code = program.getUint16(at * 8, true);
    const operand = program.getUint32(at * 8 + 4, true);
    const jump = (holds: boolean): number => program.getUint8(at * 8 + (holds ? 2 : 3));
    if (code === 0x20) accumulator = data.getUint32(operand, true);
    else if (code === 0x54) accumulator = (accumulator & operand) >>> 0;
    else if (code === 0x15) at += jump(accumulator === operand);
    else if (code === 0x25) at += jump(accumulator > operand);
    else if (code === 0x35) at += jump(accumulator >= operand);
    else if (code === 0x06) return operand;
    else throw new Error(`instruction ${at}: code ${code}`);
  }
}

function dataOf({ audit, number, arguments: values = [] }: Call): DataView {
  const data = new DataView(new ArrayBuffer(64));
  data.setUint32(0, number, true);
  data.setUint32(4, audit, true);
  for (const [index, value] of values.entries())
    data.setBigUint64(16 + 8 * index, BigInt.asUintN(64, BigInt(value)), true);
  return data;
}
