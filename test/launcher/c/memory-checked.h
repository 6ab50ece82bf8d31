#ifndef TEST_MEMORY_CHECKED_H
#define TEST_MEMORY_CHECKED_H

/* Gives everything back that memory_take gave out. */
void memory_give_all(void);

#endif
