/* Starts a program in a root directory of its own, with exactly the given arguments and environment:
 *   runner ROOT OPTIONS UID DIRECTORY PROGRAM ARGC ARGUMENT... VARIABLE...
 * Options: r read-only root, p with /proc, n without address randomization (the sanitizers of older compilers fail with
 * it), c standard input closed, i signals 10 and 12 ignored. It replaces itself: the program keeps the process id. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/personality.h>
#include <unistd.h>

static void check(int result, const char *what)
{
    if (result >= 0)
        return;
    fprintf(stderr, "runner: %s: %s\n", what, strerror(errno));
    _exit(200);
}

static void write_file(const char *path, const char *content)
{
    int file = open(path, O_WRONLY);
    check(file, path);
    check((int)write(file, content, strlen(content)), path);
    close(file);
}

/* Who is not root gets a user namespace in which it is. */
static void become_root(void)
{
    unsigned uid = geteuid(), gid = getegid();
    if (uid == 0)
        return;
    char map[64];
    check(unshare(CLONE_NEWUSER), "unshare the user namespace");
    write_file("/proc/self/setgroups", "deny");
    snprintf(map, sizeof map, "0 %u 1", uid);
    write_file("/proc/self/uid_map", map);
    snprintf(map, sizeof map, "0 %u 1", gid);
    write_file("/proc/self/gid_map", map);
}

static void bind(const char *from, const char *root, const char *to, unsigned long flags)
{
    char path[4096];
    snprintf(path, sizeof path, "%s%s", root, to);
    check(mount(from, path, NULL, MS_BIND | flags, NULL), path);
}

int main(int argc, char **argv)
{
    if (argc < 7)
        return 200;
    const char *root = argv[1], *options = argv[2];
    unsigned uid = (unsigned)atoi(argv[3]);
    int count = atoi(argv[6]);
    int was_root = geteuid() == 0;
    become_root();
    check(unshare(CLONE_NEWNS), "unshare the mount namespace");
    check(mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL), "make mounts private");
    bind(root, root, "", 0);
    bind("/dev/null", root, "/dev/null", 0);
    if (strchr(options, 'p') != NULL)
        bind("/proc", root, "/proc", MS_REC);
    if (strchr(options, 'r') != NULL)
        check(mount(NULL, root, NULL, MS_BIND | MS_REMOUNT | MS_RDONLY, NULL), "make the root read-only");
    check(chroot(root), "chroot");
    check(chdir(argv[4]), "chdir");
    if (uid != 0 && was_root) {
        check(setgroups(0, NULL), "setgroups");
        check(setgid(uid), "setgid");
        check(setuid(uid), "setuid");
    }
    if (strchr(options, 'n') != NULL)
        personality(ADDR_NO_RANDOMIZE);
    if (strchr(options, 'i') != NULL) {
        signal(SIGUSR1, SIG_IGN);
        signal(SIGUSR2, SIG_IGN);
    }
    if (strchr(options, 'c') != NULL)
        close(0);
    static char *arguments[4096];
    if (count > 4095)
        return 200;
    memcpy(arguments, argv + 7, (size_t)count * sizeof *arguments);
    execve(argv[5], arguments, argv + 7 + count);
    check(-1, argv[5]);
}
