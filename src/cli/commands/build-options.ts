import type { BuildOptions } from '../../platform/build-options.ts';
import { flagOption, listOption, textOption, type Invocation } from '../command.ts';

/** The options of `build`, which `detect` and `run` share, as the platform takes them. */
export function readBuildOptions({ arguments: [directory = '.'], options }: Invocation): BuildOptions {
  return {
    directory,
    tags: listOption(options, 'tag'),
    outputs: listOption(options, 'output'),
    push: flagOption(options, 'push'),
    buildpacks: listOption(options, 'buildpack'),
    preBuildpacks: listOption(options, 'preBuildpack'),
    postBuildpacks: listOption(options, 'postBuildpack'),
    builder: textOption(options, 'builder'),
    runImage: textOption(options, 'runImage'),
    stack: textOption(options, 'stack'),
    platform: textOption(options, 'platform'),
    env: listOption(options, 'env'),
    envFiles: listOption(options, 'envFile'),
    descriptor: textOption(options, 'descriptor'),
    sourceRoot: textOption(options, 'sourceRoot'),
    isolation: textOption(options, 'isolation'),
    buildImage: textOption(options, 'buildImage'),
    network: textOption(options, 'network'),
    launcher: textOption(options, 'launcher'),
    process: textOption(options, 'process'),
    labels: listOption(options, 'label'),
    compression: textOption(options, 'compression'),
    cacheScope: textOption(options, 'cacheScope'),
    clearCache: flagOption(options, 'clearCache'),
    cacheDir: textOption(options, 'cacheDir'),
    cacheImage: textOption(options, 'cacheImage'),
    previousImage: textOption(options, 'previousImage'),
    skipRestore: flagOption(options, 'skipRestore'),
    bindings: listOption(options, 'binding'),
    hostname: textOption(options, 'hostname'),
    refresh: flagOption(options, 'refresh'),
    resolved: textOption(options, 'resolved'),
    store: textOption(options, 'store'),
    debianMirror: textOption(options, 'debianMirror'),
    stackImages: listOption(options, 'stackImage'),
    writes: ['report', 'digestFile'].flatMap((name) => textOption(options, name) ?? []),
  };
}
