import { join } from 'node:path';
import type { Worker } from 'node:worker_threads';
import { packageRoot } from '../fs/package-root.ts';
import type { BlockAnswer, BlockTask, MadeBlock } from './block-task.ts';
import { errorOf } from './block-task.ts';

interface Pending {
  resolve(made: MadeBlock): void;
  reject(error: Error): void;
}

/** One worker thread with the tasks it has not answered yet. While it has none it does not keep the process alive. */
class BlockWorker {
  readonly #worker: Worker;
  readonly #pending = new Map<number, Pending>();
  isBroken = false;

  constructor(worker: Worker) {
    this.#worker = worker;
    worker.unref();
    worker.on('message', (answer: BlockAnswer) => this.#answered(answer));
    worker.on('error', (error: Error) => this.#failAll(error));
    worker.on('exit', (code) => this.#failAll(new Error(`A thread that compresses layers ended with code ${code}`)));
  }

  get load(): number {
    return this.#pending.size;
  }

  run(task: BlockTask): Promise<MadeBlock> {
    return new Promise((resolve, reject) => {
      this.#pending.set(task.id, { resolve, reject });
      this.#worker.ref();
      // Threads, unlike windows, have no origin.
      // oxlint-disable-next-line unicorn/require-post-message-target-origin
      this.#worker.postMessage(task);
    });
  }

  #answered(answer: BlockAnswer): void {
    const pending = this.#pending.get(answer.id);
    this.#pending.delete(answer.id);
    if (this.#pending.size === 0) this.#worker.unref();
    if ('made' in answer) pending?.resolve(answer.made);
    else pending?.reject(errorOf(answer.failed));
  }

  #failAll(error: Error): void {
    this.isBroken = true;
    for (const pending of this.#pending.values()) pending.reject(error);
    this.#pending.clear();
  }
}

let nextId = 0;
let workers: BlockWorker[] = [];

/** Has a block made by the least busy of up to `jobs` worker threads, which all layers of this process share. */
export async function makeBlockInWorker(task: Omit<BlockTask, 'id'>, jobs: number): Promise<MadeBlock> {
  workers = workers.filter((worker) => !worker.isBroken);
  if (workers.length < jobs) await startWorkers(jobs);
  const usable = workers.slice(0, jobs);
  const idlest = usable.reduce((best, worker) => (worker.load < best.load ? worker : best));
  nextId += 1;
  return idlest.run({ ...task, id: nextId });
}

async function startWorkers(count: number): Promise<void> {
  const { Worker } = await import('node:worker_threads');
  // Bundled by itself, for Node 20 runs no TypeScript; found from src/ as well as from dist/.
  const script = join(packageRoot(), 'dist', 'layer-worker.js');
  while (workers.length < count) {
    workers.push(new BlockWorker(new Worker(script, { name: 'layer', execArgv: [], stdin: false })));
  }
}
