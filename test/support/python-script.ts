/** Which CPythons a machine has, and a program for them that says itself by which frames it makes its calls. */
import { spawnSync } from 'node:child_process';
import { readdirSync, realpathSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';

export interface FoundPython {
  readonly path: string;
  /** `3.11.2` */
  readonly version: string;
}

const PLACES = ['/usr/bin', '/usr/local/bin'];

/** CPython 3.8 to 3.14 in the usual folders and of pyenv, each file once; more in TSLTRACE_PYTHONS, with commas. */
export function foundPythons(): readonly FoundPython[] {
  const folders = [...PLACES, ...subfolders(join(homedir(), '.pyenv/versions'))];
  const given = (process.env['TSLTRACE_PYTHONS'] ?? '').split(',').filter((path) => path !== '');
  const paths = folders.flatMap((folder) =>
    entriesOf(folder)
      .filter((name) => /^python3(?:\.\d+)?(?:-dbg)?$/.test(name))
      .map((name) => realpathSync(join(folder, name))),
  );
  const found = [...new Set([...paths, ...given])].map((path) => ({
    path,
    version: versionOf(path),
  }));
  return found.filter(({ version }) => /^3\.(?:[89]|1[0-4])\.\d+$/.test(version));
}

function subfolders(folder: string): readonly string[] {
  return entriesOf(folder).map((name) => join(folder, name, 'bin'));
}

function entriesOf(folder: string): readonly string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

function versionOf(path: string): string {
  const script = 'import sys; print(sys.implementation.name, sys.version.split()[0])';
  const { stdout } = spawnSync(path, ['-S', '-c', script], { encoding: 'utf8', timeout: 30_000 });
  return /^cpython (\S+)/.exec(stdout)?.[1] ?? '';
}

/** The script begins with this: `mark()` makes a call, and appends the stack that made it to the file of argv[1]. */
export const MARKS = `
import json, os, sys, threading, traceback
lock = threading.Lock()
def frames(frame):
    while frame is not None:
        code = frame.f_code
        yield [code.co_filename, frame.f_lineno, getattr(code, 'co_qualname', code.co_name)]
        frame = frame.f_back
def mark():
    os.getppid(); mine = list(frames(sys._getframe())); theirs = traceback.extract_stack()
    said = [[entry.filename, entry.lineno, entry.name] for entry in reversed(theirs)]
    assert [[f, l, q.split('.')[-1]] for f, l, q in mine] == said, (mine, said)
    with lock, open(sys.argv[1], 'a') as out: out.write(json.dumps(mine) + '\\n')
    return 1
`;

/** Every way in which Python comes to have a frame. */
export const MANY_FRAMES = `${MARKS}
import asyncio, contextlib, functools
def nested(n):
    def inner(m):
        return mark() if m == 0 else inner(m - 1)
    return inner(n)
nested(30)
def counting(n):
    for i in range(n):
        yield mark() + i
def delegating():
    yield from counting(2)
    yield from (mark() for _ in range(2))
list(delegating())
class Thing:
    mark()
    def __init__(self): mark()
    @property
    def value(self): return mark()
    @staticmethod
    def still(): return mark()
    @classmethod
    def ofClass(cls): return mark()
    def __getattr__(self, name): return mark()
    def __lt__(self, other): return mark() == 2
    def __enter__(self): return mark()
    def __exit__(self, *why): mark()
    def __del__(self): mark()
    def __iter__(self): return iter([mark()])
thing = Thing()
thing.value, thing.still(), Thing.ofClass(), thing.unknown, sorted([Thing(), Thing()]), [*thing]
with thing: mark()
del thing
def wraps(function):
    @functools.wraps(function)
    def wrapper(*args, **names): return function(*args, **names)
    return wrapper
@wraps
@wraps
def decorated(a, b=2): return mark()
decorated(1, b=3)
(lambda: (lambda x: mark())(1))()
[mark() for _ in range(2)]; {mark() for _ in range(2)}; {mark(): mark() for _ in range(2)}
list(map(lambda _: mark(), range(2))); functools.partial(mark)(); functools.reduce(lambda a, b: mark(), [1, 2, 3])
sorted([3, 1, 2], key=lambda value: mark() * value)
exec(compile('\\n\\n\\nmark()\\ndef made():\\n    mark()\\nmade()', '<made up>', 'exec'))
for shift in range(3): exec(compile('\\n' * shift + 'mark()', '<again>', 'exec'))
eval('mark()')
def größe(): return mark()
def имя(): return größe()
имя()
exec(compile('mark()', '<\u{1d11e}>', 'exec'))
exec('def far():\\n' + '    x = 1\\n' * 700 + '    if x:\\n' + '\\n' * 500 + '        return mark()\\n' + '    y = 2\\n' * 9 + '    return 0')
far()
try:
    raise ValueError
except ValueError:
    mark()
finally:
    mark()
def several_lines(*args):
    return (
        mark()
        + mark() +
        sum([
            mark(),
            mark()])
    )
several_lines(mark(),
    mark(),
  *[mark()])
@contextlib.contextmanager
def managed():
    mark()
    yield mark()
    mark()
with managed() as given: mark()
async def leaf(n):
    mark(); await asyncio.sleep(0); mark(); return n
async def numbers():
    for i in range(2):
        mark(); yield await leaf(i)
async def branch():
    async for n in numbers(): mark()
    await asyncio.gather(*(leaf(n) for n in range(3)))
    await asyncio.create_task(leaf(1))
    return [n async for n in numbers()]
asyncio.run(branch())
threads = [threading.Thread(target=nested, args=(n,)) for n in range(4)]
for each in threads: each.start()
for each in threads: each.join()
def sent():
    while True:
        got = yield mark()
        if got: return
generator = sent(); next(generator); generator.send(0); generator.close()
def traced(frame, event, arg): return None
sys.settrace(traced); nested(2); sys.settrace(None)
sys.setprofile(traced); nested(2); sys.setprofile(None)
mark()
`;
