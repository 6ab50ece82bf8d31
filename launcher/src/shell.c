#include "shell.h"

#include <errno.h>
#include <sys/stat.h>
#include <unistd.h>

#include "failure.h"
#include "files.h"

struct profiles {
    struct text type;
    struct buffer *script;
};

/* The path stands in double quotes as it is, so the shell expands what is in it: as in the reference. */
static void add_line(struct buffer *script, const char *command, struct text path)
{
    buffer_add_string(script, command);
    buffer_add_string(script, " \"");
    buffer_add(script, path);
    buffer_add_string(script, "\"\n");
}

static void add_profile(struct launch *launch, const char *path, void *script)
{
    (void)launch;
    add_line(script, "source", text_of(path));
}

static void add_layer_profiles(struct launch *launch, const char *layer, void *data)
{
    struct profiles *profiles = data;
    each_file(launch, layer, "profile.d", profiles->type, add_profile, profiles->script);
}

static void add_buildpack_profiles(struct launch *launch, const char *directory, void *data)
{
    each_layer(launch, directory, add_layer_profiles, data);
}

/* The application's own .profile is named without a slash, so bash looks for it on PATH first: as in the reference. */
static void add_app_profile(struct launch *launch, struct buffer *script)
{
    struct stat status;
    const char *path = path_join(launch->app, ".profile");
    if (stat(path, &status) == 0) {
        if (!S_ISDIR(status.st_mode))
            add_line(script, "source", text_of(".profile"));
    } else if (errno != ENOENT) {
        fail_launch("failed to determine if app profile script exists at path '", path, "': stat ", path, ": ",
                    error_text(errno), NULL);
    }
}

/* With arguments the process has to be known: one of a buildpack, or the user's own. */
static void check_buildpack(const struct launch *launch, const struct process *process)
{
    if (process->args.count == 0 || process->buildpack_id.length == 0)
        return;
    for (size_t i = 0; i < launch->metadata.buildpack_count; i++)
        if (text_equal(launch->metadata.buildpacks[i].id, process->buildpack_id))
            return;
    fail_launch("process type '", process->type.bytes, "' provided by unknown buildpack '",
                process->buildpack_id.bytes, "'", NULL);
}

/* Without arguments the command is a script. Otherwise it and every argument is a word, which the shell expands. */
static void add_start(struct buffer *script, size_t arg_count)
{
    if (arg_count == 0) {
        buffer_add_string(script, "exec bash -c \"$@\"");
        return;
    }
    buffer_add_string(script, "exec bash -c '\"$(eval echo \\\"$0\\\")\"");
    for (size_t i = 1; i <= arg_count; i++) {
        buffer_add_string(script, " \"$(eval echo \\\"${");
        buffer_add_string(script, decimal(i));
        buffer_add_string(script, "}\\\")\"");
    }
    buffer_add_string(script, "' \"${@:1}\"");
}

static struct text joined_with_blanks(struct texts words)
{
    struct buffer joined = {0};
    for (size_t i = 0; i < words.count; i++) {
        if (i != 0)
            buffer_add_byte(&joined, ' ');
        buffer_add(&joined, words.items[i]);
    }
    return buffer_text(&joined);
}

_Noreturn void start_in_shell(struct launch *launch, const struct process *process)
{
    struct buffer script = {0};
    struct profiles profiles = {process->type, &script};
    stage("find profiles: ");
    each_buildpack(launch, add_buildpack_profiles, &profiles);
    add_app_profile(launch, &script);
    stage("");
    check_buildpack(launch, process);
    add_line(&script, "cd", process->working_dir);
    add_start(&script, process->args.count);

    struct texts words = {0};
    texts_add(&words, text_of("bash"));
    texts_add(&words, text_of("-c"));
    texts_add(&words, buffer_text(&script));
    texts_add(&words, text_of(launch->self));
    texts_add(&words, joined_with_blanks(process->command));
    texts_add_all(&words, process->args.items, process->args.count);
    char **argv = texts_c_strings(&words);
    char **environment = argv == NULL ? NULL : environment_strings(&launch->environment);
    if (environment != NULL)
        execve("/bin/bash", argv, environment);
    fail_launch("bash exec: ", error_text(errno), NULL);
}
