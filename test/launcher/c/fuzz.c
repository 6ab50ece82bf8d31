/* libFuzzer's target for everything that the launcher reads. The first byte of an input says what the rest is:
 *   m  metadata.toml
 *   e  the output of an exec.d program
 *   v  the files of an env directory: name, NUL, content, NUL, next name … (on top of FOO=1 and PATH=/bin)
 *   a  an API version */
#include <fcntl.h>
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "exec_d.h"
#include "failure-jump.h"
#include "files.h"
#include "layer_environment.h"
#include "memory-checked.h"
#include "metadata.h"

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size);

static const char *make_directory(void)
{
    static char directory[64];
    if (directory[0] == 0) {
        const char *place = access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp";
        snprintf(directory, sizeof directory, "%s/launcher-fuzz-XXXXXX", place);
        if (mkdtemp(directory) == NULL)
            abort();
    }
    return directory;
}

static void write_file(const char *directory, const char *name, struct text content)
{
    char path[512];
    snprintf(path, sizeof path, "%s/%s", directory, name);
    int file = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    if (file < 0)
        return;
    if (write(file, content.bytes, content.length) < 0)
        abort();
    close(file);
}

static void remove_files(const char *directory)
{
    struct listing files;
    list_directory(directory, &files);
    for (size_t i = 0; i < files.count; i++)
        unlink(path_join(directory, files.entries[i].name));
}

static void apply_files(struct text input)
{
    const char *directory = make_directory(), *rest = input.bytes, *end = input.bytes + input.length;
    for (int count = 0; rest < end && count < 8; count++) {
        const char *name = rest, *content = name + strlen(name) + 1;
        if (content > end)
            break;
        size_t length = strlen(content);
        if (strlen(name) < 128 && strchr(name, '/') == NULL)
            write_file(directory, name, (struct text){content, length});
        rest = content + length + 1;
    }
    static char foo[] = "FOO=1", path[] = "PATH=/bin:/cnb/process", odd[] = "=odd", own[] = "CNB_APP_DIR=/x";
    struct environment environment = environment_from((char *[]){foo, path, odd, own, NULL});
    apply_variable_files(&environment, directory);
    add_layer_paths(&environment, directory);
    environment_strings(&environment);
    remove_files(directory);
}

static void read_version(struct text input)
{
    struct version version;
    if (version_parse(input, &version) && buildpack_api_is_supported(version) && !platform_api_is_supported(version))
        abort();
}

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
    if (size == 0 || size > file_size_limit)
        return 0;
    if (setjmp(failure_jump) == 0) {
        struct text input = text_copy((const char *)data + 1, size - 1);
        struct environment environment = {0};
        struct metadata metadata;
        switch (data[0]) {
        case 'm':
            metadata = metadata_decode(input);
            metadata_check_apis(&metadata);
            break;
        case 'e':
            apply_exec_d_output(&environment, input, "exec.d");
            environment_strings(&environment);
            break;
        case 'v': apply_files(input); break;
        case 'a': read_version(input); break;
        default: break;
        }
    }
    memory_give_all();
    return 0;
}
