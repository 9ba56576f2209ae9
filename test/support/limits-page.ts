/** Which test holds each sentence of docs/limits.md to its word: its beginning, the file of the test, words of its title. */
export type HeldSentence = readonly [begins: string, file: string, title: string];

export const HELD_SENTENCES: readonly HeldSentence[] = [
  // Places where no breakpoint is put
  ['A label in code without', 'untyped-labels', 'is no function when it stands before a table'],
  ['It is traced when its module', 'untyped-labels', 'is found by a pattern when it is called'],
  ['If not, that is said:', 'untyped-labels', 'is no function when it stands before a table'],
  // Calls that are not seen, or seen differently
  ['Where stacks are copied,', 'copied-stacks', 'have each return told, with its own result'],
  [
    'Of the first calls of a program',
    'copied-stacks',
    'have each return told, with its own result',
  ],
  [
    'Code that belongs to no file',
    'callers-without-file',
    'that is named by the memory it lies in',
  ],
  ['Which function of the program', 'callers-without-file', 'is all that is shown'],
  ['Where a program has a stub', 'call-routes', 'shows all calls that are asked for by name'],
  [
    'Libraries that a static program loads',
    'plugins',
    'makes no call unseen where the program lies at any address',
  ],
  ['Of a stripped one', 'plugins', 'is not seen where the program is stripped, and that is said'],
  ['Where such code ends in a jump', 'callers-without-file', 'is its caller in ${bits}'],
  [
    'Else the call is its caller',
    'callers-without-file',
    "is not seen where the function's own library called it, in ${bits}",
  ],
  ['A program that maps code anew', 'remapped-text', 'from its file (${how}) is told of'],
  ['They are looked after within', 'remapped-text', 'are told of while it goes on'],
  [
    'A program that ends by a system',
    'remapped-text',
    'and ends by a system call of its own at once',
  ],
  [
    'Where debug information has no',
    'dwarf-reduced',
    'says nothing where its other half is missing',
  ],
  ['Thousands of sections,', 'many-of-a-kind', 'has all its names'],
  ['A file that is to be read as a whole', 'never-ends', 'many gigabytes of nothing are refused'],
  // Children that ask not to be traced
  ['A child that is begun in the', 'untraced-children', 'survives them in a static program'],
  ['Any other runs into breakpoints', 'untraced-children', 'ends, and that is said'],
  ['In a program that was attached to it', 'untraced-children', 'where its parent was attached to'],
  // Sandboxed programs
  [
    'Nothing that tsltrace does in a',
    'sandboxed',
    'loses none where there are more places than room',
  ],
  ['No call is lost.', 'sandboxed', "loses no call behind '${how}'"],
  ['A process that filters its system', 'sandboxed', "is traced where '${how}' can be suspended"],
  [
    'For anybody else it gets no',
    'sandboxed',
    "gets no breakpoint where '${how}' cannot be suspended",
  ],
  [
    'The same holds for a process whose',
    'sandboxed',
    'is left alone when it is attached to, and that is',
  ],
  ['An ignored SIGTRAP is not', 'own-sigtrap', 'is not that it is ignored, also in what'],
  ['A handler that adds SIGTRAP', 'own-sigtrap', 'is not what a handler writes into the mask'],
  ['A process in which a SIGTRAP', 'own-sigtrap', 'and the program gets no breakpoint'],
  [
    'A process that was attached to and',
    'sandboxed',
    'is traced where its calls are dispatched only',
  ],
  ['Those calls are shown as', 'sandboxed', 'is traced where its calls are dispatched only'],
  // Programs whose calls are counted inside
  ['When tsltrace is killed, an', 'inline', 'goes on when tsltrace is killed'],
  ['It goes on unharmed.', 'inline', 'goes on when tsltrace is killed'],
  ['Who attaches next is told', 'inline', 'goes on when tsltrace is killed'],
  ['A call that a thread is in keeps', 'inline', 'is found by what unwinds, not on the stack'],
  ['What libgcc_s unwinds does not.', 'inline', 'is found by what unwinds, not on the stack'],
  ['Of whatever may see more,', 'inline', 'of a function that may return more than once'],
  // System calls and signals of a traced program
  ['Attaching and leaving stop no', 'interrupted-syscalls', 'are not stopped when tsltrace comes'],
  ['Where one has to be stopped,', 'interrupted-syscalls', 'is one call, whatever we do'],
  ['`epoll_wait`, `sigtimedwait`', 'interrupted-syscalls', 'waits once more for its whole timeout'],
  ['So do `recv`, `accept` and', 'interrupted-syscalls', 'waits once more for its whole timeout'],
  ['A `write`, `send` or `recv` that', 'interrupted-syscalls', 'has written a part'],
  ['Nobody is told.', 'interrupted-syscalls', 'has written a part'],
  ['Signals that the program ignores', 'interrupted-syscalls', 'interrupts no system call'],
  [
    'A transfer that has done a part',
    'interrupted-syscalls',
    'when a signal comes that it ignores',
  ],
  ['Signals that come faster than', 'signals', 'are told of, once, also those to another thread'],
  ['After two seconds that is said', 'signals', 'are told of, once, also those to another thread'],
  ['A thread that does not let itself', 'unwilling-threads', 'does not keep the others from being'],
  [
    'That is said after a second, with',
    'unwilling-threads',
    'is waited for, until Ctrl-C, and can',
  ],
  [
    'A SIGTRAP that comes in a handler',
    'own-sigtrap',
    'gets one at once in place of after its end',
  ],
  ['A program that reads its own code', 'hard-programs', 'reads its own code runs on'],
  // What an attached program can notice
  ['Code that a program copies has', 'copied-code', 'does what it does alone'],
  [
    'They are taken out where the',
    'copied-code',
    'runs on when the tracer has left before it runs',
  ],
  ['Copies elsewhere, or made before', 'copied-code', 'it ends the program that runs it'],
  ['When tsltrace was killed, `sigaction`', 'own-sigtrap', 'keeps its SIGTRAPs'],
  ['Nobody is told: nobody is left', 'own-sigtrap', 'keeps its SIGTRAPs'],
  ['Some hundred kilobytes of memory', 'left-pages', 'do not become more when it is left'],
  ['The next session uses them again.', 'left-pages', 'do not become more when it is left'],
  // Files that block, and limits of ours
  [
    'A pipe that nobody has opened',
    'never-ends',
    'is waited for with a word, until ${signal} comes',
  ],
  ['Ctrl-C ends that.', 'never-ends', 'is waited for with a word, until ${signal} comes'],
  ['Debug files that are no files', 'never-ends', '${kind} is not waited for'],
  ['Without `/proc`, or with that of', 'without-proc', 'a program that is to be ${kind}'],
  [
    'With too few file descriptors',
    'few-descriptors',
    'of which there are too few, one line says so',
  ],
  // Memory and files that cannot be read
  [
    'Memory that the program itself',
    'filled-memory',
    'is not waited for by the tracer, where a ${by}',
  ],
  [
    'Until it is filled a pointer',
    'filled-memory',
    'is not waited for by the tracer, where a ${by}',
  ],
  [
    'The same holds for a mapped file',
    'filled-memory',
    'is not waited for by the tracer, where a ${by}',
  ],
  ['What others serve', 'filled-memory', 'is waited for, as the program would'],
  ['Where no answer comes in that', 'filled-memory', 'is not waited for where no answer comes'],
  ['What a FUSE daemon has taken up', 'filled-memory', 'keeps nobody where no answer ever comes'],
  [
    'A library whose file was deleted',
    'moved-files',
    'and was replaced by another build is traced as',
  ],
  ['That takes root.', 'moved-files', 'and was removed is traced by who is not root'],
  ["Anybody else's trace looks at it", 'moved-files', 'is traced by who is not root'],
  ['A program whose file its user may', 'unreadable-programs', 'runs, and its status is kept'],
  ['Its system calls are shown with', 'unreadable-programs', 'makes system calls that are shown'],
  ['What it executes in turn is', 'unreadable-programs', 'is followed to what it executes itself'],
  ['Linux gives a set-uid or set-gid', 'unreadable-programs', 'has them not, and that is said'],
  ['A warning says so (`runs', 'unreadable-programs', 'has them where root traces it'],
  [
    'Where such a program may not be',
    'unreadable-programs',
    'may be one that cannot be read either',
  ],
];
