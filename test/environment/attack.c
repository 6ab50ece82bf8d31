/*
 * attack NAME [ARGUMENT...]
 *
 * Tries one thing that a build must not be able to do. Ends with 0 when it succeeded, else with 1 and the reason. What could reach other
 * processes is only tried in another process namespace than the one whose link (/proc/self/ns/pid) the caller gives in HOST_PID_NAMESPACE.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/shm.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <arpa/inet.h>
#include <netinet/in.h>
#include <unistd.h>

static int failed(const char *what) {
  printf("%s: %s\n", what, strerrorname_np(errno) ? strerrorname_np(errno) : "?");
  return 1;
}

/* Whether a call with these arguments gets through; a pointer that is no good gives EFAULT only behind the filter. */
static int call(long number, long a, long b, long c, long d, long e) {
  long result = syscall(number, a, b, c, d, e);
  if (result >= 0) return 0;
  return failed("syscall");
}

static int show(const char *path) {
  char bytes[4096];
  int file = open(path, O_RDONLY);
  if (file < 0) return failed("open");
  ssize_t length = read(file, bytes, sizeof bytes);
  if (length < 0) return failed("read");
  if (length == 0) return printf("empty\n"), 1;
  fwrite(bytes, 1, (size_t)length, stdout);
  return 0;
}

static int overwrite(const char *path) {
  int file = open(path, O_WRONLY);
  if (file < 0) return failed("open");
  if (write(file, "evil", 4) != 4) return failed("write");
  return 0;
}

static int connect_unix(const char *name, int is_abstract) {
  struct sockaddr_un address = {.sun_family = AF_UNIX};
  int sock = socket(AF_UNIX, SOCK_STREAM, 0);
  if (sock < 0) return failed("socket");
  strncpy(address.sun_path + is_abstract, name, sizeof address.sun_path - 2);
  /* Node fills an abstract name up with zeros, which are part of it. */
  socklen_t length = sizeof address;
  return connect(sock, (struct sockaddr *)&address, length) == 0 ? 0 : failed("connect");
}

static int connect_tcp(int port) {
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  int sock = socket(AF_INET, SOCK_STREAM, 0);
  if (sock < 0) return failed("socket");
  return connect(sock, (struct sockaddr *)&address, sizeof address) == 0 ? 0 : failed("connect");
}

static void need_own_pid_namespace(void) {
  char own[64] = "";
  const char *host = getenv("HOST_PID_NAMESPACE");
  ssize_t length = readlink("/proc/self/ns/pid", own, sizeof own - 1);
  if (host == NULL || length <= 0 || strcmp(own, host) == 0) {
    fprintf(stderr, "attack: not in a process namespace of one's own\n");
    exit(3);
  }
}

static int in_new_user_namespace(void) {
  if (unshare(CLONE_NEWUSER) == 0) return 0;
  return failed("unshare");
}

static int clone_user_namespace(void) {
  long child = syscall(SYS_clone, CLONE_NEWUSER | SIGCHLD, 0, 0, 0, 0);
  if (child == 0) _exit(0);
  if (child < 0) return failed("clone");
  waitpid((pid_t)child, NULL, 0);
  return 0;
}

/* Makes a root of one's own, leaves it through a directory that was open before, and looks for the caller's file. */
static int leave_chroot(const char *path) {
  int outside = open(".", O_RDONLY | O_DIRECTORY);
  mkdir("/tmp/cell", 0700);
  if (chroot("/tmp/cell") != 0) return failed("chroot");
  if (fchdir(outside) != 0) return failed("fchdir");
  for (int i = 0; i < 64; i++) chdir("..");
  if (chroot(".") != 0) return failed("chroot");
  return show(path);
}

/* The other calling conventions of an x86-64 kernel, where a filter of numbers sees other numbers. */
static int other_convention(int is_x32) {
#ifdef __x86_64__
  long result;
  if (is_x32) return call(0x40000000L | SYS_unshare, CLONE_NEWUSER, 0, 0, 0, 0);
  /* 310 is unshare(2) for 32-bit programs. */
  __asm__ volatile("int $0x80" : "=a"(result) : "a"(310), "b"(CLONE_NEWUSER) : "memory", "r8", "r9", "r10", "r11");
  if (result >= 0) return 0;
  errno = (int)-result;
  return failed("int 0x80");
#else
  (void)is_x32;
  return printf("no such door\n"), 1;
#endif
}

/* A copy of this program that belongs to whoever runs it, with its set-user-id bit. */
static int run_setuid(const char *program) {
  struct stat stats;
  if (stat(program, &stats) != 0) return failed("stat");
  if (!(stats.st_mode & S_ISUID)) return printf("no set-user-id bit\n"), 1;
  pid_t child = fork();
  if (child == 0) {
    execl(program, program, "effective", NULL);
    _exit(2);
  }
  int status;
  waitpid(child, &status, 0);
  return WIFEXITED(status) && WEXITSTATUS(status) == 0 ? 0 : 1;
}

/* How many processes there can be at a time; more than `most` is a success. */
static int fork_bomb(int most) {
  need_own_pid_namespace();
  static pid_t children[100000];
  int count = 0;
  while (count <= most) {
    pid_t child = fork();
    if (child < 0) break;
    if (child == 0) {
      pause();
      _exit(0);
    }
    children[count++] = child;
  }
  for (int i = 0; i < count; i++) kill(children[i], SIGKILL);
  printf("%d processes\n", count);
  return count > most ? 0 : 1;
}

/* A grandchild in a session of its own that writes later, when the build step has long ended. */
static int stay_behind(const char *path) {
  if (fork() == 0) {
    setsid();
    if (fork() == 0) {
      for (int i = 0; i < 3; i++) close(i);
      sleep(1);
      int file = open(path, O_WRONLY | O_CREAT, 0600);
      if (file >= 0) close(file);
      _exit(0);
    }
    _exit(0);
  }
  return 1;
}

static int type_into_terminal(void) {
  char letter = 'x';
  int terminal = open("/dev/tty", O_RDWR);
  if (terminal < 0) terminal = 0;
  return ioctl(terminal, TIOCSTI, &letter) == 0 ? 0 : failed("ioctl");
}

static int read_other_memory(pid_t other) {
  char bytes[16];
  struct iovec here = {bytes, sizeof bytes}, there = {(void *)(uintptr_t)0x400000, sizeof bytes};
  ssize_t length = process_vm_readv(other, &here, 1, &there, 1, 0);
  /* EFAULT: it was allowed to look, there was nothing at that place. */
  if (length >= 0 || errno == EFAULT) return 0;
  return failed("process_vm_readv");
}

static int trace(pid_t other) {
  if (ptrace(PTRACE_ATTACH, other, 0, 0) != 0) return failed("ptrace");
  waitpid(other, NULL, 0);
  ptrace(PTRACE_DETACH, other, 0, 0);
  return 0;
}

static int read_key(const char *name) {
  /* KEY_SPEC_SESSION_KEYRING, KEYCTL_SEARCH, KEYCTL_READ of linux/keyctl.h */
  char bytes[64] = "";
  long key = syscall(SYS_keyctl, 10, -3, "user", name, 0);
  if (key < 0) return failed("keyctl");
  if (syscall(SYS_keyctl, 11, key, bytes, sizeof bytes - 1) < 0) return failed("keyctl");
  printf("%s\n", bytes);
  return 0;
}

/* In a session keyring of its own, adds a key and starts a program that finds it there. */
static int with_key(char **arguments) {
  syscall(SYS_keyctl, 1, NULL);
  if (syscall(SYS_add_key, "user", arguments[0], arguments[1], strlen(arguments[1]), -3) < 0) return failed("add_key");
  execvp(arguments[2], arguments + 2);
  return failed("exec");
}

int main(int argc, char **argv) {
  const char *name = argc > 1 ? argv[1] : "";
  char *first = argc > 2 ? argv[2] : "";
  int number = atoi(first);
  if (!strcmp(name, "show")) return show(first);
  if (!strcmp(name, "overwrite")) return overwrite(first);
  if (!strcmp(name, "create")) return open(first, O_WRONLY | O_CREAT | O_EXCL, 0600) >= 0 ? 0 : failed("open");
  if (!strcmp(name, "remove")) return unlink(first) == 0 ? 0 : failed("unlink");
  if (!strcmp(name, "rename")) return rename(first, argv[3]) == 0 ? 0 : failed("rename");
  if (!strcmp(name, "link")) return link(first, argv[3]) == 0 ? 0 : failed("link");
  if (!strcmp(name, "chmod")) return chmod(first, 0777) == 0 ? 0 : failed("chmod");
  if (!strcmp(name, "chown")) return chown(first, 0, 0) == 0 ? 0 : failed("chown");
  if (!strcmp(name, "unix")) return connect_unix(first, 0);
  if (!strcmp(name, "abstract")) return connect_unix(first, 1);
  if (!strcmp(name, "tcp")) return connect_tcp(number);
  if (!strcmp(name, "vsock")) return socket(AF_VSOCK, SOCK_STREAM, 0) >= 0 ? 0 : failed("socket");
  if (!strcmp(name, "alg")) return socket(AF_ALG, SOCK_SEQPACKET, 0) >= 0 ? 0 : failed("socket");
  if (!strcmp(name, "packet")) return socket(AF_PACKET, SOCK_RAW, 0) >= 0 ? 0 : failed("socket");
  if (!strcmp(name, "signal")) return kill(number, 0) == 0 ? 0 : failed("kill");
  if (!strcmp(name, "kill-all")) return need_own_pid_namespace(), kill(-1, SIGKILL) == 0 ? 0 : failed("kill");
  if (!strcmp(name, "environ")) return getenv(first) ? 0 : 1;
  if (!strcmp(name, "mount")) return mount("none", first, "tmpfs", 0, NULL) == 0 ? 0 : failed("mount");
  if (!strcmp(name, "fsopen")) return call(SYS_fsopen, (long)"tmpfs", 0, 0, 0, 0);
  if (!strcmp(name, "umount")) return umount2(first, MNT_DETACH) == 0 ? 0 : failed("umount");
  if (!strcmp(name, "unshare")) return in_new_user_namespace();
  if (!strcmp(name, "clone")) return clone_user_namespace();
  if (!strcmp(name, "clone3")) return call(SYS_clone3, 0, 0, 0, 0, 0);
  if (!strcmp(name, "setns")) return setns(open("/proc/1/ns/mnt", O_RDONLY), 0) == 0 ? 0 : failed("setns");
  if (!strcmp(name, "leave-chroot")) return leave_chroot(first);
  if (!strcmp(name, "int80")) return other_convention(0);
  if (!strcmp(name, "x32")) return other_convention(1);
  if (!strcmp(name, "ptrace")) return trace(number);
  if (!strcmp(name, "memory")) return read_other_memory(number);
  if (!strcmp(name, "key")) return read_key(first);
  if (!strcmp(name, "with-key")) return with_key(argv + 2);
  if (!strcmp(name, "bpf")) return call(SYS_bpf, 0, 0, 0, 0, 0);
  if (!strcmp(name, "perf")) return call(SYS_perf_event_open, 0, 0, -1, -1, 0);
  if (!strcmp(name, "userfaultfd")) return call(SYS_userfaultfd, 1, 0, 0, 0, 0);
  if (!strcmp(name, "io_uring")) return call(SYS_io_uring_setup, 1, (long)calloc(1, 256), 0, 0, 0);
  if (!strcmp(name, "handle")) return call(SYS_open_by_handle_at, AT_FDCWD, 0, 0, 0, 0);
  if (!strcmp(name, "module")) return call(SYS_init_module, 0, 0, 0, 0, 0);
  if (!strcmp(name, "hostname")) return sethostname("evil", 4) == 0 ? 0 : failed("sethostname");
  if (!strcmp(name, "device")) return mknod(first, S_IFBLK | 0600, makedev(8, 0)) == 0 ? 0 : failed("mknod");
  if (!strcmp(name, "setuid")) return run_setuid(first);
  if (!strcmp(name, "effective")) return geteuid() != getuid() ? 0 : 1;
  if (!strcmp(name, "become")) return setuid(0) == 0 && getuid() == 0 ? 0 : failed("setuid");
  if (!strcmp(name, "fork-bomb")) return fork_bomb(number);
  if (!strcmp(name, "core")) {
    struct rlimit limit = {4096, RLIM_INFINITY};
    return setrlimit(RLIMIT_CORE, &limit) == 0 ? 0 : failed("setrlimit");
  }
  if (!strcmp(name, "stay-behind")) return stay_behind(first);
  if (!strcmp(name, "tiocsti")) return type_into_terminal();
  if (!strcmp(name, "descriptor")) {
    snprintf(first = malloc(64), 64, "/proc/self/fd/%d", number);
    return show(first);
  }
  if (!strcmp(name, "shm")) return shmat(shmget(number, 0, 0), NULL, SHM_RDONLY) != (void *)-1 ? 0 : failed("shmget");
  if (!strcmp(name, "make-shm")) {
    int id = shmget(number, 4096, IPC_CREAT | 0666);
    if (id < 0) return failed("shmget");
    printf("%d\n", id);
    return 0;
  }
  if (!strcmp(name, "remove-shm")) return shmctl(number, IPC_RMID, NULL) == 0 ? 0 : failed("shmctl");
  fprintf(stderr, "attack: there is no attack \"%s\"\n", name);
  return 3;
}
