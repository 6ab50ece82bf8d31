import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ErrorRig } from './error-rig.ts';

let rig: ErrorRig;
let buildpack: string;

beforeAll(() => {
  rig = new ErrorRig();
  buildpack = rig.scripts('keeps', {
    build: `echo "env is $CNB_EXEC_ENV, type is $(cat "$SERVICE_BINDING_ROOT/db/type" 2>/dev/null)"
mkdir -p "$CNB_LAYERS_DIR/kept" && echo x >> "$CNB_LAYERS_DIR/kept/count"
echo "this is build $(wc -l < "$CNB_LAYERS_DIR/kept/count")"
ls "$CNB_LAYERS_DIR" | grep -q '^run.toml$' && echo 'knows its launch layer'
mkdir -p "$CNB_LAYERS_DIR/run" && echo r > "$CNB_LAYERS_DIR/run/file"
printf '[types]\\ncache = true\\n' > "$CNB_LAYERS_DIR/kept.toml"
printf '[types]\\nlaunch = true\\n' > "$CNB_LAYERS_DIR/run.toml"`,
  });
});
afterAll(() => rig.remove());

async function build(...args: readonly string[]): Promise<string> {
  // Every build with a store of its own: what comes back can only come from where the flags say.
  rmSync(rig.store, { recursive: true, force: true });
  const { exitCode, stderr } = await rig.build([rig.app, '--buildpack', buildpack, '--stack', 'static', ...args]);
  expect({ exitCode, stderr }).toMatchObject({ exitCode: 0 });
  return stderr;
}

test('--cache-dir and --cache-image bring cached layers to another machine [CAC-01] [CAC-07] [RST-01]', async () => {
  for (const flags of [
    ['--cache-dir', join(rig.dir, 'cache')],
    ['--cache-image', `oci:${join(rig.dir, 'cache-image')}`],
  ]) {
    expect(await build(...flags)).toContain('this is build 1');
    expect(await build(...flags)).toContain('this is build 2');
    expect(await build(...flags, '--skip-restore')).toContain('this is build 1');
    expect(await build(...flags, '--clear-cache')).toContain('this is build 1');
  }
  expect(readdirSync(join(rig.dir, 'cache'))).toEqual(['committed']);
});

test('--previous-image gives the metadata of its layers back, in the same execution environment [ANA-02] [ANA-03] [ANA-15]', async () => {
  const place = `oci:${join(rig.dir, 'app')}`;
  expect(await build('--previous-image', place, '-o', place)).not.toContain('knows its launch layer');
  expect(await build('--previous-image', place, '-o', place)).toContain('knows its launch layer');
  const other = await build('--previous-image', place, '--exec-env', 'test', '-o', place);
  expect(other).toContain('env is test');
  expect(other).not.toContain('knows its launch layer');
});

test('a binding reaches the buildpack and is nowhere when the build has ended [BND-02] [BND-04]', async () => {
  const binding = rig.folder('db', { type: 'postgresql', uri: 'a-very-secret-uri' });
  const image = join(rig.dir, 'bound');
  expect(await build('--binding', binding, '-o', `oci:${image}`)).toContain('type is postgresql');
  const found = execFileSync('sh', ['-c', 'grep -rl a-very-secret-uri "$1" "$2" || true', 'sh', rig.store, image]);
  expect(found.toString()).toBe('');
  expect(readFileSync(join(binding, 'uri'), 'utf8')).toBe('a-very-secret-uri');
});
