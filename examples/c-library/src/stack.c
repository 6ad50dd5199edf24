#include "stack.h"

int stack_push(struct stack *stack, double item) {
    if (stack->count == STACK_ROOM) {
        return -1;
    }
    stack->items[stack->count++] = item;
    return 0;
}

int stack_pop(struct stack *stack, double *item) {
    if (stack->count == 0) {
        return -1;
    }
    *item = stack->items[--stack->count];
    return 0;
}
