/* Stands for every program that a launcher starts in a test: says on standard output, in one line of JSON, how it was
 * started. As an exec.d program it then writes /fixtures<its path>.out to descriptor 3 and ends with the status in
 * /fixtures<its path>.status, if those files exist. */
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

extern char **environ;

static void print_string(const char *string)
{
    putchar('"');
    for (const unsigned char *at = (const unsigned char *)string; *at != 0; at++)
        if (*at < 0x20 || *at > 0x7e || *at == '"' || *at == '\\')
            printf("\\u%04x", *at); /* bytes, as Latin-1 */
        else
            putchar(*at);
    putchar('"');
}

static void print_list(const char *name, char *const *strings)
{
    printf(",\"%s\":[", name);
    for (size_t i = 0; strings[i] != NULL; i++) {
        if (i != 0)
            putchar(',');
        print_string(strings[i]);
    }
    putchar(']');
}

static void print_descriptors(void)
{
    printf(",\"descriptors\":[0");
    for (int descriptor = 1; descriptor < 64; descriptor++)
        if (fcntl(descriptor, F_GETFD) >= 0)
            printf(",%d", descriptor);
    putchar(']');
}

static void print_ignored_signals(void)
{
    const char *separator = "";
    printf(",\"ignored\":[");
    for (int number = 1; number < 32; number++) {
        struct sigaction action;
        if (sigaction(number, NULL, &action) != 0 || action.sa_handler != SIG_IGN)
            continue;
        printf("%s%d", separator, number);
        separator = ",";
    }
    putchar(']');
}

static char content[1 << 21];

/* The length of the fixture, or -1 if there is none. */
static ssize_t read_fixture(const char *path, const char *suffix)
{
    static char name[4096];
    snprintf(name, sizeof name, "/fixtures%s%s", path, suffix);
    int file = open(name, O_RDONLY);
    if (file < 0)
        return -1;
    size_t length = 0;
    for (ssize_t count; (count = read(file, content + length, sizeof content - 1 - length)) > 0;)
        length += (size_t)count;
    content[length] = 0;
    close(file);
    return (ssize_t)length;
}

static int run_as_exec_d(const char *path)
{
    ssize_t length = read_fixture(path, ".out");
    for (ssize_t at = 0; at < length;) {
        ssize_t count = write(3, content + at, (size_t)(length - at));
        if (count <= 0)
            return 99;
        at += count;
    }
    return read_fixture(path, ".status") < 0 ? 0 : atoi(content);
}

int main(int argc, char **argv)
{
    static char directory[4096];
    struct stat input;
    int is_exec_d = argc == 1 && strstr(argv[0], "/exec.d/") != NULL;
    printf("PROBE {\"role\":\"%s\",\"pid\":%d,\"uid\":%d", is_exec_d ? "exec.d" : "process", (int)getpid(),
           (int)getuid());
    printf(",\"cwd\":");
    print_string(getcwd(directory, sizeof directory) == NULL ? "" : directory);
    print_list("argv", argv);
    print_list("env", environ);
    print_descriptors();
    print_ignored_signals();
    printf(",\"inputIsNull\":%s}\n",
           fstat(0, &input) == 0 && S_ISCHR(input.st_mode) && input.st_rdev == 0x103 ? "true" : "false");
    fflush(stdout);
    return is_exec_d ? run_as_exec_d(argv[0]) : 0;
}
