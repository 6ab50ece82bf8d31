#include "exec_d.h"

#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include "failure.h"
#include "files.h"
#include "toml.h"

enum { output_descriptor = 3 };

static _Noreturn void fail_program(const char *path, const char *reason)
{
    fail_launch("failed to execute exec.d file at path '", path, "': ", reason, NULL);
}

static _Noreturn void fail_output(const char *path, size_t line, const char *reason)
{
    fail_launch("failed to decode output from exec.d file at path '", path, "': toml: line ", decimal(line), ": ",
                reason, NULL);
}

/* If no variable is left the program gets the environment as it came: as in the reference. */
static char *const *program_environment(const struct launch *launch, const char *path)
{
    if (launch->environment.count == 0)
        return launch->raw_environment;
    char **strings = environment_strings(&launch->environment);
    if (strings == NULL)
        fail_program(path, "exec: environment variable contains NUL");
    return strings;
}

static pid_t start(const char *path, char *const *environment, int output)
{
    pid_t child;
    char *argv[] = {(char *)path, NULL};
    int input = open("/dev/null", O_RDONLY | O_CLOEXEC);
    if (input < 0)
        fail_program(path, concat("open /dev/null: ", error_text(errno), NULL));
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, output, output_descriptor);
    posix_spawn_file_actions_adddup2(&actions, input, STDIN_FILENO);
    int error = posix_spawn(&child, path, &actions, NULL, argv, environment);
    if (error != 0)
        fail_program(path, concat("fork/exec ", path, ": ", error_text(error), NULL));
    posix_spawn_file_actions_destroy(&actions);
    close(input);
    return child;
}

static const char *signal_text(int number)
{
    static const char *const names[] = {
        NULL, "hangup", "interrupt", "quit", "illegal instruction", "trace/breakpoint trap", "aborted", "bus error",
        "floating point exception", "killed", "user defined signal 1", "segmentation fault", "user defined signal 2",
        "broken pipe", "alarm clock", "terminated"};
    bool is_known = number > 0 && (size_t)number < sizeof names / sizeof *names;
    return is_known ? names[number] : concat("signal ", decimal((unsigned)number), NULL);
}

static void wait_for(pid_t child, const char *path)
{
    int status;
    while (waitpid(child, &status, 0) < 0)
        if (errno != EINTR)
            fail_program(path, concat("wait: ", error_text(errno), NULL));
    if (WIFSIGNALED(status))
        fail_program(path, concat("signal: ", signal_text(WTERMSIG(status)),
                                  WCOREDUMP(status) ? " (core dumped)" : "", NULL));
    if (WEXITSTATUS(status) != 0)
        fail_program(path, concat("exit status ", decimal((unsigned)WEXITSTATUS(status)), NULL));
}

void apply_exec_d_output(struct environment *environment, struct text document, const char *path)
{
    struct toml_error error;
    const struct toml *root = toml_parse(document, &error);
    if (root == NULL)
        fail_output(path, toml_line(document, error.offset), error.reason);
    for (const struct toml *value = root->first; value != NULL; value = value->next)
        if (value->type != toml_string)
            fail_output(path, toml_line(document, value->offset),
                        concat("incompatible types: TOML value has type ", toml_type_name(value->type),
                               "; destination has type string", NULL));
    for (const struct toml *value = root->first; value != NULL; value = value->next)
        environment_set(environment, value->key, value->string);
}

void run_exec_d(struct launch *launch, const char *path)
{
    int ends[2];
    char *const *environment = program_environment(launch, path);
    if (pipe2(ends, O_CLOEXEC) != 0)
        fail_launch("failed to create pipe: ", error_text(errno), NULL);
    pid_t child = start(path, environment, ends[1]);
    close(ends[1]);
    struct text output;
    int error = read_descriptor(ends[0], &output);
    close(ends[0]);
    /* The program's own failure says more than what was read. But who writes without end is not waited for. */
    if (error != EFBIG)
        wait_for(child, path);
    if (error != 0)
        fail_launch("failed to read output from exec.d file at path '", path, "': ", error_text(error), NULL);
    apply_exec_d_output(&launch->environment, output, path);
}
