import { existsSync, mkdirSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { purpose, removeSource } from '../../../buildpacks/go/kept-files.ts';
import { temporaryDirectory } from '../../temporary-directory.ts';

const none = new Set<string>();

describe('purpose()', () => {
  test.each([
    ['main.go', 'source'],
    ['a/b_test.go', 'source'],
    ['go.mod', 'module file'],
    ['api/go.sum', 'module file'],
    ['vendor/example.com/x/data.json', 'module file'],
    ['a/testdata/x.json', 'test data'],
    ['test/x.json', 'test data'],
    ['README.md', 'documentation'],
    ['web/README', 'documentation'],
    ['docs/logo.png', 'documentation'],
    ['NOTES.md', 'documentation'],
    ['Makefile', 'tooling'],
    ['Dockerfile', 'tooling'],
    ['build/api.Dockerfile', 'tooling'],
    ['docker-compose.dev.yml', 'tooling'],
    ['.github/workflows/ci.yml', 'tooling'],
    ['.golangci.yml', 'tooling'],
    ['.goreleaser.yaml', 'tooling'],
    ['.gitignore', 'tooling'],
    ['scripts/x.sh', 'tooling'],
    ['project.toml', 'tooling'],
    ['LICENSE', 'program'],
    ['content/post.md', 'program'],
    ['web/static/app.js', 'program'],
    ['web/vendor/jquery.js', 'program'],
    ['web/docs/a.html', 'program'],
    ['config.yaml', 'program'],
    ['migrations/0001.sql', 'program'],
    ['data/lib.c', 'program'],
    ['templates/test/a.tmpl', 'program'],
  ])('knows that %s is %s', (path, is) => {
    expect(purpose(path, none)).toBe(is);
  });

  test('takes C files beside Go files for source', () => {
    expect(purpose('a/lib.c', new Set(['lib.c', 'a.go']))).toBe('source');
    expect(purpose('a/add_amd64.s', new Set(['add_amd64.s', 'add.go']))).toBe('source');
  });
});

function workspace(...files: readonly string[]): string {
  const dir = temporaryDirectory('kept');
  for (const file of files) {
    mkdirSync(dirname(join(dir, file)), { recursive: true });
    writeFileSync(join(dir, file), 'x'.repeat(file.length));
  }
  return dir;
}

function tree(dir: string): string[] {
  return readdirSync(dir, { recursive: true, encoding: 'utf8' }).toSorted();
}

describe('removeSource()', () => {
  test('keeps what the program may read, with its size, and empty folders of the user', async () => {
    const appDir = workspace('main.go', 'go.mod', 'static/app.js', 'LICENSE', 'internal/a/a.go', 'docs/x.md');
    mkdirSync(join(appDir, 'var'));
    symlinkSync('static/app.js', join(appDir, 'app.js'));
    expect(await removeSource({ appDir, workspaceDir: appDir }, { patterns: undefined })).toEqual([
      { path: 'LICENSE', sizeBytes: 7 },
      { path: 'app.js', sizeBytes: 13 },
      { path: 'static/app.js', sizeBytes: 13 },
    ]);
    expect(tree(appDir)).toEqual(['LICENSE', 'app.js', 'static', 'static/app.js', 'var']);
  });

  test('keeps exactly what BP_KEEP_FILES names', async () => {
    const files = ['main.go', 'static/app.js', 'static/app.js.map', 'README.md', 'data/x.json'];
    const keep = async (patterns: readonly string[]): Promise<string[]> => {
      const appDir = workspace(...files);
      return (await removeSource({ appDir, workspaceDir: appDir }, { patterns })).map(({ path }) => path);
    };
    expect(await keep(['static/**', '!*.map'])).toEqual(['static/app.js']);
    expect(await keep(['README.md'])).toEqual(['README.md']);
    expect(await keep(['*'])).toEqual(files.toSorted());
    expect(await keep([])).toEqual([]);
  });

  test('leaves nothing of a monorepo but the application', async () => {
    const workspaceDir = workspace(
      'go.work',
      'lib/lib.go',
      'lib/secret.txt',
      'apps/api/main.go',
      'apps/api/web/x.html',
      'apps/web/index.html',
    );
    const appDir = join(workspaceDir, 'apps/api');
    await removeSource({ appDir, workspaceDir }, { patterns: undefined });
    expect(tree(workspaceDir)).toEqual(['apps', 'apps/api', 'apps/api/web', 'apps/api/web/x.html']);
  });

  test('never follows a link out of the workspace', async () => {
    const outside = workspace('main.go');
    const appDir = workspace('main.go');
    symlinkSync(outside, join(appDir, 'tools'));
    await removeSource({ appDir, workspaceDir: appDir }, { patterns: [] });
    expect(existsSync(join(outside, 'main.go'))).toBe(true);
  });
});
