/** Whether an absolute path matches one of the globs: `*` and `?` stop at slashes, `**` does not. */
export function pathGlobs(globs: readonly string[]): (path: string) => boolean {
  if (globs.length === 0) return () => false;
  const pattern = new RegExp(`^(?:${globs.map(source).join('|')})$`);
  return (path) => pattern.test(path);
}

function source(glob: string): string {
  return glob.replaceAll(/\*\*|[\s\S]/g, (part) => {
    if (part === '**') return '.*';
    if (part === '*') return '[^/]*';
    if (part === '?') return '[^/]';
    return part.replaceAll(/[\\^$.|+()[\]{}]/g, String.raw`\$&`);
  });
}

/** The same, true also for what is below a path that matches; with its answers for directories remembered. */
export function treeGlobs(globs: readonly string[]): (path: string) => boolean {
  const isMatch = pathGlobs(globs);
  const directories = new Map<string, boolean>([['', false]]);
  const isBelow = (directory: string): boolean => {
    let answer = directories.get(directory);
    if (answer === undefined) {
      answer = isMatch(directory) || isBelow(directory.slice(0, directory.lastIndexOf('/')));
      directories.set(directory, answer);
    }
    return answer;
  };
  return (path) => isMatch(path) || isBelow(path.slice(0, path.lastIndexOf('/')));
}
