#ifndef LAUNCHER_INIT_H
#define LAUNCHER_INIT_H

/* The name this program has to be called by to be an init instead of a launcher. */
#define INIT_NAME "tsbuildpack-init"

/* Starts the command as a child, forwards signals to it, reaps orphans, and exits with the child's status. */
_Noreturn void init(char *const *argv);

#endif
