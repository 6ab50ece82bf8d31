import { createHash } from 'node:crypto';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { defineBuildpack } from 'tsbuildpack/buildpack';

/** Collects the notices of an application into one file of the image. */
export default defineBuildpack({
  id: 'example/notice',
  version: '1.0.0',
  name: 'Notice',
  // Writes image paths only, so it also runs where /layers is another directory while it builds.
  relocatable: true,

  async detect({ appDir }) {
    const files = await noticeFiles(appDir);
    return files.length > 0 ? { pass: true } : { pass: false, reason: 'no NOTICE file' };
  },

  async build({ appDir, layer, log }) {
    const files = await noticeFiles(appDir);
    const text = (await Promise.all(files.map((file) => readFile(join(appDir, file), 'utf8')))).join('\n');
    // With the same key the layer of the last build is taken again, and this build writes nothing.
    const notice = await layer('notice', {
      launch: true,
      key: { text: createHash('sha256').update(text).digest('hex') },
      env: [{ name: 'NOTICE', action: 'override', value: '/layers/example_notice/notice/NOTICE', scope: 'launch' }],
    });
    if (notice.state === 'empty') await writeFile(join(notice.path, 'NOTICE'), text);
    log(notice.state === 'empty' ? `Collected ${files.join(', ')}` : 'The notices are those of the last build');
    return { labels: { 'example.notices': String(files.length) } };
  },
});

async function noticeFiles(dir: string): Promise<string[]> {
  return (await readdir(dir)).filter((name) => name.startsWith('NOTICE')).toSorted();
}
