#include "files.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "failure.h"
#include "memory.h"

/* Drops the last element of the path under construction, unless it is ".." or the root. */
static bool drop_last(struct buffer *path, bool rooted)
{
    size_t start = path->length;
    while (start > 0 && path->bytes[start - 1] != '/')
        start--;
    size_t length = path->length - start;
    if (length == 0 || (length == 2 && memcmp(path->bytes + start, "..", 2) == 0))
        return rooted;
    path->length = start > (rooted ? 1 : 0) ? start - 1 : start;
    return true;
}

char *path_join(const char *directory, const char *name)
{
    const char *rest = *directory == 0 ? name : concat(directory, "/", name, NULL);
    bool rooted = *rest == '/';
    struct buffer path = {0};
    if (rooted)
        buffer_add_byte(&path, '/');
    while (*rest != 0) {
        size_t length = strcspn(rest, "/");
        bool is_parent = length == 2 && memcmp(rest, "..", 2) == 0;
        bool is_nothing = length == 0 || (length == 1 && *rest == '.');
        if (!is_nothing && !(is_parent && drop_last(&path, rooted))) {
            if (path.length > (rooted ? 1 : 0))
                buffer_add_byte(&path, '/');
            buffer_add(&path, (struct text){rest, length});
        }
        rest += length;
        rest += *rest == '/';
    }
    if (path.length == 0)
        buffer_add_byte(&path, '.');
    buffer_text(&path);
    return path.bytes;
}

static int compare_entries(const void *a, const void *b)
{
    return strcmp(((const struct entry *)a)->name, ((const struct entry *)b)->name);
}

static void add_entry(struct listing *listing, const struct entry *entry)
{
    if ((listing->count & (listing->count - 1)) == 0) {
        struct entry *grown = memory_take(listing->count == 0 ? 1 : listing->count * 2, sizeof *grown);
        if (listing->count != 0)
            memcpy(grown, listing->entries, listing->count * sizeof *grown);
        listing->entries = grown;
    }
    listing->entries[listing->count++] = *entry;
}

/* What getdents64(2) writes. */
struct kernel_entry {
    uint64_t inode;
    int64_t offset;
    uint16_t size;
    uint8_t type;
    char name[];
};

static struct entry entry_of(const char *directory, const struct kernel_entry *found)
{
    struct entry entry = {text_copy(found->name, strlen(found->name)).bytes, false, false};
    if (found->type != DT_UNKNOWN) {
        entry.is_directory = found->type == DT_DIR;
        entry.is_symlink = found->type == DT_LNK;
        return entry;
    }
    struct stat status;
    if (lstat(path_join(directory, entry.name), &status) == 0) {
        entry.is_directory = S_ISDIR(status.st_mode);
        entry.is_symlink = S_ISLNK(status.st_mode);
    }
    return entry;
}

static bool is_dots(const char *name)
{
    return strcmp(name, ".") == 0 || strcmp(name, "..") == 0;
}

/* Not readdir(3), which takes memory from the system and gives it back for every directory. */
static int read_entries(int descriptor, const char *path, struct listing *listing)
{
    static _Alignas(struct kernel_entry) char buffer[16384];
    for (;;) {
        long size = syscall(SYS_getdents64, descriptor, buffer, sizeof buffer);
        if (size <= 0)
            return size == 0 ? 0 : errno;
        const struct kernel_entry *found;
        for (long at = 0; at < size; at += found->size) {
            found = (const void *)(buffer + at);
            struct entry entry = entry_of(path, found);
            if (!is_dots(entry.name))
                add_entry(listing, &entry);
        }
    }
}

/* Without O_CLOEXEC, here as in read_file: nothing is started before the descriptor is closed again. */
int list_directory(const char *path, struct listing *listing)
{
    *listing = (struct listing){0};
    int descriptor = open(path, O_RDONLY | O_DIRECTORY);
    if (descriptor < 0)
        return errno;
    int error = read_entries(descriptor, path, listing);
    close(descriptor);
    if (listing->count > 1)
        qsort(listing->entries, listing->count, sizeof *listing->entries, compare_entries);
    return error;
}

int read_descriptor(int descriptor, struct text *content)
{
    struct buffer buffer = {0};
    char chunk[4096];
    for (;;) {
        ssize_t count = read(descriptor, chunk, sizeof chunk);
        if (count < 0 && errno == EINTR)
            continue;
        if (count < 0)
            return errno;
        if (count == 0)
            break;
        if (buffer.length + (size_t)count > file_size_limit)
            return EFBIG;
        buffer_add(&buffer, (struct text){chunk, (size_t)count});
    }
    *content = buffer_text(&buffer);
    return 0;
}

bool read_file(const char *path, struct text *content, char **failed)
{
    int descriptor = open(path, O_RDONLY);
    if (descriptor < 0) {
        *failed = concat("open ", path, ": ", error_text(errno), NULL);
        return false;
    }
    int error = read_descriptor(descriptor, content);
    close(descriptor);
    if (error != 0)
        *failed = concat("read ", path, ": ", error_text(error), NULL);
    return error == 0;
}

bool is_directory(const char *path)
{
    struct stat status;
    return stat(path, &status) == 0 && S_ISDIR(status.st_mode);
}
