#include "direct.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "failure.h"
#include "files.h"

/* NULL if the path is a program that may be started, else why it is not. */
static const char *why_not_startable(const char *path)
{
    struct stat status;
    if (stat(path, &status) != 0)
        return concat("stat ", path, ": ", error_text(errno), NULL);
    if (S_ISDIR(status.st_mode))
        return error_text(EISDIR);
    return access(path, X_OK) == 0 ? NULL : error_text(errno);
}

static _Noreturn void fail_look_up(struct text name, const char *reason)
{
    fail_launch("path lookup: exec: ", quoted(name), ": ", reason, NULL);
}

/* The file to run, looked up on the process's own PATH. A hit through a relative entry is refused. */
static const char *look_up(const struct environment *environment, struct text name)
{
    const char *file = text_c_string(name);
    bool has_slash = file != NULL && strchr(file, '/') != NULL;
    const char *path = environment_get(environment, text_of("PATH")).bytes;
    if (has_slash) {
        const char *reason = why_not_startable(file);
        if (reason != NULL)
            fail_look_up(name, reason);
        return file;
    }
    bool can_be_found = file != NULL && *file != 0 && strcmp(file, ".") != 0 && strcmp(file, "..") != 0 && *path != 0;
    if (!can_be_found)
        fail_look_up(name, "executable file not found in $PATH");
    for (const char *at = path;; at++) {
        struct text part = {at, strcspn(at, ":")};
        const char *directory = part.length == 0 ? "." : text_copy(part.bytes, part.length).bytes;
        const char *program = path_join(directory, file);
        bool is_found = why_not_startable(program) == NULL;
        if (is_found && *program != '/')
            fail_look_up(name, "cannot run executable found relative to current directory");
        if (is_found)
            return program;
        at += part.length;
        if (*at == 0)
            fail_look_up(name, "executable file not found in $PATH");
    }
}

_Noreturn void start_directly(const struct launch *launch, const struct process *process)
{
    stage("");
    if (text_c_string(environment_get(&launch->environment, text_of("PATH"))) == NULL)
        fail_launch("set path: setenv: ", error_text(errno), NULL);
    if (process->command.count == 0)
        fail_launch("no command provided for process type ", quoted(process->type), NULL);
    const char *program = look_up(&launch->environment, process->command.items[0]);
    const char *directory = text_c_string(process->working_dir);
    if (directory == NULL || chdir(directory) != 0)
        fail_launch("change directory: chdir ", process->working_dir.bytes, ": ", error_text(errno), NULL);

    struct texts words = {0};
    texts_add_all(&words, process->command.items, process->command.count);
    texts_add_all(&words, process->args.items, process->args.count);
    char **argv = texts_c_strings(&words);
    char **environment = argv == NULL ? NULL : environment_strings(&launch->environment);
    if (environment != NULL)
        execve(program, argv, environment);
    fail_launch("direct exec: ", error_text(errno), NULL);
}
