import { closeSync, constants, fstatSync, openSync, readFileSync } from 'node:fs';

/**
 * The content of a file that somebody else made, links followed. Throws for what is no regular file: reading a pipe or a device may
 * never end, and while it lasts no signal is heard.
 */
export function readRegularFile(file: string): Uint8Array {
  // Without O_NONBLOCK it is opening a pipe that waits: https://man7.org/linux/man-pages/man7/fifo.7.html
  const descriptor = openSync(file, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    if (!fstatSync(descriptor).isFile()) throw new Error('it is not a regular file');
    return readFileSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}
