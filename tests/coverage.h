/* Included before everything in builds for coverage: a process that dies by a signal, or exits
 * without exit handlers, first writes its counts. */
#ifndef COVERAGE_H
#define COVERAGE_H

#include <signal.h>
#include <unistd.h>

void __gcov_dump(void); /* libgcov */

static inline _Noreturn void
coverage_exit(int status)
{
	__gcov_dump();
	_exit(status);
}

#define raise(signal) (__gcov_dump(), raise(signal))
#define _exit(status) coverage_exit(status)

#endif
