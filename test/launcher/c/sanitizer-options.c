/* The options of the sanitizers, inside: the environment of a case stays what it is. What the launcher allocates lives
 * until the process is replaced, so nothing is freed at its end. */
const char *__asan_default_options(void);
const char *__ubsan_default_options(void);

const char *__asan_default_options(void)
{
    return "detect_leaks=0:exitcode=99:detect_stack_use_after_return=1:strict_string_checks=1";
}

const char *__ubsan_default_options(void)
{
    return "print_stacktrace=1:halt_on_error=1";
}
