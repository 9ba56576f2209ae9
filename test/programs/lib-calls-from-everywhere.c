/* A library that calls toupper from 3,000 places. */
#include "calls-from-everywhere.h"

long library_calls(void);

long library_calls(void) { return call_from_everywhere() - SUM_FROM_EVERYWHERE; }
