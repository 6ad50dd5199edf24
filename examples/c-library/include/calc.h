/* Sums in postfix notation: "1 2 +" is 3. */
#ifndef CALC_H
#define CALC_H

enum calc_result { CALC_OK, CALC_TOO_FEW, CALC_TOO_MANY, CALC_BAD_WORD, CALC_BY_ZERO };

/* Works out `text`; `value` is set only when the result is CALC_OK. */
enum calc_result calc(const char *text, double *value);

#endif
