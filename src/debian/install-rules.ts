/**
 * What becomes of packages when they are unpacked, as data of a stack. Maintainer scripts do not run: what they would do and matters is
 * said here, and for each that needs nothing or is replaced there is a rule that says so.
 */
export interface InstallRules {
  /** `/bin`, `/lib`, `/lib32`, `/lib64`, `/libx32` and `/sbin` are symlinks to directories of that name in `/usr`, whatever packages ship. */
  readonly mergedUsr: boolean;
  /** Globs of absolute paths that are left out: `/usr/share/doc/**`. `*` stops at a slash, `**` does not. A directory left out takes what is in it along. */
  readonly drop: readonly string[];
  /** Globs of what stays although a glob of `drop` matches: `/usr/share/doc/{name}/copyright`. */
  readonly keep: readonly string[];
  /** Setuid and setgid bits of files. */
  readonly setid: 'keep' | 'drop';
  readonly scripts: readonly ScriptRule[];
  /**
   * Names of debhelper's programs whose generated sections of scripts need nothing in an image: `dh_makeshlibs` (ldconfig), `dh_python3`
   * (byte code). A script that holds nothing else needs no rule.
   */
  readonly generatedSections: readonly string[];
  /** Contents of `/etc/passwd` and `/etc/group`, in this order. None: no such files are written. */
  readonly users: readonly UserRule[];
  readonly groups: readonly GroupRule[];
  /** Symlinks that scripts would make: alternatives, for example. They stand in place of what packages ship there. */
  readonly links: readonly LinkRule[];
  /** Files that scripts would copy from the package's own: `/usr/share/base-files/nsswitch.conf` to `/etc/nsswitch.conf`. */
  readonly copies: readonly CopyRule[];
  /** Files put together from others, in the order of their names: the bundle of CA certificates. */
  readonly joins: readonly JoinRule[];
  /** Directories, or another mode or owner for what packages ship: `/tmp` 1777. */
  readonly directories: readonly DirectoryRule[];
}

export interface ScriptRule {
  readonly package: string;
  readonly scripts: readonly ('preinst' | 'postinst')[];
  /** Why it need not run. */
  readonly because: string;
}

export interface UserRule {
  readonly name: string;
  readonly uid: number;
  readonly gid: number;
  readonly comment: string;
  readonly home: string;
  readonly shell: string;
}

export interface GroupRule {
  readonly name: string;
  readonly gid: number;
  readonly members: readonly string[];
}

export interface LinkRule {
  readonly path: string;
  readonly target: string;
}

export interface CopyRule {
  readonly from: string;
  readonly to: string;
  /** @default the source's */
  readonly mode?: number;
}

export interface JoinRule {
  /** A glob of absolute paths. */
  readonly from: string;
  readonly to: string;
}

export interface DirectoryRule {
  readonly path: string;
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
}
