/** Who buildpacks run as: the build user of the built-in stacks. The run user differs (1002:1000). */
export const buildUser = { name: 'cnb', uid: 1001, gid: 1000, home: '/home/cnb' } as const;

/** The account files that a process in a build environment sees: the host's accounts are none of its business. */
export const accountFiles: Readonly<Record<'passwd' | 'group', string>> = {
  passwd: [
    'root:x:0:0:root:/root:/sbin/nologin',
    `${buildUser.name}:x:${buildUser.uid}:${buildUser.gid}::${buildUser.home}:/bin/sh`,
    'nobody:x:65534:65534:nobody:/nonexistent:/sbin/nologin',
    '',
  ].join('\n'),
  group: ['root:x:0:', `${buildUser.name}:x:${buildUser.gid}:`, 'nogroup:x:65534:', ''].join('\n'),
};
