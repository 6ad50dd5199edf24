/* Each line is a sum and what must come of it; the exit status is the number of surprises. */
#include <stdio.h>

#include "calc.h"

static const struct {
    const char *text;
    enum calc_result result;
    double value;
} cases[] = {
    {"7", CALC_OK, 7},
    {"1 2 +", CALC_OK, 3},
    {"2 3 4 * -", CALC_OK, -10},
    {" 9 2 / ", CALC_OK, 4.5},
    {"-3 -4 *", CALC_OK, 12},
    {"", CALC_TOO_FEW, 0},
    {"1 +", CALC_TOO_FEW, 0},
    {"1 2", CALC_TOO_MANY, 0},
    {"1 0 /", CALC_BY_ZERO, 0},
    {"1 two +", CALC_BAD_WORD, 0},
};

int main(void) {
    int wrong = 0;
    for (unsigned i = 0; i < sizeof cases / sizeof *cases; i++) {
        double value = 0;
        enum calc_result result = calc(cases[i].text, &value);
        if (result != cases[i].result || value != cases[i].value) {
            printf("\"%s\": %d and %g\n", cases[i].text, result, value);
            wrong++;
        }
    }
    return wrong;
}
