/**
 * The variables of the host that decide how packages and runtimes are found. Credentials are not among them: they are read one by one,
 * where a file names them, and take no part in keys.
 */
export const hostVariables: readonly string[] = [
  'PATH',
  'HOME',
  'npm_config_registry',
  'NPM_CONFIG_REGISTRY',
  'npm_config_userconfig',
  'NPM_CONFIG_USERCONFIG',
  'npm_config_globalconfig',
  'NPM_CONFIG_GLOBALCONFIG',
  'PREFIX',
  ...['HTTP_PROXY', 'HTTPS_PROXY', 'NO_PROXY'].flatMap((name) => [name, name.toLowerCase()]),
  'SSL_CERT_FILE',
  'NODE_EXTRA_CA_CERTS',
];
