import { describe, expect, test } from 'vitest';
import { refusedSystemCalls } from '../../src/environment/refused-system-calls.ts';
import { seccompFilter } from '../../src/environment/seccomp-filter.ts';

const archs = [
  { arch: 'x64', audit: 0xc000_003e, clone: 56, ioctl: 16, socket: 41, read: 0, column: 1 },
  { arch: 'arm64', audit: 0xc000_00b7, clone: 220, ioctl: 29, socket: 198, read: 63, column: 2 },
] as const;

const allowed = 0x7fff_0000;
const refusedWith = (error: number): number => 0x0005_0000 | error;

interface Call {
  readonly audit: number;
  readonly number: number;
  readonly arguments?: readonly number[];
}

/** The kernel's machine for these programs, as far as ours goes: https://www.kernel.org/doc/html/latest/networking/filter.html */
function run(program: Buffer, { audit, number, arguments: values = [] }: Call): number {
  const data = Buffer.alloc(64);
  data.writeUInt32LE(number >>> 0, 0);
  data.writeUInt32LE(audit, 4);
  for (const [index, value] of values.entries()) data.writeUInt32LE(value >>> 0, 16 + index * 8);
  let accumulator = 0;
  for (let at = 0; at < program.length / 8; at += 1) {
    const code = program.readUInt16LE(at * 8);
    const value = program.readUInt32LE(at * 8 + 4);
    if (code === 0x06) return value;
    if (code === 0x20) {
      accumulator = data.readUInt32LE(value);
      continue;
    }
    const tests: Readonly<Record<number, boolean>> = {
      0x15: accumulator === value,
      0x35: accumulator >= value,
      0x45: (accumulator & value) !== 0,
    };
    const isTrue = tests[code];
    if (isTrue === undefined) throw new Error(`instruction ${code.toString(16)}`);
    at += program.readUInt8(at * 8 + (isTrue ? 2 : 3));
  }
  throw new Error('the program has no end');
}

describe.each(archs)('seccompFilter() for $arch', ({ arch, audit, clone, ioctl, socket, read, column }) => {
  const program = seccompFilter(arch)!;
  const call = (number: number, ...values: readonly number[]): number =>
    run(program, { audit, number, arguments: values });

  test('refuses what is in the list, and nothing else', () => {
    const listed = new Set(refusedSystemCalls.map((entry) => entry[column]));
    listed.delete(undefined);
    for (let number = 0; number < 600; number += 1) {
      const expected = listed.has(number) ? refusedWith(1) : number === 435 ? refusedWith(38) : allowed;
      expect([number, call(number)]).toEqual([number, expected]);
    }
    expect(call(read)).toBe(allowed);
  });

  test('refuses new namespaces and allows new threads and processes', () => {
    for (const bit of [17, 25, 26, 27, 28, 29, 30]) expect(call(clone, 2 ** bit)).toBe(refusedWith(1));
    // CLONE_VM|FS|FILES|SIGHAND|THREAD|SYSVSEM|SETTLS|PARENT_SETTID|CHILD_CLEARTID, and SIGCHLD.
    expect(call(clone, 0x003d_0f00)).toBe(allowed);
    expect(call(clone, 17)).toBe(allowed);
  });

  test('refuses to type into terminals and sockets that lead out of any namespace', () => {
    expect(call(ioctl, 0, 0x5412)).toBe(refusedWith(1));
    expect(call(ioctl, 0, 0x541c)).toBe(refusedWith(1));
    expect(call(ioctl, 0, 0x5401)).toBe(allowed);
    expect([38, 40].map((family) => call(socket, family))).toEqual([refusedWith(97), refusedWith(97)]);
    expect([1, 2, 10, 16].map((family) => call(socket, family))).toEqual([allowed, allowed, allowed, allowed]);
  });

  test('answers other calling conventions as a kernel without them', () => {
    expect(run(program, { audit: 0x4000_0003, number: 21 })).toBe(refusedWith(38));
    expect(arch === 'x64' ? call(0x4000_0000 + 165) : refusedWith(38)).toBe(refusedWith(38));
  });
});

test('seccompFilter() gives none for a machine that it has no numbers of', () => {
  expect(seccompFilter('riscv64')).toBeUndefined();
});
