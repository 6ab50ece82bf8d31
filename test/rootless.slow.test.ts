import { existsSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { craneBinary, nodeBinary } from './test-tools.ts';
import { folderFor, rootlessUser, runAs } from './rootless.ts';

test('runAs() runs as the unprivileged user, with an empty home and nothing of our environment', async () => {
  process.env['TSBUILDPACK_PLANTED'] = 'secret';
  const script = 'id -u; id -G; ls -A "$HOME"; echo "planted=$TSBUILDPACK_PLANTED"; cat; mkdir /tsbuildpack-forbidden';
  const user = rootlessUser();
  const { exitCode, stdout, stderr } = await runAs(user, ['sh', '-c', script], { input: 'input\n' });
  delete process.env['TSBUILDPACK_PLANTED'];
  const [uid, groups = '', ...rest] = stdout.split('\n');
  expect(uid).toBe(String(user.uid));
  expect(groups.split(' ')).not.toContain('0');
  expect(rest).toEqual(['planted=', 'input', '']);
  expect(stderr).toMatch(/Permission denied/);
  expect(exitCode).not.toBe(0);
});

test('runAs() gives a user who can make namespaces with a range of ids, as rootless runtimes do', async () => {
  const { stdout, stderr, exitCode } = await runAs(rootlessUser(), [
    'unshare',
    '--map-auto',
    '--map-root-user',
    'sh',
    '-c',
    'touch "$HOME/f" && chown 1000:1000 "$HOME/f" && stat -c %u:%g "$HOME/f"',
  ]);
  expect({ stdout, stderr, exitCode }).toEqual({ stdout: '1000:1000\n', stderr: '', exitCode: 0 });
});

test('folderFor() makes a folder that belongs to the user and to nobody else', async () => {
  const user = rootlessUser();
  const home = folderFor(user);
  const { uid, mode } = statSync(home);
  expect({ uid, mode: mode & 0o777 }).toEqual({ uid: user.uid, mode: 0o700 });
  await runAs(user, ['touch', 'mine'], { home });
  expect(existsSync(join(home, 'mine'))).toBe(true);
  rmSync(home, { recursive: true });
});

test.each([20, 22, 24] as const)('nodeBinary() is Node %i', async (major) => {
  const { stdout } = await runAs(rootlessUser(), [nodeBinary(major), '--version']);
  expect(stdout).toMatch(new RegExp(`^v${major}\\.`));
});

test('craneBinary() runs', async () => {
  const { exitCode } = await runAs(rootlessUser(), [craneBinary(), 'validate', '--help']);
  expect(exitCode).toBe(0);
});
