/* A stack of numbers with room for STACK_ROOM of them. */
#ifndef STACK_H
#define STACK_H

#define STACK_ROOM 64

struct stack {
    double items[STACK_ROOM];
    int count;
};

/* 0, or -1 when it is full. */
int stack_push(struct stack *stack, double item);

/* 0, or -1 when it is empty. */
int stack_pop(struct stack *stack, double *item);

#endif
