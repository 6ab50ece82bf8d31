const credential = /^\s*(?:[^#;=\s]*:)?_(?:auth|authtoken|password)\s*=\s*(?<value>.*?)\s*$/i;
// As npm documents it (configuring-npm/npmrc): ${VAR}, ${VAR?}
const reference = /^["']?\$\{[^}]+\}["']?$/;

/** Whether an .npmrc holds a credential itself, not only the name of an environment variable that does. */
export function holdsToken(npmrc: string): boolean {
  return npmrc.split(/\r?\n/).some((line) => {
    const value = credential.exec(line)?.groups?.['value'];
    return value !== undefined && value !== '' && !reference.test(value);
  });
}
