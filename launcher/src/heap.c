#include "heap.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sysinfo.h>
#include <unistd.h>

#include "failure.h"
#include "init.h"
#include "memory.h"
#include "text.h"

extern char **environ;

/* Control group paths are names of containers and slices; a longer file or path is taken for one without a limit. */
enum { file_size = 4096, path_size = 4096 };

static const unsigned long long unlimited = ~0ULL, mebibyte = 1ULL << 20;

/* The digits at the start of a text. The C library's strtoull would add a tenth to this program. */
static const char *read_number(const char *text, unsigned long long *number)
{
    for (*number = 0; *text >= '0' && *text <= '9'; text++)
        *number = *number * 10 + (unsigned)(*text - '0');
    return text;
}

static void read_small(const char *path, char *content, size_t size)
{
    content[0] = '\0';
    int file = open(path, O_RDONLY | O_CLOEXEC);
    if (file < 0)
        return;
    size_t length = 0;
    for (ssize_t got; length < size - 1 && (got = read(file, content + length, size - 1 - length)) > 0;)
        length += (size_t)got;
    close(file);
    content[length] = '\0';
}

/* The number in a file; "max", and whatever is no number, is no limit. */
static unsigned long long read_limit(const char *path)
{
    char content[24];
    unsigned long long limit;
    read_small(path, content, sizeof content);
    return read_number(content, &limit) == content ? unlimited : limit;
}

/* The smallest limit of a group and those above it: https://docs.kernel.org/admin-guide/cgroup-v2.html#memory-interface-files.
 * A container often sees its own group as the root, whatever its path says, so the root counts too. */
static unsigned long long group_limit(const char *mount, const char *group, const char *file)
{
    char path[path_size];
    size_t mount_length = strlen(mount), length = mount_length + strlen(group);
    if (length + strlen(file) + 2 > sizeof path)
        return unlimited;
    strcpy(path, mount);
    strcpy(path + mount_length, group);
    unsigned long long least = unlimited;
    for (;;) {
        while (length > mount_length && path[length - 1] == '/')
            length--;
        path[length] = '/';
        strcpy(path + length + 1, file);
        unsigned long long limit = read_limit(path);
        if (limit < least)
            least = limit;
        if (length <= mount_length)
            return least;
        while (length > mount_length && path[length - 1] != '/')
            length--;
    }
}

/* Whether one of the comma-separated names is "memory". */
static int has_memory(const char *names)
{
    const char *found = strstr(names, "memory");
    return found != NULL && (found == names || found[-1] == ',') && (found[6] == '\0' || found[6] == ',');
}

/* One line of /proc/self/cgroup: "0::PATH" is version 2, "4:memory:PATH" version 1. */
static unsigned long long line_limit(char *line)
{
    char *names = strchr(line, ':');
    char *end = names == NULL ? NULL : strchr(names + 1, ':');
    if (end == NULL)
        return unlimited;
    *end = '\0';
    names++;
    const char *group = end + 1;
    if (strstr(group, "/..") != NULL)
        group = "";
    if (*names == '\0')
        return group_limit("/sys/fs/cgroup", group, "memory.max");
    return has_memory(names) ? group_limit("/sys/fs/cgroup/memory", group, "memory.limit_in_bytes") : unlimited;
}

static unsigned long long memory_limit(void)
{
    char content[file_size];
    unsigned long long least = unlimited;
    read_small("/proc/self/cgroup", content, sizeof content);
    for (char *line = content, *end; *line != '\0'; line = end) {
        end = line + strcspn(line, "\n");
        if (*end != '\0')
            *end++ = '\0';
        unsigned long long limit = line_limit(line);
        if (limit < least)
            least = limit;
    }
    struct sysinfo machine;
    if (sysinfo(&machine) != 0)
        return least;
    /* Version 1 writes a number beyond all memory where there is no limit. */
    return least < (unsigned long long)machine.totalram * machine.mem_unit ? least : unlimited;
}

static void set_options(char *assignment)
{
    static const char name[] = "NODE_OPTIONS=";
    size_t count = 0;
    while (environ[count] != NULL)
        count++;
    char **strings = memory_take(count + 2, sizeof *strings);
    size_t kept = 0;
    for (size_t i = 0; i < count; i++)
        if (strncmp(environ[i], name, sizeof name - 1) != 0)
            strings[kept++] = environ[i];
    strings[kept] = assignment;
    environ = strings;
}

void set_node_heap(void)
{
    const char *text = getenv(HEAP_VARIABLE);
    if (text == NULL || *text == '\0' || strcmp(text, "0") == 0)
        return;
    unsigned long long percent;
    if (*read_number(text, &percent) != '\0' || percent == 0 || percent > 100) {
        print_line(INIT_NAME ": " HEAP_VARIABLE " is ignored: it must be a percentage from 1 to 100, or 0", NULL);
        return;
    }
    const char *options = getenv("NODE_OPTIONS");
    if (options == NULL)
        options = "";
    /* Node takes both spellings. */
    if (strstr(options, "max-old-space-size") != NULL || strstr(options, "max_old_space_size") != NULL)
        return;
    unsigned long long limit = memory_limit();
    unsigned long long heap = limit == unlimited ? 0 : limit * percent / 100 / mebibyte;
    if (heap > 0)
        set_options(concat("NODE_OPTIONS=", options, *options == '\0' ? "" : " ", "--max-old-space-size=", decimal(heap), NULL));
}
