import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'smol-toml';
import * as v from 'valibot';
import { repositoryRoot } from '../../../scripts/repository-root.ts';
import type { Scenario } from './scenario.ts';

export const conformanceDir: string = join(repositoryRoot, 'test', 'conformance');

const fileSpec = v.union([
  v.string(),
  v.strictObject({
    content: v.exactOptional(v.string()),
    mode: v.exactOptional(v.number()),
    link: v.exactOptional(v.string()),
    directory: v.exactOptional(v.literal(true)),
  }),
]);
const files = v.record(v.string(), fileSpec);
/** TOML has no null: `false` says that a file is not there. */
const filesOrNone = v.record(
  v.string(),
  v.union([
    fileSpec,
    v.pipe(
      v.literal(false),
      v.transform((): null => null),
    ),
  ]),
);
const texts = v.record(v.string(), v.string());

const buildpack = v.strictObject({
  id: v.string(),
  version: v.exactOptional(v.string()),
  api: v.exactOptional(v.string()),
  detect: v.exactOptional(v.string()),
  build: v.exactOptional(v.string()),
  about: v.exactOptional(v.string()),
  toml: v.exactOptional(v.string()),
  files: v.exactOptional(filesOrNone),
});

const { build: _build, ...ofBoth } = buildpack.entries;
const extension = v.strictObject({
  ...ofBoth,
  generate: v.exactOptional(v.union([v.string(), v.literal(false)])),
});

const runImage = v.strictObject({
  env: v.exactOptional(v.array(v.string())),
  labels: v.exactOptional(texts),
  layer: v.exactOptional(v.string()),
  architecture: v.exactOptional(v.string()),
  variant: v.exactOptional(v.string()),
  config: v.exactOptional(v.record(v.string(), v.unknown())),
});

const orderEntry = v.strictObject({
  id: v.string(),
  version: v.exactOptional(v.string()),
  optional: v.exactOptional(v.boolean()),
});

const scenarioSchema = v.strictObject({
  rows: v.pipe(v.array(v.pipe(v.string(), v.regex(/^[A-Z]{3}-\d\d$/))), v.minLength(1)),
  about: v.string(),
  platformApi: v.exactOptional(v.string()),
  registry: v.exactOptional(v.boolean()),
  buildpacks: v.array(buildpack),
  /** @default one group of all buildpacks */
  order: v.exactOptional(v.array(v.array(orderEntry))),
  extensions: v.exactOptional(v.array(extension)),
  extensionsOrder: v.exactOptional(v.array(v.array(orderEntry))),
  phases: v.exactOptional(v.boolean()),
  app: v.exactOptional(files),
  change: v.exactOptional(filesOrNone),
  env: v.exactOptional(texts),
  lifecycleEnv: v.exactOptional(texts),
  flags: v.exactOptional(v.array(v.string())),
  files: v.exactOptional(files),
  runImage: v.exactOptional(runImage),
  moreImages: v.exactOptional(v.record(v.string(), runImage)),
  rebases: v.exactOptional(v.array(v.strictObject({ onto: runImage, flags: v.array(v.string()) }))),
  runToml: v.exactOptional(v.string()),
});

/** The names of the scenarios' folders, which begin with the rows that they prove. */
export function scenarioNames(): readonly string[] {
  return readdirSync(conformanceDir)
    .filter((name) => existsSync(scenarioFile(name)))
    .toSorted();
}

/** A scenario as its folder has it. */
export function readScenario(name: string): Scenario {
  const {
    success,
    output: document,
    issues,
  } = v.safeParse(scenarioSchema, parse(readFileSync(scenarioFile(name), 'utf8')));
  if (!success) throw new Error(`${name}: ${v.summarize(issues)}`);
  return {
    order: [document.buildpacks.map(({ id, version }) => ({ id, ...(version !== undefined && { version }) }))],
    ...document,
    name,
  };
}

function scenarioFile(name: string): string {
  return join(conformanceDir, name, 'scenario.toml');
}
