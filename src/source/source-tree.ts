import type { WorkspaceMemory } from './workspace.ts';

/** What enters a build: the source root, filtered, listed once. Nothing here was copied yet. */
export interface SourceTree {
  /** Absolute host path; never written to. */
  readonly root: string;
  /** The application inside the root, `/`-separated, `.` when it is the root. */
  readonly appPath: string;
  readonly entries: readonly SourceEntry[];
  /** Why a path that exists is not among the entries: `.dockerignore:1`, `default: .git`; undefined when it is included or absent. */
  hiddenBy(path: string): string | undefined;
  /** sha256 over the sorted entries' paths, kinds, normalised modes, link targets and contents; computed when asked, remembered by stat. */
  fingerprint(): Promise<string>;
  /**
   * Copies the entries with modes 0644/0755. Unless the fingerprint was asked for before, contents are hashed on the way and it costs no
   * second reading later. The directory is empty; with a memory it is what became of an earlier copy, and only what was changed, there or
   * in the source, is copied anew. Throws SOURCE_CHANGED when a file changes meanwhile.
   */
  copyTo(dir: string, memory?: WorkspaceMemory): Promise<void>;
}

export interface SourceEntry {
  /** Relative to the root, `/`-separated. */
  readonly path: string;
  readonly type: 'file' | 'directory' | 'symlink';
  /** Bytes; 0 for directories. */
  readonly sizeBytes: number;
  readonly executable: boolean;
  readonly linkTarget?: string;
}
