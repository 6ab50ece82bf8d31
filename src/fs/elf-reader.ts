import { open } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import type { ElfResult, ReadBytes } from '../elf/elf-file.ts';
import { parseElf } from '../elf/parse-elf.ts';

/** Parses a file of this machine as ELF, reading only the parts that matter. System errors (ENOENT, EACCES, …) as they are. */
export async function readElf(path: string): Promise<ElfResult> {
  const file = await open(path, 'r');
  try {
    return await parseElf(fileReader(file));
  } finally {
    await file.close();
  }
}

function fileReader(file: FileHandle): ReadBytes {
  return async (offset, length) => {
    const bytes = new Uint8Array(length);
    let done = 0;
    while (done < length) {
      const { bytesRead } = await file.read(bytes, done, length - done, offset + done);
      if (bytesRead === 0) break;
      done += bytesRead;
    }
    return bytes.subarray(0, done);
  };
}
