import type { CommandDefinition } from './command.ts';
import { build } from './commands/build.ts';
import { builderCreate, builderInspect } from './commands/builder.ts';
import { buildpackInspect, buildpackNew, buildpackPackage } from './commands/buildpack.ts';
import { cacheInfo, cachePrune, cacheVerify } from './commands/cache.ts';
import { copy } from './commands/copy.ts';
import { detect } from './commands/detect.ts';
import { doctor } from './commands/doctor.ts';
import { images } from './commands/images.ts';
import { inspect } from './commands/inspect.ts';
import { lifecycle } from './commands/lifecycle.ts';
import { lock } from './commands/lock.ts';
import { rebase } from './commands/rebase.ts';
import { remove } from './commands/remove.ts';
import { run } from './commands/run.ts';
import { stackBuild, stackInspect, stackList, stackUpdate } from './commands/stack.ts';

/** Every command, in the order of the help. */
export const commands: readonly CommandDefinition[] = [
  build,
  run,
  detect,
  lock,
  inspect,
  images,
  copy,
  rebase,
  remove,
  builderCreate,
  builderInspect,
  buildpackNew,
  buildpackPackage,
  buildpackInspect,
  stackList,
  stackBuild,
  stackInspect,
  stackUpdate,
  cacheInfo,
  cacheVerify,
  cachePrune,
  doctor,
  lifecycle,
];
