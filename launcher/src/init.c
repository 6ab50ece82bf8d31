#include "init.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "failure.h"
#include "heap.h"

/* As shells have it: https://pubs.opengroup.org/onlinepubs/9699919799/utilities/V3_chap02.html#tag_18_08_02 */
enum { exit_not_executable = 126, exit_not_found = 127, exit_signal = 128 };

/* Everything but what a fault of this program itself raises. */
static sigset_t forwarded_signals(void)
{
    static const int faults[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT, SIGTRAP, SIGSYS};
    sigset_t set;
    sigfillset(&set);
    for (size_t i = 0; i < sizeof faults / sizeof *faults; i++)
        sigdelset(&set, faults[i]);
    return set;
}

/* Gives the terminal to the child's process group, so that Ctrl-C reaches the child once, from the terminal, and a
 * shell has job control. SIGTTOU is blocked here, so a background group may do it. */
static void pass_terminal(void)
{
    setpgid(0, 0);
    if (isatty(STDIN_FILENO))
        tcsetpgrp(STDIN_FILENO, getpgrp());
}

static _Noreturn void run(char *const *command, const sigset_t *mask, const struct sigaction *child_action)
{
    pass_terminal();
    sigaction(SIGCHLD, child_action, NULL);
    sigprocmask(SIG_SETMASK, mask, NULL);
    /* Here rather than before the fork: what it takes of memory is gone with the process's image. */
    set_node_heap();
    execvp(command[0], command);
    int error = errno;
    print_line(INIT_NAME ": ", command[0], ": ", error_text(error), NULL);
    _exit(error == ENOENT || error == ENOTDIR ? exit_not_found : exit_not_executable);
}

/* Reaps everything that has ended. True with the status set if the child was among it. */
static int reap(pid_t child, int *status)
{
    int has_ended = 0, ended_status;
    for (pid_t ended; (ended = waitpid(-1, &ended_status, WNOHANG)) > 0;) {
        if (ended != child)
            continue;
        has_ended = 1;
        *status = ended_status;
    }
    return has_ended;
}

static _Noreturn void look_after(pid_t child, const sigset_t *signals)
{
    for (;;) {
        int status, number = sigwaitinfo(signals, NULL);
        if (number == SIGCHLD) {
            if (reap(child, &status))
                _exit(WIFSIGNALED(status) ? exit_signal + WTERMSIG(status) : WEXITSTATUS(status));
        } else if (number > 0) {
            kill(child, number);
        }
    }
}

_Noreturn void init(char *const *argv)
{
    char *const *command = argv + 1;
    if (*command != NULL && strcmp(*command, "--") == 0)
        command++;
    if (*command == NULL) {
        print_line(INIT_NAME ": a command is required", NULL);
        _exit(exit_launch);
    }
    /* An ignored SIGCHLD would have the kernel reap the child, and its status would be lost. */
    struct sigaction own_action = {.sa_handler = SIG_DFL}, child_action;
    sigaction(SIGCHLD, &own_action, &child_action);
    sigset_t signals = forwarded_signals(), mask;
    sigprocmask(SIG_SETMASK, &signals, &mask);
    /* When this is not process 1 (behind a launcher that forks, or a --init), orphans still come here. */
    prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
    pid_t child = fork();
    if (child < 0) {
        print_line(INIT_NAME ": fork: ", error_text(errno), NULL);
        _exit(exit_launch);
    }
    if (child == 0)
        run(command, &mask, &child_action);
    look_after(child, &signals);
}
