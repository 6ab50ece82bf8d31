import { describe, expect, test } from 'vitest';
import type { BundleConfigOptions } from '../../src/environment/bundle-config.ts';
import { bundleConfig } from '../../src/environment/bundle-config.ts';
import type { IdMapping } from '../../src/environment/id-mapping.ts';
import type { ContainerConfig, ImageConfig } from '../../src/oci/image-config.ts';

const host: BundleConfigOptions = {
  user: { uid: 1002, gid: 1000, additionalGids: [1000, 2000], home: '/home/app' },
  ids: { kind: 'host' },
};
const one = (hostID: number) => ({ containerID: 0, hostID, size: 1 });
const ranges: IdMapping = {
  kind: 'ranges',
  uids: [one(500), { containerID: 1, hostID: 100_000, size: 65_536 }],
  gids: [one(600), { containerID: 1, hostID: 100_000, size: 65_536 }],
};
const single: IdMapping = { kind: 'single', uids: [one(500)], gids: [one(600)], reason: '' };

function image(config: ContainerConfig): ImageConfig {
  return { architecture: 'amd64', os: 'linux', config, rootfs: { type: 'layers', diff_ids: [] } };
}

const app = image({ Entrypoint: ['/app'], Cmd: ['serve'], Env: ['A=1', 'PATH=/x'], WorkingDir: '/workspace' });

describe('bundleConfig()', () => {
  test('starts entrypoint and command in the working directory with the environment of the image', () => {
    const { process, annotations, root } = bundleConfig(app, host);
    expect(process).toMatchObject({
      terminal: false,
      args: ['/app', 'serve'],
      env: ['A=1', 'PATH=/x', 'HOME=/home/app'],
      cwd: '/workspace',
      user: { uid: 1002, gid: 1000, additionalGids: [2000] },
      noNewPrivileges: true,
    });
    expect(annotations).toEqual({ 'dev.tsbuildpack.entrypoint-length': '1' });
    expect(root).toEqual({ path: 'rootfs', readonly: false });
  });

  test('fills in what an image leaves out', () => {
    const { process } = bundleConfig(image({ Cmd: ['sh'], Entrypoint: null, WorkingDir: '' }), {
      ...host,
      terminal: true,
    });
    expect(process).toMatchObject({ args: ['sh'], cwd: '/', terminal: true });
    expect(process.env).toEqual([
      'PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
      'HOME=/home/app',
      'TERM=xterm',
    ]);
  });

  test('refuses an image with nothing to start', () => {
    expect(() => bundleConfig(image({}), host)).toThrow(
      'Cannot make a bundle of the image: it has neither an entrypoint nor a command',
    );
  });

  test('asks for nothing that a user may not have', () => {
    const config = bundleConfig(app, { ...host, ids: ranges });
    expect(config.linux).toMatchObject({ uidMappings: ranges.uids, gidMappings: ranges.gids });
    expect(config.linux.namespaces.map(({ type }) => type)).toEqual(['pid', 'ipc', 'uts', 'mount', 'user']);
    expect(config.process.user).toEqual({ uid: 1002, gid: 1000 });
    expect(config.mounts.find(({ destination }) => destination === '/sys')?.options).toContain('rbind');
    expect(JSON.stringify(config)).not.toMatch(/rlimits|resources|cgroup|gid=5/);
  });

  test('runs as the caller alone where there are no ids for others', () => {
    expect(bundleConfig(app, { ...host, ids: single }).process.user).toEqual({ uid: 0, gid: 0 });
  });

  test('refuses a user beyond the ranges', () => {
    expect(() => bundleConfig(app, { ...host, user: { uid: 70_000, gid: 0, home: '/' }, ids: ranges })).toThrow(
      'Cannot run as 70000:0: the id ranges in /etc/subuid and /etc/subgid do not reach that far',
    );
  });

  test("isolates from the network or takes the host's with its names", () => {
    const networkFiles = ['/etc/resolv.conf'];
    const open = bundleConfig(app, { ...host, networkFiles });
    expect(open.linux.namespaces.map(({ type }) => type)).not.toContain('network');
    expect(open.mounts.at(-1)).toMatchObject({
      destination: '/etc/resolv.conf',
      source: '/etc/resolv.conf',
      type: 'bind',
    });
    const closed = bundleConfig(app, { ...host, networkFiles, network: 'none' });
    expect(closed.linux.namespaces.map(({ type }) => type)).toContain('network');
    expect(closed.mounts.map(({ destination }) => destination)).not.toContain('/etc/resolv.conf');
  });
});
