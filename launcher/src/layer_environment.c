#include "layer_environment.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "failure.h"
#include "files.h"

/* The two with the delimiter between them. */
static struct text joined(struct text first, struct text delimiter, struct text second)
{
    struct buffer buffer = {0};
    buffer_add(&buffer, first);
    buffer_add(&buffer, delimiter);
    buffer_add(&buffer, second);
    return buffer_text(&buffer);
}

/* `value` and behind it what there is already, without a delimiter if that is nothing. */
static struct text in_front(struct text value, struct text delimiter, struct text existing)
{
    return existing.length == 0 ? value : joined(value, delimiter, existing);
}

/* What there is already and `value` behind it. */
static struct text behind(struct text existing, struct text delimiter, struct text value)
{
    return existing.length == 0 ? value : joined(existing, delimiter, value);
}

/* The working directory by the name in $PWD, if that is what it names: then symlinks in it stay, as in the reference. */
static const char *working_directory(void)
{
    const char *name = getenv("PWD");
    struct stat here, named;
    if (name != NULL && *name == '/' && stat(".", &here) == 0 && stat(name, &named) == 0 &&
        here.st_dev == named.st_dev && here.st_ino == named.st_ino)
        return name;
    static char path[4096];
    if (getcwd(path, sizeof path) == NULL)
        fail_launch("getwd: ", error_text(errno), NULL);
    return path;
}

static void add_path(struct environment *environment, const char *layer, const char *directory, const char *variable)
{
    char *path = path_join(*layer == '/' ? layer : path_join(working_directory(), layer), directory);
    struct stat status;
    if (stat(path, &status) != 0) {
        if (errno == ENOENT)
            return;
        fail_launch("stat ", path, ": ", error_text(errno), NULL);
    }
    struct text name = text_of(variable);
    struct text value = in_front(text_of(path), text_of(":"), environment_get(environment, name));
    environment_set(environment, name, value);
}

void add_layer_paths(struct environment *environment, const char *layer)
{
    add_path(environment, layer, "bin", "PATH");
    add_path(environment, layer, "lib", "LD_LIBRARY_PATH");
}

/* The contents of NAME.delim in the same directory, else the fallback. */
static struct text delimiter_for(const char *directory, struct text name, const char *fallback)
{
    struct text content;
    char *reason;
    char *path = path_join(directory, concat(name.bytes, ".delim", NULL));
    return read_file(path, &content, &reason) ? content : text_of(fallback);
}

static void apply_variable(struct environment *environment, const char *directory, const char *file, struct text value)
{
    size_t length = strcspn(file, ".");
    struct text name = text_copy(file, length);
    const char *action = file[length] == 0 ? "override" : file + length + 1;
    struct text existing = environment_get(environment, name);
    if (strcmp(action, "prepend") == 0)
        value = in_front(value, delimiter_for(directory, name, ""), existing);
    else if (strcmp(action, "append") == 0)
        value = behind(existing, delimiter_for(directory, name, ""), value);
    else if (*action == 0) /* "NAME.": a path, by the reference */
        value = in_front(value, delimiter_for(directory, name, ":"), existing);
    else if (strcmp(action, "default") == 0 && existing.length != 0)
        return;
    else if (strcmp(action, "default") != 0 && strcmp(action, "override") != 0)
        return;
    environment_set(environment, name, value);
}

/* Whether the entry is a variable's file: directories and symlinks to them are not. */
static bool is_variable_file(const struct entry *entry, const char *path, const char *failure)
{
    struct stat status;
    if (entry->is_directory)
        return false;
    if (!entry->is_symlink)
        return true;
    if (stat(path, &status) != 0)
        fail_launch(failure, "stat ", path, ": ", error_text(errno), NULL);
    return !S_ISDIR(status.st_mode);
}

void apply_variable_files(struct environment *environment, const char *directory)
{
    struct listing files;
    const char *failure = concat("apply env files from dir '", directory, "': ", NULL);
    int error = list_directory(directory, &files);
    if (error == ENOENT)
        return;
    if (error != 0)
        fail_launch(failure, "open ", directory, ": ", error_text(error), NULL);
    for (size_t i = 0; i < files.count; i++) {
        struct text value;
        char *reason;
        char *path = path_join(directory, files.entries[i].name);
        if (!is_variable_file(&files.entries[i], path, failure))
            continue;
        if (!read_file(path, &value, &reason))
            fail_launch(failure, reason, NULL);
        apply_variable(environment, directory, files.entries[i].name, value);
    }
}
