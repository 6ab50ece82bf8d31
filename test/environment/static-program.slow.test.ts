import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { contentEntry } from '../../src/layer/tar-entry.ts';
import { folderFor, runAs } from '../rootless.ts';
import type { BundleDriver } from './bundle-contract.ts';
import { busyboxConfig, driveBundle, makeBundleDriver, startBundle, temporaryDir } from './bundle-contract.ts';
import { everybody } from './environment-contract.ts';

/** What a Go program is that handles no signal: as process 1 it would end with status 2 and not by the signal. */
const program = `package main

import (
	"bufio"
	"fmt"
	"os"
	"strings"
	"time"
)

func main() {
	if len(os.Args) > 1 && os.Args[1] == "wait" {
		fmt.Println("started")
		time.Sleep(time.Hour)
	}
	input := bufio.NewScanner(os.Stdin)
	for input.Scan() {
		words := strings.Fields(input.Text())
		if words[0] == "exit" {
			os.Exit(3)
		}
		names, err := os.ReadDir(words[1])
		fmt.Println(len(names) > 0, err)
	}
}
`;

let made: BundleDriver;
let layerFile: string;
const folders: string[] = [];

beforeAll(async () => {
  made = await makeBundleDriver();
  const source = mkdtempSync(join(tmpdir(), 'tsbuildpack-go-'));
  folders.push(source);
  writeFileSync(join(source, 'go.mod'), 'module example.com/shell\n\ngo 1.21\n');
  writeFileSync(join(source, 'main.go'), program);
  const env = { ...process.env, CGO_ENABLED: '0', GOFLAGS: '', GOWORK: 'off' };
  execFileSync('go', ['build', '-trimpath', '-o', 'shell'], { cwd: source, env, stdio: 'inherit' });
  const owner = { uid: 0, gid: 0 };
  layerFile = made.layerFile([contentEntry('shell', readFileSync(join(source, 'shell')), { ...owner, mode: 0o755 })]);
});

afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

describe.each(everybody())('an image of nothing but a static program, as $name', (who) => {
  async function bundle(): Promise<{ dir: string; home: string }> {
    const home = folderFor(who.user);
    folders.push(home, temporaryDir(who, home));
    const dir = join(home, 'bundle');
    const config = busyboxConfig(['/shell'], { User: '1002:1000', WorkingDir: '/' });
    const { exitCode, stderr } = await driveBundle(made.program, who, {
      do: 'write',
      dir,
      config,
      layerFiles: [layerFile],
      home,
    });
    expect(stderr).toBe('');
    expect(exitCode).toBe(0);
    return { dir, home };
  }

  test('is started by runc, reads standard input and gives its status', async () => {
    const { dir, home } = await bundle();
    const argv = ['runc', '--root', join(home, 'state'), 'run', '-b', dir, `static-${process.pid}`];
    const { exitCode, stdout } = await runAs(who.user, argv, { home, input: 'ls /\nexit\n' });
    expect(stdout).toBe('true <nil>\n');
    expect(exitCode).toBe(3);
  });

  test('ends by SIGTERM although it has no handler', async () => {
    const { dir, home } = await bundle();
    const started = startBundle(made.program, who, { do: 'run', dir, home, options: { args: ['wait'] } });
    await vi.waitFor(() => expect(started.output()).toContain('started'), 20_000);
    started.child.kill('SIGTERM');
    expect(await started.status).toBe(143);
    expect(readdirSync(temporaryDir(who, home))).toEqual([]);
  });
});
