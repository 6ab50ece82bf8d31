import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { runInBundle, stackRig, type StackRig } from './stack-rig.ts';

let rig: StackRig;

beforeAll(async () => {
  rig = await stackRig();
});

afterAll(() => {
  rig.remove();
});

// The newest release of every line that is in use, as its own package has it: 26 is the first that needs libatomic.
test.each(['20', '22', '24', '26'])(
  'Node.js %s runs on base as a numeric user who is not root',
  { timeout: 300_000 },
  async (line) => {
    const architecture = process.arch === 'x64' ? 'x64' : process.arch;
    const dir = join(rig.dir, `node-${line}`);
    mkdirSync(dir);
    writeFileSync(join(dir, 'package.json'), '{}');
    execFileSync(
      'npm',
      ['install', '--no-audit', '--no-fund', '--ignore-scripts', `node-linux-${architecture}@${line}`],
      {
        cwd: dir,
        stdio: 'ignore',
      },
    );
    const program = `
    const [tls, os, fs] = ['tls', 'os', 'fs'].map(require);
    fs.writeFileSync(os.homedir() + '/written-' + process.pid, '');
    const authorities = fs.readFileSync('/etc/ssl/certs/ca-certificates.crt', 'utf8').split('BEGIN CERTIFICATE').length;
    console.log(process.version.split('.')[0], os.userInfo().username, process.getuid(), authorities > 100);
    console.log(new Date(0).toLocaleString('de-DE', { timeZone: 'Asia/Tokyo' }), tls.rootCertificates.length > 100);
    require('dns').lookup('localhost', (error, address) => console.log(error?.code ?? address));
  `;
    const bundle = await rig.bundle((await rig.half('base', 'run')).image);
    const ran = await runInBundle(bundle, ['/node/bin/node', '-e', program], {
      binds: { '/node': join(dir, 'node_modules', `node-linux-${architecture}`) },
    });
    expect(ran.stderr).toBe('');
    expect(ran.stdout).toMatch(
      new RegExp(`^v${line} cnb 1002 true\\n1\\.1\\.1970, 0?9:00:00 true\\n(?:127\\.0\\.0\\.1|::1)\\n$`),
    );
  },
);
