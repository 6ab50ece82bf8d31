/** Something that a scenario has on disk: text is a file's content, which is executable when it starts with `#!`. */
export type FileSpec =
  | string
  | {
      readonly content?: string;
      /** @default 0o644, 0o755 for programs and directories */
      readonly mode?: number;
      readonly link?: string;
      readonly directory?: true;
    };

export type Files = Readonly<Record<string, FileSpec>>;

export interface ScenarioBuildpack {
  readonly id: string;
  /** @default '1.0.0' */
  readonly version?: string;
  /** @default '0.12' */
  readonly api?: string;
  /** Body of bin/detect, a sh script. @default passes */
  readonly detect?: string;
  /** Body of bin/build. @default does nothing */
  readonly build?: string;
  /** More lines of `[buildpack]`. */
  readonly about?: string;
  /** More tables of buildpack.toml; with an `[[order]]` there are no programs. */
  readonly toml?: string;
  /** More files of its directory; `null` in place of one that there would be. */
  readonly files?: Readonly<Record<string, FileSpec | null>>;
}

export interface ScenarioExtension extends Omit<ScenarioBuildpack, 'build'> {
  /** Body of bin/generate; `false`: there is none. @default does nothing */
  readonly generate?: string | false;
}

export interface OrderEntry {
  readonly id: string;
  /** @default '1.0.0' */
  readonly version?: string;
  readonly optional?: boolean;
}

/** Three builds: from nothing, again, and with what changed. */
export interface Scenario {
  readonly name: string;
  /** Rows of the conformance table that it proves. */
  readonly rows: readonly string[];
  /** What it is about, for people. */
  readonly about?: string;
  /** @default '0.15' */
  readonly platformApi?: string;
  /** Images are in a registry, not in a layout: below Platform API 0.12 there is nothing else. */
  readonly registry?: boolean;
  readonly buildpacks: readonly ScenarioBuildpack[];
  readonly order: readonly (readonly OrderEntry[])[];
  /** Image extensions. */
  readonly extensions?: readonly ScenarioExtension[];
  /** @default one group of all extensions, if there are any */
  readonly extensionsOrder?: readonly (readonly OrderEntry[])[];
  /** The phases run one after the other in place of the creator, up to the first that fails. */
  readonly phases?: boolean;
  readonly app?: Files;
  /** In place of these files of the application in the third build; `null` removes one. @default a file `changed` */
  readonly change?: Readonly<Record<string, FileSpec | null>>;
  /** The user's variables: files in `<platform>/env`. */
  readonly env?: Readonly<Record<string, string>>;
  /** Variables of the lifecycle itself. */
  readonly lifecycleEnv?: Readonly<Record<string, string>>;
  /** More arguments of the creator. */
  readonly flags?: readonly string[];
  /** Files anywhere, by absolute path; those in /layers and /platform are made anew for each build. */
  readonly files?: Files;
  readonly runImage?: ScenarioRunImage;
  /** More images that can be run images, by name. */
  readonly moreImages?: Readonly<Record<string, ScenarioRunImage>>;
  /** Rebases after the builds, one after the other, each on a run image of its own; in a registry only. */
  readonly rebases?: readonly ScenarioRebase[];
  /** Commands of tsbuildpack that make the image in place of three builds, whoever's turn it is: never recorded. */
  readonly commands?: readonly (readonly string[])[];
  /** run.toml. @default the run image alone */
  readonly runToml?: string;
}

export interface ScenarioRebase {
  /** What stands under the name `new`. */
  readonly onto: ScenarioRunImage;
  /** Arguments of the rebaser. */
  readonly flags: readonly string[];
}

export interface ScenarioRunImage {
  /** @default a PATH */
  readonly env?: readonly string[];
  /** @default that it is the distribution `conformance` */
  readonly labels?: Readonly<Record<string, string>>;
  /** Content of one more layer. */
  readonly layer?: string;
  /** @default 'amd64' */
  readonly architecture?: string;
  readonly variant?: string;
  /** More of the container's configuration. */
  readonly config?: Readonly<Record<string, unknown>>;
}

/** Of an order entry or a buildpack without a version. */
export const defaultVersion = '1.0.0';
export const defaultPlatformApi = '0.15';
