/** The parts of a call's line: its name and arguments at entry, its result at return. */
import { describeErrno, errnoText, isRestart } from '../../base/errno-names.js';
import type {
  CallEvent,
  EnteredEvent,
  Frame,
  NativeFrame,
  ScriptFrame,
  LeftEvent,
  SourcePosition,
  ThreadStateEvent,
} from '../../trace/event.js';
import { escapeName } from './escape.js';
import { formatArguments, formatValue } from './format-value.js';
import { PLAIN_LOOK, shownName, type Look, type NameStyle } from './look.js';
import { formatSeconds } from './prefix.js';
import { DEFAULT_TEXT_OPTIONS, type TextOptions } from './text-options.js';

/** Does the result mean failure? */
export function failed(event: LeftEvent): boolean {
  return event.errno !== undefined;
}

/** `caller->name(arguments`, open on the right. */
export function formatEntry(event: EnteredEvent, options: TextOptions, look: Look): string {
  const name = look.paint('function', formatName(event, options));
  const args = formatArguments(event.args, look);
  if (event.kind === 'syscall') return `${name}(${args}`;
  if (event.origin === 'function') {
    const place = event.inMainProgram ? '' : `@${escapeName(event.library)}`;
    return `${name}${place}(${args}`;
  }
  if (options.caller === 'hide') return `${name}(${args}`;
  const caller = event.caller.module === '' ? '?' : escapeName(event.caller.module);
  return `${caller}->${name}(${args}`;
}

/** `caller->name(arguments)` of a call that stands by itself; without arguments where none were read. */
export function callText(event: CallEvent): string {
  const entry = formatEntry(event, { ...DEFAULT_TEXT_OPTIONS, caller: 'show' }, PLAIN_LOOK);
  return event.args.length === 0 ? entry.replace(/\($/, '') : `${entry})`;
}

/** The name alone, as `<... name resumed>` shows it. */
export function formatName(event: EnteredEvent, options: Pick<Look, 'names'>): string {
  return escapeName(plainName(event, options));
}

/** The same as the program has it, for whoever escapes in their own way. */
export function plainName(event: EnteredEvent, options: Pick<Look, 'names'>): string {
  if (event.kind === 'syscall') return `SYS_${event.name}`;
  return event.shownAs ?? plainSymbol(event, options);
}

/** The name of a function, whatever a call of it may be shown as. */
export function plainSymbol(
  { symbol, demangled }: Pick<CallEvent, 'symbol' | 'demangled'>,
  options: Pick<Look, 'names'>,
): string {
  return options.names === 'demangled' ? (demangled ?? symbol) : symbol;
}

/** The arguments that are read at return, with the comma that separates them from those before. */
export function formatOutArguments(event: LeftEvent, look: Look): string {
  if (event.outArgs.length === 0) return '';
  const out = formatArguments(event.outArgs, look);
  return out !== '' && showsAny(event.call) ? `, ${out}` : out;
}

/** `waits in SYS_futex(0x404060, 0x80, 2, nil <unfinished ...>, in pthread_mutex_lock` */
export function formatThreadState({ doing, within = [] }: ThreadStateEvent, look: Look): string {
  const [inside] = within;
  const where = inside === undefined ? '' : `, in ${escapeName(inside)}`;
  switch (doing.kind) {
    case 'running':
      return `runs${where}`;
    case 'stopped':
      return `is stopped by a signal${where}`;
    case 'waiting':
      return `waits in the kernel${where}`;
    case 'syscall': {
      const name = look.paint('function', `SYS_${escapeName(doing.name)}`);
      return `waits in ${name}(${formatArguments(doing.args, look)} <unfinished ...>${where}`;
    }
  }
}

/** What follows `= `. */
export function formatResult(event: LeftEvent, options: TextOptions, look: Look): string {
  const value = formatOutcome(event, options, look);
  if (options.duration === 'hide') return value;
  return `${value} <${formatSeconds(event.at - event.call.at)}>`;
}

/** ` > module(symbol+0x3c) [401182]`, and the source line below it where it is known; what is inlined comes first. */
export function formatFrame(frame: Frame, names: NameStyle): string {
  return frame.language === undefined ? formatNativeFrame(frame, names) : formatScriptFrame(frame);
}

/** ` > python(Session.get)`, and the line of the script below it. */
/** The line that made the call, of the script or of the source; '' where it was not asked for or is not known. Escaped. */
export function formatOrigin({
  script,
  caller: { source },
}: Pick<EnteredEvent, 'script' | 'caller'>): string {
  const [frame] = script ?? [];
  if (frame !== undefined) return formatScript(frame);
  return source === undefined ? '' : `${escapeName(source.file)}:${source.line}`;
}

function formatScriptFrame({ language, function: name, file, line }: ScriptFrame): string {
  const place = line === undefined ? '' : `:${line}`;
  return ` > ${language}(${escapeName(name)})\n\t${escapeName(file)}${place}\n`;
}

/** `client.py:12 in fetch` */
export function formatScript({ function: name, file, line }: ScriptFrame): string {
  const place = line === undefined ? '' : `:${line}`;
  return `${escapeName(file)}${place} in ${escapeName(name)}`;
}

function formatNativeFrame(frame: NativeFrame, names: NameStyle): string {
  const module = frame.module === '' ? '' : ` ${escapeName(frame.module)}`;
  const inlined = (frame.inlined ?? []).map(
    (each) =>
      ` >${module}(${escapeName(shownName(each, names))} inlined)\n${formatSource(each.source)}`,
  );
  const place =
    frame.symbol === undefined
      ? `+0x${frame.offset.toString(16)}`
      : `${escapeName(shownName(frame.symbol, names))}+0x${frame.symbol.offset.toString(16)}`;
  const where = frame.module === '' ? '' : `${module}(${place})`;
  const source = formatSource(frame.source);
  return `${inlined.join('')} >${where} [${frame.address.toString(16)}]\n${source}`;
}

function formatSource(source: SourcePosition | undefined): string {
  if (source === undefined) return '';
  return `\t${escapeName(source.file)}:${source.line}:${source.column}\n`;
}

function showsAny(event: EnteredEvent): boolean {
  return event.args.some((argument) => argument.value.kind !== 'hidden');
}

function formatOutcome(event: LeftEvent, options: TextOptions, look: Look): string {
  const { errno } = event;
  if (errno === undefined) return formatValue(event.result, look);
  const reason = look.paint('failure', `${describeErrno(errno)} (${errnoText(errno)})`);
  // The kernel returns -errno; every C program sees -1, and nothing yet where the call begins again.
  if (event.kind === 'syscall-return') return `${isRestart(errno) ? '?' : '-1'} ${reason}`;
  const value = formatValue(event.result, look);
  return options.libraryErrno === 'show' ? `${value} ${reason}` : value;
}
