import type { BuildPaths, PathPair } from '../environment/build-environment.ts';

/** What is somewhere else while the build runs than it will be in the image. None under `real`. */
export function movedPaths({ app, layers }: Pick<BuildPaths, 'app' | 'layers'>): readonly PathPair[] {
  return [layers, app].filter(({ inside, image }) => inside !== image);
}

/** Image paths in a text (a variable's value, a command) become those of the build. */
export function toBuildPaths(text: string, moved: readonly PathPair[]): string {
  return moved.reduce((current, { inside, image }) => replacePath(current, image, inside), text);
}

/** Build paths in a text become those of the image. */
export function toImagePaths(text: string, moved: readonly PathPair[]): string {
  return moved.reduce((current, { inside, image }) => replacePath(current, inside, image), text);
}

/** A whole path or the beginning of one: `/layers` in `-L/layers/x` and `a:/layers`, not in `/usr/layers` or `/layers2`. */
function replacePath(text: string, from: string, to: string): string {
  const start = String.raw`(?<=^|[^A-Za-z0-9._/-]|(?:^|[\s:=])-[A-Za-z]+)`;
  const pattern = new RegExp(`${start}${escaped(from)}(?![A-Za-z0-9._-])`, 'g');
  return text.replace(pattern, () => to);
}

function escaped(text: string): string {
  return text.replaceAll(/[.*+?^${}()|[\]\\/]/g, String.raw`\$&`);
}
