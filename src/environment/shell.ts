/** One word for a shell. */
export function quote(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}

/** What a sandbox says that ends before its program was started. */
export const setupFailed = 'tsbuildpack: the sandbox could not be set up';

/** A command that moves the shell itself, and with it all that it starts, into a control group; or ends it. */
export function joinControlGroup(dir: string): string {
  return `echo 0 > ${quote(`${dir}/cgroup.procs`)} || { echo '${setupFailed}' >&2; exit 125; }`;
}
