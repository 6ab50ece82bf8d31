/* Measures how long programs take from fork to exit: bench RUNS SPEC..., each SPEC being "program argv0 argument" with
 * blanks. The specs take turns, so that whatever else the machine does meets all of them. Prints one line for each:
 * the median in microseconds and the lowest. */
#define _GNU_SOURCE
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>

extern char **environ;

enum { spec_limit = 16, word_limit = 16 };

static double microseconds(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec * 1e6 + (double)time.tv_nsec / 1e3;
}

static int compare(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static double run(char *const *words)
{
    pid_t child;
    int status;
    double start = microseconds();
    if (posix_spawn(&child, words[0], NULL, NULL, words + 1, environ) != 0 || waitpid(child, &status, 0) < 0 ||
        status != 0) {
        fprintf(stderr, "bench: %s failed\n", words[0]);
        exit(1);
    }
    return microseconds() - start;
}

int main(int argc, char **argv)
{
    static char *words[spec_limit][word_limit];
    int runs = argc > 1 ? atoi(argv[1]) : 0, specs = argc - 2;
    if (runs < 1 || specs < 1 || specs > spec_limit)
        return 2;
    for (int spec = 0; spec < specs; spec++) {
        int count = 0;
        for (char *word = strtok(argv[spec + 2], " "); word != NULL && count < word_limit - 1; word = strtok(NULL, " "))
            words[spec][count++] = word;
    }
    double *times = calloc((size_t)(runs * specs), sizeof *times);
    for (int turn = 0; turn < runs; turn++)
        for (int spec = 0; spec < specs; spec++)
            times[spec * runs + turn] = run(words[spec]);
    for (int spec = 0; spec < specs; spec++) {
        qsort(times + spec * runs, (size_t)runs, sizeof *times, compare);
        printf("%.0f %.0f\n", times[spec * runs + runs / 2], times[spec * runs]);
    }
    return 0;
}
