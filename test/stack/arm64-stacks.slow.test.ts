import { afterAll, beforeAll, expect, test } from 'vitest';
import { parsePlatform } from '../../src/oci/platform.ts';
import { elfClosure } from './elf-closure.ts';
import { runInBundle, stackRig, type StackRig } from './stack-rig.ts';

// For the architecture that this machine does not have: what is made here is only unpacked, never run, but for the emulator's sake.

const [architecture, emulator] =
  process.arch === 'x64'
    ? (['arm64', '/usr/bin/qemu-aarch64-static'] as const)
    : (['amd64', '/usr/bin/qemu-x86_64-static'] as const);

let rig: StackRig;

beforeAll(async () => {
  rig = await stackRig();
});

afterAll(() => {
  rig.remove();
});

test.each(['base', 'shell'])(
  'stack %s of another architecture has all that its ELF files ask for',
  { timeout: 300_000 },
  async (stack) => {
    const { image } = await rig.half(stack, 'run', { platform: parsePlatform(`linux/${architecture}`) });
    expect(image.config.architecture).toBe(architecture);
    const { elfFiles, problems } = await elfClosure(image);
    expect(problems).toEqual([]);
    expect(elfFiles).toBeGreaterThan(20);
  },
);

test(
  'a program of shell of another architecture runs under an emulator as a user who is not root',
  { timeout: 300_000 },
  async () => {
    const { image } = await rig.half('shell', 'run', { platform: parsePlatform(`linux/${architecture}`) });
    const bundle = await rig.bundle(image);
    const script = 'echo "$BASH_VERSION" "$UID"; echo written > ~/file && read -r line < ~/file && echo "$line"';
    const ran = await runInBundle(bundle, ['/emulator', '/bin/bash', '-c', script], {
      binds: { '/emulator': emulator },
    });
    expect(ran.stderr).toBe('');
    expect(ran.stdout).toMatch(/^5\.\d+\.\d+\S* 1002\nwritten\n$/);
  },
);
