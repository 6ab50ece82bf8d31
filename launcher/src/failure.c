#include "failure.h"

#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Messages are cut at this length: the memory may be what ran out. */
enum { message_size = 8192 };

struct message {
    char bytes[message_size];
    size_t length;
};

static const char *current_stage = "";

void stage(const char *prefix)
{
    current_stage = prefix;
}

static void add(struct message *message, const char *part)
{
    size_t length = strlen(part);
    size_t room = sizeof message->bytes - 1 - message->length;
    if (length > room)
        length = room;
    memcpy(message->bytes + message->length, part, length);
    message->length += length;
}

static void add_all(struct message *message, const char *first, va_list rest)
{
    for (const char *part = first; part != NULL; part = va_arg(rest, const char *))
        add(message, part);
}

static void print(struct message *message)
{
    message->bytes[message->length++] = '\n';
    for (size_t at = 0; at < message->length;) {
        ssize_t written = write(STDERR_FILENO, message->bytes + at, message->length - at);
        if (written < 0 && errno != EINTR)
            return;
        if (written > 0)
            at += (size_t)written;
    }
}

void print_line(const char *first, ...)
{
    struct message message = {.length = 0};
    va_list rest;
    va_start(rest, first);
    add_all(&message, first, rest);
    va_end(rest);
    print(&message);
}

_Noreturn void fail(int code, const char *first, ...)
{
    struct message message = {.length = 0};
    add(&message, "ERROR: failed to ");
    va_list rest;
    va_start(rest, first);
    add_all(&message, first, rest);
    va_end(rest);
    print(&message);
    _exit(code);
}

_Noreturn void fail_launch(const char *first, ...)
{
    struct message message = {.length = 0};
    add(&message, "ERROR: failed to launch: ");
    add(&message, current_stage);
    va_list rest;
    va_start(rest, first);
    add_all(&message, first, rest);
    va_end(rest);
    print(&message);
    _exit(exit_launch);
}

/* Not strerror(): its table is 2 KiB and says "No such file or directory" with a capital. */
const char *error_text(int error)
{
    switch (error) {
    case EPERM: return "operation not permitted";
    case ENOENT: return "no such file or directory";
    case EIO: return "input/output error";
    case ENXIO: return "no such device or address";
    case E2BIG: return "argument list too long";
    case ENOEXEC: return "exec format error";
    case EAGAIN: return "resource temporarily unavailable";
    case ENOMEM: return "cannot allocate memory";
    case EACCES: return "permission denied";
    case ENOTDIR: return "not a directory";
    case EISDIR: return "is a directory";
    case EINVAL: return "invalid argument";
    case ENFILE: return "too many open files in system";
    case EMFILE: return "too many open files";
    case ETXTBSY: return "text file busy";
    case EFBIG: return "file too large";
    case ENAMETOOLONG: return "file name too long";
    case ELOOP: return "too many levels of symbolic links";
    default: return "system error";
    }
}
