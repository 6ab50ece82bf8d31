import type { SandboxMechanism } from '../../src/environment/sandbox-attempts.ts';

/** What a hostile buildpack may have found out about the machine. */
export interface AttackFacts {
  /** A file of the caller's, with the token in it, and its directory. */
  readonly secretFile: string;
  readonly home: string;
  readonly token: string;
  /** A process of the caller's outside of the sandbox. */
  readonly hostPid: number;
  /** A named and an abstract Unix socket, and a port of 127.0.0.1, that somebody listens on. */
  readonly socketPath: string;
  readonly abstractName: string;
  readonly port: number;
  readonly keyName: string;
  readonly shmKey: number;
}

export interface Attack {
  /** What must not be achieved. */
  readonly name: string;
  /** Arguments of test/environment/attack.c. */
  readonly args: (facts: AttackFacts) => readonly string[];
  /** Whether it was achieved, when the exit status 0 does not say it. */
  readonly shows?: 'token';
  /** @default 'host' */
  readonly network?: 'host' | 'none';
  /**
   * Where the same is achieved, so that it is the sandbox that prevents it: `host`, by the caller himself; `namespaces`, by the root of new
   * namespaces; `host network`, in the same sandbox with the network of the machine, which the documentation says.
   */
  readonly control?: 'host' | 'namespaces' | 'host network';
  /** Ways in which it does not mean anything, or which the documentation says to be without it. */
  readonly except?: readonly SandboxMechanism[];
  /** With what else it may end, besides 0 and 1. */
  readonly mayEndWith?: number;
}

/** The child has user id 0 there, without any capability. */
const asRoot: readonly SandboxMechanism[] = ['bubblewrap without a user namespace', 'runc'];
/** What only a filter of system calls prevents. */
const unfiltered: readonly SandboxMechanism[] = ['unshare'];

const imageFile = '/bin/busybox';

export const attacks: readonly Attack[] = [
  { name: "read a file of the caller's home", args: (f) => ['show', f.secretFile], control: 'host', shows: 'token' },
  {
    name: 'read it through the root of the first process',
    args: (f) => ['show', `/proc/1/root${f.secretFile}`],
    shows: 'token',
  },
  {
    name: 'read it through the working directory of the first process',
    args: (f) => ['show', `/proc/1/cwd${f.secretFile}`],
    shows: 'token',
  },
  {
    name: 'read it by going up',
    args: (f) => ['show', `/workspace${'/..'.repeat(20)}${f.secretFile}`],
    shows: 'token',
  },
  { name: 'read it after a change of the root', args: (f) => ['leave-chroot', f.secretFile], shows: 'token' },
  {
    name: 'read a file that whoever started the build left open',
    args: () => ['descriptor', '5'],
    control: 'host',
    shows: 'token',
  },
  { name: "see the caller's environment", args: () => ['environ', 'TSBUILDPACK_TEST_SECRET'], control: 'host' },
  { name: 'see it in /proc/1/environ', args: () => ['show', '/proc/1/environ'], shows: 'token' },
  {
    name: 'see it in /proc of a process outside',
    args: (f) => ['show', `/proc/${f.hostPid}/environ`],
    control: 'host',
  },
  { name: 'signal a process outside', args: (f) => ['signal', String(f.hostPid)], control: 'host' },
  // What runs its sandbox may go with it, and does by runc.
  { name: 'kill all processes', args: () => ['kill-all'], mayEndWith: 137 },
  { name: 'trace another process', args: () => ['ptrace', '1'], except: asRoot },
  { name: 'read the memory of another process', args: () => ['memory', '1'] },
  { name: 'connect to a named socket', args: (f) => ['unix', f.socketPath], control: 'host' },
  {
    name: 'connect to an abstract socket, without a network',
    args: (f) => ['abstract', f.abstractName],
    network: 'none',
    control: 'host network',
  },
  {
    name: 'connect to a port of the machine, without a network',
    args: (f) => ['tcp', String(f.port)],
    network: 'none',
    control: 'host network',
  },
  { name: 'talk to the host of a virtual machine', args: () => ['vsock'], control: 'host', except: unfiltered },
  { name: "use the kernel's ciphers", args: () => ['alg'], except: unfiltered },
  { name: 'listen to all packets', args: () => ['packet'] },
  { name: 'attach shared memory of the machine', args: (f) => ['shm', String(f.shmKey)], control: 'host' },
  {
    name: "read a key of the caller's session",
    args: (f) => ['key', f.keyName],
    control: 'host',
    except: unfiltered,
  },
  { name: 'mount', args: () => ['mount', '/tmp'], control: 'namespaces' },
  { name: 'mount by the newer calls', args: () => ['fsopen'], control: 'namespaces' },
  { name: 'take a mount away', args: () => ['umount', '/etc/hosts'] },
  { name: 'become root of new namespaces by unshare', args: () => ['unshare'], control: 'host' },
  { name: 'become root of new namespaces by clone', args: () => ['clone'], control: 'host' },
  { name: 'become root of new namespaces by a call of 32-bit programs', args: () => ['int80'], control: 'host' },
  { name: 'become root of new namespaces by a call of x32', args: () => ['x32'] },
  { name: 'use clone3, whose flags no filter sees', args: () => ['clone3'], except: unfiltered },
  { name: 'enter the namespace of the first process', args: () => ['setns'] },
  { name: 'become root', args: () => ['become'], except: asRoot },
  {
    name: 'become another user by a set-user-id program of the image',
    args: () => ['setuid', '/usr/bin/attack-setuid'],
  },
  { name: 'give a file to root', args: () => ['chown', '/layers/mine'], except: asRoot },
  { name: 'make a device', args: () => ['device', '/tmp/disk'] },
  { name: 'open the memory of the machine', args: () => ['show', '/dev/mem'] },
  { name: "read the kernel's messages", args: () => ['show', '/dev/kmsg'] },
  { name: 'change a program of the shared root file system', args: () => ['overwrite', imageFile] },
  { name: 'change its mode', args: () => ['chmod', imageFile] },
  { name: 'remove it', args: () => ['remove', imageFile] },
  { name: 'link it to where it could be written', args: () => ['link', imageFile, '/workspace/busybox'] },
  { name: 'put another in its place', args: () => ['rename', '/layers/mine', imageFile] },
  { name: 'add a file to it', args: () => ['create', '/usr/new'] },
  { name: 'change the buildpack', args: () => ['overwrite', '/cnb/buildpacks/attack'] },
  { name: 'change what the platform says', args: () => ['create', '/platform/new'] },
  { name: "change the machine's name", args: () => ['hostname'] },
  { name: 'say what the kernel does with cores', args: () => ['overwrite', '/proc/sys/kernel/core_pattern'] },
  { name: 'change a setting of the kernel', args: () => ['overwrite', '/sys/kernel/uevent_helper'] },
  { name: 'press the key that reboots', args: () => ['overwrite', '/proc/sysrq-trigger'] },
  { name: 'write cores', args: () => ['core'] },
  { name: 'type into the terminal of the caller', args: () => ['tiocsti'] },
  { name: 'load a program into the kernel', args: () => ['bpf'], except: unfiltered },
  { name: 'load a module', args: () => ['module'] },
  { name: 'trace the kernel', args: () => ['perf'], except: unfiltered },
  { name: 'handle page faults', args: () => ['userfaultfd'], control: 'host', except: unfiltered },
  {
    name: 'use the ring of calls that no filter sees',
    args: () => ['io_uring'],
    control: 'host',
    except: unfiltered,
  },
  { name: 'open a file by its number', args: () => ['handle'] },
  { name: 'start more processes than are allowed', args: () => ['fork-bomb', '100'] },
];
