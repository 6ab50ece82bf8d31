/** Where the launcher's things are in every image — https://github.com/buildpacks/spec/blob/main/platform.md#defaults (FIL-12). */
export const imagePaths = {
  lifecycle: '/cnb/lifecycle',
  launcher: '/cnb/lifecycle/launcher',
  processes: '/cnb/process',
} as const;

/** `/workspace/apps/api` for the application `apps/api` of a monorepo. */
export function appImageDir(workspace: string, appPath: string): string {
  return appPath === '.' ? workspace : `${workspace}/${appPath}`;
}
