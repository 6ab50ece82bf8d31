import { execFileSync } from 'node:child_process';
import { chownSync, existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import type { Who } from './environment-contract.ts';

export interface PlantedSecrets {
  /** To be named to the environment. */
  readonly hidden: readonly string[];
  /** No secrets: readable by everyone in a directory of the system. */
  readonly visible: readonly string[];
  remove(): void;
}

/** A token wherever somebody might keep one. What only root can write is planted when we are root. */
export function plantSecrets(who: Who, home: string, token: string): PlantedSecrets {
  const own = ['.npmrc', '.netrc', '.docker/config.json', '.ssh/id_ed25519', 'cache/store/auth'].map((name) =>
    join(home, name),
  );
  const stamp = `tsbuildpack-test-${process.pid}`;
  const source = `/usr/src/${stamp}`;
  const system = [
    `/root/${stamp}`,
    `/home/${stamp}`,
    `/srv/${stamp}`,
    `/mnt/${stamp}`,
    `/run/${stamp}`,
    `/tmp/${stamp}`,
    `/var/tmp/${stamp}`,
    `/var/lib/${stamp}`,
    `/etc/${stamp}.key`,
    `/opt/${stamp}.key`,
    `/data-${stamp}/key`,
    `${source}/.env`,
    '/usr/local/etc/gitconfig',
  ].filter((file) => process.getuid?.() === 0 && !existsSync(file));
  for (const file of [...own, ...system]) {
    mkdirSync(join(file, '..'), { recursive: true });
    writeFileSync(file, `_authToken=${token}\n`, { mode: file.endsWith('.key') ? 0o600 : 0o644 });
    // A key that belongs to the builder is no secret to what he runs, unless it is hidden.
    if (file.endsWith('.key')) chownSync(file, who.user.uid, who.user.gid);
  }
  if (process.getuid?.() === 0) execFileSync('chown', ['-R', `${who.user.uid}:${who.user.gid}`, home]);
  const visible = process.getuid?.() === 0 ? [`/usr/share/${stamp}`] : [];
  for (const file of visible) writeFileSync(file, token, { mode: 0o644 });
  return {
    visible,
    hidden: system.length > 0 ? [source] : [],
    remove(): void {
      for (const file of [...system, ...visible]) rmSync(file, { force: true });
      if (process.getuid?.() !== 0) return;
      rmSync(source, { recursive: true, force: true });
      rmSync(`/data-${stamp}`, { recursive: true, force: true });
    },
  };
}

/** Listening sockets in a home and, as root, in a system directory, as container engines and databases have them. */
export async function plantSockets(who: Who, home: string): Promise<() => void> {
  const places = [join(home, 'agent.sock'), '/tmp/tsbuildpack-test.sock'];
  if (process.getuid?.() === 0)
    places.push('/opt/tsbuildpack-test.sock', '/usr/share/tsbuildpack-test.sock', '/run/tsbuildpack-test.sock');
  const servers = await Promise.all(
    places.map(async (path) => {
      rmSync(path, { force: true });
      const server = createServer().listen(path);
      await new Promise((resolve) => server.once('listening', resolve));
      if (process.getuid?.() === 0) chownSync(path, who.user.uid, who.user.gid);
      return server;
    }),
  );
  return () => servers.forEach((server) => server.close());
}
