import { parentPort } from 'node:worker_threads';
import type { BlockTask } from './block-task.ts';
import { answerTask } from './block-task.ts';

// The entry point of a worker thread: answers each task with what became of its block.
// oxlint-disable-next-line unicorn/require-post-message-target-origin -- threads, unlike windows, have no origin
parentPort?.on('message', (task: BlockTask) => parentPort?.postMessage(answerTask(task)));
