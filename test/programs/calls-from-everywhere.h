/* Calls of toupper from SITES places: each returns to an instruction of its own, of several kinds. */
#ifndef CALLS_FROM_EVERYWHERE_H
#define CALLS_FROM_EVERYWHERE_H
#ifndef SITES
#define SITES 3000
#endif
#define TEXT_OF(x) #x
#define TEXT(x) TEXT_OF(x)

/* Gives SUM_FROM_EVERYWHERE. */
long call_from_everywhere(void);
#define SUM_FROM_EVERYWHERE (SITES / 5l * ('A' + 'B' + 'C' + 'D' + 'E'))

__asm__(".text\n"
        "expected_letter: .long 'D'\n"
        ".globl call_from_everywhere\n.type call_from_everywhere, @function\n"
        "call_from_everywhere:\n"
        " pushq %rbx\n xorl %ebx, %ebx\n"
        ".rept " TEXT(SITES) " / 5\n"
        " movl $'a', %edi\n call toupper@PLT\n addq %rax, %rbx\n"
        " movl $'b', %edi\n call toupper@PLT\n cltq\n leaq (%rbx,%rax), %rbx\n"
        " movl $'c', %edi\n call toupper@PLT\n pushq %rax\n addq (%rsp), %rbx\n popq %rax\n"
        " movl $'d', %edi\n call toupper@PLT\n cmpl expected_letter(%rip), %eax\n jne 1f\n"
        " addq %rax, %rbx\n 1:\n"
        " movl $'e', %edi\n call toupper@PLT\n jmp 1f\n ud2\n 1: addq %rax, %rbx\n"
        ".endr\n"
        " movq %rbx, %rax\n popq %rbx\n ret\n"
        ".size call_from_everywhere, . - call_from_everywhere\n");
#endif
