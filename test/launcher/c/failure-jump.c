/* Stands for launcher/src/failure.c where many inputs are read in one process: a failure jumps back instead of ending it. */
#include "failure-jump.h"

#include "failure.h"

jmp_buf failure_jump;

void stage(const char *prefix)
{
    (void)prefix;
}

void print_line(const char *first, ...)
{
    (void)first;
}

_Noreturn void fail(int code, const char *first, ...)
{
    (void)first;
    longjmp(failure_jump, code);
}

_Noreturn void fail_launch(const char *first, ...)
{
    (void)first;
    longjmp(failure_jump, exit_launch);
}

const char *error_text(int error)
{
    (void)error;
    return "error";
}
