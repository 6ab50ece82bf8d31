import type { BuildPaths } from '../environment/build-environment.ts';
import type { Report } from '../events.ts';
import type { PackLayer } from './pack-layers.ts';
import type { PreviousImage } from './previous-image.ts';
import type { Relocation } from './relocation.ts';

/** What the parts of the export phase share. */
export interface ExportContext {
  readonly pack: PackLayer;
  /** Of the build; what the image has is at their image paths. */
  readonly paths: BuildPaths;
  /** Whom the application's files and the layers belong to in the image. */
  readonly owner: { readonly uid: number; readonly gid: number };
  readonly previous: PreviousImage | undefined;
  /** When the build did not run where the image has things. */
  readonly relocation: Relocation | undefined;
  readonly report: Report;
}
