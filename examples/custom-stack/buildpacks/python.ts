import { access } from 'node:fs/promises';
import { join } from 'node:path';
import { defineBuildpack } from 'tsbuildpack/buildpack';

/** Starts `main.py` with the Python that the stack has. */
export default defineBuildpack({
  id: 'example/python',
  version: '1.0.0',
  relocatable: true,

  async detect({ appDir }) {
    const found = await access(join(appDir, 'main.py')).then(
      () => true,
      () => false,
    );
    return found ? { pass: true } : { pass: false, reason: 'no main.py' };
  },

  async build() {
    return { processes: [{ type: 'web', command: ['python3', 'main.py'], default: true }] };
  },
});
