/* A library whose one function has no type, as an assembler leaves it. */
__asm__(".text\n"
        ".globl library_label\n"
        "library_label:\n"
#ifdef __i386__
        "mov 4(%esp), %eax\n"
#else
        "mov %edi, %eax\n"
#endif
        "ret\n");
