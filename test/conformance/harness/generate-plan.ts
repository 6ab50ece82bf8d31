import type { Random } from './random.ts';
import { writeLines } from './shell-text.ts';

const names = ['a', 'b', 'c'];

/** Body of a bin/detect: mostly it passes with a plan that has alternatives. */
export function generateDetect(random: Random): string {
  if (random.chance(0.06)) return `exit ${random.pick([100, 100, 1, 7])}`;
  if (random.chance(0.35)) return '';
  const lines = [
    ...alternative(random, ''),
    ...random.times(0, 2, () => ['[[or]]', ...alternative(random, 'or.')]).flat(),
  ];
  return lines.length === 0 ? ':' : writeLines('"$2"', lines);
}

function alternative(random: Random, prefix: string): readonly string[] {
  const provides = random.some(names, 0.3);
  // What it provides it mostly needs itself, else nearly no group would come together.
  const requires = [...new Set([...random.some(provides, 0.8), ...random.some(names, 0.12)])];
  return [
    ...provides.flatMap((name) => [`[[${prefix}provides]]`, `name = "${name}"`]),
    ...requires.flatMap((name) => [`[[${prefix}requires]]`, `name = "${name}"`, ...metadata(random, prefix)]),
  ];
}

function metadata(random: Random, prefix: string): readonly string[] {
  if (random.chance(0.5)) return [];
  return [`[${prefix}requires.metadata]`, ...metadataLines(random)];
}

/** Key-value pairs of every type that survives JSON. */
export function metadataLines(random: Random): readonly string[] {
  const values = [
    `version = "${random.integer(1, 20)}.x"`,
    `number = ${random.integer(-5, 1000)}`,
    'half = 0.5',
    `flag = ${random.chance(0.5)}`,
    'list = ["one", "two"]',
    'inner = { key = "value", deeper = { n = 1 } }',
    `text = "quote \\" backslash \\\\ tab \\t ü"`,
  ];
  return random.some(values, 0.3);
}
