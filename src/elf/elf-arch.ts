/** `e_machine`: https://refspecs.linuxfoundation.org/elf/gabi4+/ch4.eheader.html and the registry that continues it. */
const machine = {
  sparc: 2,
  i386: 3,
  mips: 8,
  ppc: 20,
  ppc64: 21,
  s390: 22,
  arm: 40,
  sparcv9: 43,
  x86_64: 62,
  aarch64: 183,
  riscv: 243,
  loongarch: 258,
} as const;

type Word = (bits: 32 | 64, little: boolean) => string;

/** Go's words, those that it only reserves included: https://github.com/golang/go/blob/master/src/internal/syslist/syslist.go */
const words: ReadonlyMap<number, Word> = new Map<number, Word>([
  [machine.sparc, () => 'sparc'],
  [machine.sparcv9, () => 'sparc64'],
  [machine.i386, () => '386'],
  [machine.x86_64, (bits) => (bits === 64 ? 'amd64' : 'amd64p32')],
  [machine.arm, (_bits, little) => (little ? 'arm' : 'armbe')],
  [machine.aarch64, (_bits, little) => (little ? 'arm64' : 'arm64be')],
  [machine.ppc, () => 'ppc'],
  [machine.ppc64, (_bits, little) => (little ? 'ppc64le' : 'ppc64')],
  [machine.s390, (bits) => (bits === 64 ? 's390x' : 's390')],
  [machine.mips, (bits, little) => `mips${bits === 64 ? '64' : ''}${little ? 'le' : ''}`],
  [machine.riscv, (bits) => (bits === 64 ? 'riscv64' : 'riscv')],
  [machine.loongarch, (bits) => (bits === 64 ? 'loong64' : 'loong32')],
]);

/** Go's word for a machine, undefined when it has none. */
export function elfArch(eMachine: number, bits: 32 | 64, endian: 'little' | 'big'): string | undefined {
  return words.get(eMachine)?.(bits, endian === 'little');
}
