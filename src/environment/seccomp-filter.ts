import { refusedSystemCalls } from './refused-system-calls.ts';

/** Who a filter can be made for, as `process.arch` has it. */
type FilterArch = 'x64' | 'arm64';

interface Machine {
  /** AUDIT_ARCH_… of linux/audit.h. */
  readonly audit: number;
  /** Numbers from here on are those of another calling convention: x32, on x86_64. */
  readonly otherConvention?: number;
  readonly clone: number;
  readonly clone3: number;
  readonly ioctl: number;
  readonly socket: number;
  readonly refused: readonly number[];
}

const machines: Readonly<Record<FilterArch, Machine>> = {
  x64: {
    audit: 0xc000_003e,
    otherConvention: 0x4000_0000,
    clone: 56,
    clone3: 435,
    ioctl: 16,
    socket: 41,
    refused: refusedSystemCalls.map(([, x64]) => x64),
  },
  arm64: {
    audit: 0xc000_00b7,
    clone: 220,
    clone3: 435,
    ioctl: 29,
    socket: 198,
    refused: refusedSystemCalls.map(([, , arm64]) => arm64).filter((number) => number !== undefined),
  },
};

/**
 * A filter of system calls as the kernel takes it (an array of `struct sock_filter`, linux/filter.h): EPERM for what nobody needs who
 * builds. It allows what is not in its list, so that new system calls work. `clone3` gets ENOSYS, because a filter cannot see its flags and
 * C libraries then take `clone`. Undefined for a machine that we have no numbers of.
 */
export function seccompFilter(arch: string = process.arch): Buffer | undefined {
  if (arch !== 'x64' && arch !== 'arm64') return undefined;
  const machine = machines[arch];
  const { otherConvention, clone, clone3, ioctl, socket, refused } = machine;
  return assemble([
    load(offsets.arch),
    // A program of another machine kind (32 bit) has other numbers.
    ...unlessEqual(machine.audit, answer(errno.ENOSYS)),
    load(offsets.number),
    ...(otherConvention === undefined ? [] : ifAtLeast(otherConvention, answer(errno.ENOSYS))),
    ...ifEqual(clone3, [answer(errno.ENOSYS)]),
    ...refused.flatMap((number) => ifEqual(number, [answer(errno.EPERM)])),
    ...ifEqual(clone, [load(offsets.firstArgument), ...ifAnyBit(newNamespaces, answer(errno.EPERM)), allow]),
    ...ifEqual(ioctl, [
      load(offsets.secondArgument),
      ...terminalInput.flatMap((request) => ifEqual(request, [answer(errno.EPERM)])),
      allow,
    ]),
    ...ifEqual(socket, [
      load(offsets.firstArgument),
      ...otherFamilies.flatMap((family) => ifEqual(family, [answer(errno.EAFNOSUPPORT)])),
      allow,
    ]),
    allow,
  ]);
}

/** struct seccomp_data of linux/seccomp.h; of arguments the lower half. */
const offsets = { number: 0, arch: 4, firstArgument: 16, secondArgument: 24 } as const;

const errno = { EPERM: 1, ENOSYS: 38, EAFNOSUPPORT: 97 } as const;

/** CLONE_NEWNS, NEWCGROUP, NEWUTS, NEWIPC, NEWUSER, NEWPID, NEWNET of linux/sched.h. */
export const newNamespaces: number = 0x7e02_0000;

/** TIOCSTI and TIOCLINUX put words into the mouth of whoever sits at the terminal. */
export const terminalInput: readonly number[] = [0x5412, 0x541c];

/** AF_ALG, the kernel's ciphers, and AF_VSOCK, which talks to the host of a virtual machine whatever the network namespace. */
export const otherFamilies: readonly number[] = [38, 40];

interface Instruction {
  readonly code: number;
  readonly jumpTrue?: number;
  readonly jumpFalse?: number;
  readonly value: number;
}

/** https://www.kernel.org/doc/html/latest/networking/filter.html */
const codes = { load: 0x20, jumpEqual: 0x15, jumpAtLeast: 0x35, jumpAnyBit: 0x45, answer: 0x06 } as const;

const allow: Instruction = { code: codes.answer, value: 0x7fff_0000 };

function answer(error: number): Instruction {
  return { code: codes.answer, value: 0x0005_0000 | error };
}

function load(offset: number): Instruction {
  return { code: codes.load, value: offset };
}

function ifEqual(value: number, then: readonly Instruction[]): readonly Instruction[] {
  return [{ code: codes.jumpEqual, value, jumpFalse: then.length }, ...then];
}

function unlessEqual(value: number, then: Instruction): readonly Instruction[] {
  return [{ code: codes.jumpEqual, value, jumpTrue: 1 }, then];
}

function ifAtLeast(value: number, then: Instruction): readonly Instruction[] {
  return [{ code: codes.jumpAtLeast, value, jumpFalse: 1 }, then];
}

function ifAnyBit(value: number, then: Instruction): readonly Instruction[] {
  return [{ code: codes.jumpAnyBit, value, jumpFalse: 1 }, then];
}

function assemble(instructions: readonly Instruction[]): Buffer {
  const program = Buffer.alloc(instructions.length * 8);
  for (const [index, { code, jumpTrue = 0, jumpFalse = 0, value }] of instructions.entries()) {
    const at = index * 8;
    program.writeUInt16LE(code, at);
    program.writeUInt8(jumpTrue, at + 2);
    program.writeUInt8(jumpFalse, at + 3);
    program.writeUInt32LE(value >>> 0, at + 4);
  }
  return program;
}
