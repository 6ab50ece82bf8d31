#ifndef LAUNCHER_FILES_H
#define LAUNCHER_FILES_H

#include "text.h"

/* Largest document that is read (metadata, exec.d output, a variable's file). */
enum { file_size_limit = 1 << 20 };

struct entry {
    const char *name;
    bool is_directory; /* a symlink to a directory is none */
    bool is_symlink;
};

struct listing {
    struct entry *entries;
    size_t count;
};

/* The paths joined with a slash, without ".", "..", doubled or trailing slashes; empty parts are left out. */
char *path_join(const char *directory, const char *name);
/* The entries sorted by name, byte by byte. Returns 0 or an errno. */
int list_directory(const char *path, struct listing *listing);
/* Everything up to end of file. Returns 0 or an errno, EFBIG when there is more than file_size_limit. */
int read_descriptor(int descriptor, struct text *content);
/* Reads a file; on an error fails the launch unless `failed` is given: then it gets "open PATH: reason". */
bool read_file(const char *path, struct text *content, char **failed);
bool is_directory(const char *path);

#endif
