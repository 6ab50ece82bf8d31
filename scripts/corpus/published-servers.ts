import { byTheSignal, type CorpusApp } from './corpus-app.ts';

const page = { 'public/index.html': '<h1>Files say 42</h1>\n' };

function server(
  name: string,
  start: string,
  more: Pick<CorpusApp, 'about' | 'expect' | 'inCi' | 'files'> & {
    readonly packages: Readonly<Record<string, string>>;
    readonly manifest?: object;
  },
): CorpusApp {
  const { packages, files, manifest, ...rest } = more;
  return {
    name,
    ...rest,
    files: {
      'package.json': { name: `${name}-app`, scripts: { start }, dependencies: packages, ...manifest },
      ...files,
    },
  };
}

/** Servers that are published as packages: an application of one line each. */
export const publishedServers: readonly CorpusApp[] = [
  server('http-server', 'http-server', {
    about: 'http-server',
    packages: { 'http-server': '^14' },
    files: page,
    expect: { kind: 'answer', says: 'Files say 42', endsWith: [0, 143] },
    inCi: true,
  }),
  server('serve', 'serve public', {
    about: 'serve',
    packages: { serve: '^14' },
    files: page,
    expect: { kind: 'answer', says: 'Files say 42', endsWith: [0, 143] },
  }),
  server('sirv-cli', 'sirv public', {
    about: 'sirv-cli, which listens on localhost unless told otherwise',
    packages: { 'sirv-cli': '^3' },
    files: page,
    expect: { kind: 'answer', says: 'Files say 42', endsWith: byTheSignal },
  }),
  server('json-server', 'json-server db.json', {
    about: 'json-server 1, which listens on localhost unless told otherwise',
    packages: { 'json-server': '1.0.0-beta.3' },
    files: { 'db.json': { answers: [{ id: '1', value: 42 }] }, 'public/index.html': '' },
    expect: { kind: 'answer', path: '/answers', says: '42', endsWith: byTheSignal },
  }),
  server('verdaccio', 'verdaccio --config config.yaml --listen 0.0.0.0:$PORT', {
    about: 'verdaccio, by a shell, because the script has a variable',
    packages: { verdaccio: '^6' },
    // It asks for a tag, which not every mirror of the registry has.
    manifest: { overrides: { 'node-fetch': '2.6.7' } },
    // Without one it would write its own beside the program, where no user of an image may.
    files: {
      'config.yaml': [
        'storage: /tmp/storage',
        'auth: { htpasswd: { file: /tmp/htpasswd } }',
        "packages: { '**': { access: $all } }",
        'log: { type: stdout, format: pretty, level: warn }',
        '',
      ].join('\n'),
    },
    expect: { kind: 'answer', path: '/-/ping', says: '{}', endsWith: [0, 143] },
  }),
  server('peer', 'peerjs --port $PORT', {
    about: 'PeerJS, by a shell',
    packages: { peer: '^1' },
    expect: { kind: 'answer', says: 'PeerJS', endsWith: [0, 143] },
  }),
  server('node-red', 'node-red', {
    about: 'Node-RED, which writes to its home',
    packages: { 'node-red': '^4' },
    expect: { kind: 'answer', says: 'Node-RED', endsWith: [0, 143] },
  }),
];
