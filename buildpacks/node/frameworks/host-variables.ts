import type { Manifest } from '../package-file.ts';

/** Servers that listen on localhost unless a variable says otherwise, by package. Nobody outside of a container could reach them. */
const variables: Readonly<Record<string, string>> = {
  // https://docs.astro.build/en/guides/integrations-guide/node/#standalone
  '@astrojs/node': 'HOST',
  // https://github.com/fastify/fastify-cli#options
  'fastify-cli': 'FASTIFY_ADDRESS',
  // From version 1 on.
  'json-server': 'HOST',
  // https://github.com/lukeed/sirv/tree/master/packages/sirv-cli
  'sirv-cli': 'HOST',
  // https://ghost.org/docs/config/#running-ghost-with-config-env-variables
  ghost: 'server__host',
};

/** What makes the servers among the dependencies listen on all addresses. */
export function hostVariables({ dependencies, devDependencies }: Manifest): Readonly<Record<string, string>> {
  const names = Object.keys(variables).filter(
    (name) => dependencies[name] !== undefined || devDependencies[name] !== undefined,
  );
  return Object.fromEntries(names.map((name) => [variables[name] ?? '', '0.0.0.0']));
}
