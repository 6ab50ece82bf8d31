#ifndef TEST_FAILURE_JUMP_H
#define TEST_FAILURE_JUMP_H

#include <setjmp.h>

/* Where fail() and fail_launch() go, with the exit code. */
extern jmp_buf failure_jump;

#endif
