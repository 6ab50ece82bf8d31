import { chmodSync, copyFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { CliRig } from './cli-rig.ts';

const rig: CliRig = new CliRig();

afterAll(() => rig.remove());

// Node-API is stable, so that what is declared here is all that an add-on needs to know of it:
// https://nodejs.org/api/n-api.html
const addon = `
#include <string>
#include <sstream>
typedef struct napi_env__ *napi_env;
typedef struct napi_value__ *napi_value;
extern "C" int napi_create_string_utf8(napi_env, const char *, size_t, napi_value *);
extern "C" __attribute__((visibility("default"))) napi_value napi_register_module_v1(napi_env env, napi_value exports) {
  std::ostringstream text;
  text << "compiled by gcc " << __GNUC__ << " for glibc " << __GLIBC__ << "." << __GLIBC_MINOR__;
  napi_value value;
  napi_create_string_utf8(env, text.str().c_str(), text.str().size(), &value);
  return value;
}
`;

test('a native add-on that was compiled in the build half of a stack runs on its run half', async () => {
  const app = rig.folder('app', { 'addon.cc': addon, 'main.js': "console.log(require('./addon.node'));" });
  copyFileSync(process.execPath, join(app, 'node'));
  chmodSync(join(app, 'node'), 0o755);
  const buildpack = rig.folder('native', {
    'buildpack.toml': 'api = "0.12"\n[buildpack]\nid = "acme/native"\nversion = "1.0.0"\n',
  });
  mkdirSync(join(buildpack, 'bin'));
  const processes = '[[processes]]\\ntype = "web"\\ncommand = ["/workspace/node", "main.js"]\\ndefault = true\\n';
  const build = `set -e; g++ -O1 -shared -fPIC -o addon.node addon.cc; rm addon.cc; printf '${processes}' >"$CNB_LAYERS_DIR/launch.toml"`;
  for (const [name, script] of Object.entries({ detect: 'exit 0', build })) {
    writeFileSync(join(buildpack, 'bin', name), `#!/bin/bash\n${script}\n`, { mode: 0o755 });
  }
  const flags = ['--buildpack', buildpack, '--stack', 'base', '--isolation', 'image', '-t', 'with-addon'];
  expect(await rig.run(['build', app, ...flags])).toMatchObject({ exitCode: 0 });
  const { exitCode, stdout } = await rig.run(['run', 'with-addon']);
  expect({ exitCode, stdout }).toMatchObject({
    exitCode: 0,
    stdout: expect.stringMatching(/^compiled by gcc \d+ for glibc 2\.\d+\n$/) as string,
  });
}, 600_000);
