#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "failure.h"
#include "init.h"
#include "launch.h"
#include "start_command.h"

extern char **environ;

/* Otherwise a pipe or file of ours could become the process's standard stream. */
static void open_standard_streams(void)
{
    for (int descriptor = STDIN_FILENO; descriptor <= STDERR_FILENO; descriptor++)
        if (fcntl(descriptor, F_GETFD) < 0 && errno == EBADF)
            open("/dev/null", O_RDWR);
}

int main(int argc, char **argv)
{
    open_standard_streams();
    if (argc > 0 && strcmp(base_name(argv[0]), INIT_NAME) == 0) {
        if (strncmp(argv[0], "/cnb/process/", strlen("/cnb/process/")) == 0)
            fail_launch(INIT_NAME " cannot be a process type", NULL);
        init(argv);
    }
    launch(argv, environ);
}
