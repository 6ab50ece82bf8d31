import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Buildpack } from '../../buildpack/buildpack.ts';
import { loadBuildpack } from '../../buildpack/load-buildpack.ts';
import { escapeBuildpackId } from '../../cnb/buildpack-id.ts';
import { TsbuildpackError } from '../../errors.ts';
import type { Report } from '../../events.ts';

/** `<buildpacks>/<escaped id>/<version>` — https://github.com/buildpacks/spec/blob/main/platform.md#buildpacks-directory-layout (BPT-01) */
export class BuildpacksDirectory {
  readonly #dir: string;
  readonly #report: Report;
  readonly #known = new Map<string, Promise<Buildpack>>();

  constructor(dir: string, report: Report) {
    this.#dir = dir;
    this.#report = report;
  }

  /** The same value for the same buildpack every time. Throws BUILDPACK_INVALID, BUILDPACK_API_UNSUPPORTED. */
  find(id: string, version: string): Promise<Buildpack> {
    const name = `${id}@${version}`;
    const known = this.#known.get(name);
    if (known !== undefined) return known;
    const loading = this.#load(id, version);
    this.#known.set(name, loading);
    return loading;
  }

  async #load(id: string, version: string): Promise<Buildpack> {
    const dir = join(this.#dir, escapeBuildpackId(id), version);
    if (existsSync(join(dir, 'buildpack.toml'))) {
      // A buildpack without its programs fails when it is run, as any other that fails (DET-02).
      return loadBuildpack(dir, { report: this.#report, requirePrograms: false });
    }
    throw new TsbuildpackError('BUILDPACK_INVALID', `Cannot find buildpack "${id}@${version}": there is no "${dir}"`);
  }

  /** All buildpacks that these name, and those that composites among them name, by `id@version`; a missing one of a composite is left out. */
  async reachable(
    ids: readonly { readonly id: string; readonly version: string }[],
  ): Promise<ReadonlyMap<string, Buildpack>> {
    const found = new ReachableBuildpacks();
    for (const { id, version } of ids) await this.#reach(id, version, found);
    return found;
  }

  async #reach(id: string, version: string, found: ReachableBuildpacks): Promise<void> {
    const name = `${id}@${version}`;
    if (found.has(name) || !existsSync(join(this.#dir, escapeBuildpackId(id), version, 'buildpack.toml'))) return;
    let buildpack: Buildpack;
    try {
      buildpack = await this.find(id, version);
    } catch (error) {
      found.refuse(name, error);
      return;
    }
    found.set(name, buildpack);
    for (const group of buildpack.descriptor.order ?? []) {
      for (const inner of group) await this.#reach(inner.id, inner.version, found);
    }
  }
}

/** What composites name is judged when its turn comes, not before (VER-07). */
class ReachableBuildpacks extends Map<string, Buildpack> {
  readonly #refused = new Map<string, unknown>();

  refuse(name: string, error: unknown): void {
    this.#refused.set(name, error);
  }

  override get(name: string): Buildpack | undefined {
    if (this.#refused.has(name)) throw this.#refused.get(name);
    return super.get(name);
  }
}
