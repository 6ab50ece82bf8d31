/** Where things are in every image — https://github.com/buildpacks/spec/blob/main/platform.md#defaults (FIL-12). */
export const imagePaths = {
  app: '/workspace',
  layers: '/layers',
  lifecycle: '/cnb/lifecycle',
  launcher: '/cnb/lifecycle/launcher',
  processes: '/cnb/process',
} as const;

/** `/workspace/apps/api` for the application `apps/api` of a monorepo. */
export function appImageDir(appPath: string): string {
  return appPath === '.' ? imagePaths.app : `${imagePaths.app}/${appPath}`;
}

/** The Platform API that we follow, which launcher and rebase read from the image. */
export const platformApi = '0.15';
