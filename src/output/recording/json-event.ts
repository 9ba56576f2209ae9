/** An event as one line of JSON, described in docs/trace-schema.json. Hot path: runs at every call. */
import { assertNever } from '../../base/assert-never.js';
import { errnoName } from '../../base/errno-names.js';
import { signalName } from '../../base/signal-names.js';
import type {
  CallEvent,
  CallSite,
  CoverageEvent,
  Frame,
  NativeFrame,
  PlaceInFunction,
  ScriptFrame,
  SourcePosition,
  ModuleCoverage,
  ReturnEvent,
  SessionStarted,
  SignalEvent,
  SyscallEvent,
  SyscallReturn,
  ThreadStateEvent,
  TraceEvent,
} from '../../trace/event.js';
import { exact, optionalText, plainData, quote } from './json-text.js';
import { jsonUnmatched } from './unmatched-json.js';
import { jsonArguments, jsonValue, textProperty } from './json-value.js';

/** Grows when a field changes its meaning or goes away; new fields may appear without that. */
export const SCHEMA_VERSION = 2;

/** Without a newline at the end. */
export function jsonEvent(event: TraceEvent): string {
  const start = `{"kind":"${event.kind}","pid":${event.pid},"tid":${event.tid},"at":${event.at}`;
  return `${start}${properties(event)}}`;
}

function properties(event: TraceEvent): string {
  if (event.kind === 'call') return callProperties(event);
  if (event.kind === 'return') return returnProperties(event);
  if (event.kind === 'syscall') return syscallProperties(event);
  if (event.kind === 'syscall-return') return resultProperties(event);
  if (event.kind === 'call-abandoned') {
    return `,"call":${event.call.call},"why":"${event.why}","duration":${event.at - event.call.at}`;
  }
  if (event.kind === 'session-started') return sessionProperties(event);
  if (event.kind === 'signal') return signalProperties(event);
  if (event.kind === 'coverage') return coverageProperties(event);
  if (event.kind === 'thread-state') return threadStateProperties(event);
  return otherProperties(event);
}

type Other = Exclude<
  TraceEvent,
  | CallEvent
  | ReturnEvent
  | SyscallEvent
  | SyscallReturn
  | SessionStarted
  | SignalEvent
  | ThreadStateEvent
  | CoverageEvent
  | { kind: 'call-abandoned' }
>;

function otherProperties(event: Other): string {
  switch (event.kind) {
    case 'process-started':
      return `,"how":"${event.how}"${optionalNumber('parent', event.parent)},"program":${quote(event.program)}`;
    case 'thread-started':
      return `,"parent":${event.parent}`;
    case 'exec':
      return `,"program":${quote(event.program)}`;
    case 'thread-ended':
      return event.how.kind === 'exited'
        ? `,"how":{"kind":"exited","code":${event.how.code}}`
        : `,"how":{"kind":"killed",${signalNumber(event.how.signal)}}`;
    case 'exited':
      return `,"code":${event.code}`;
    case 'killed':
      return `,${signalNumber(event.signal)},"coreDumped":${flag(event.coreDumped)}`;
    case 'detached':
      return '';
    case 'module-loaded':
      return `,"module":${quote(event.module)},"path":${quote(event.path)},"bias":${event.bias},"isMainProgram":${flag(event.isMainProgram)}${optionalText('buildId', event.buildId)}`;
    case 'module-unloaded':
      return `,"module":${quote(event.module)},"path":${quote(event.path)}`;
    case 'notice':
      return `,"severity":"${event.severity}","text":${quote(event.text)}`;
    default:
      return assertNever(event);
  }
}

function callProperties(event: CallEvent): string {
  return (
    `,"call":${event.call}${optionalNumber('parent', event.parent)},"depth":${event.depth}` +
    `,"origin":"${event.origin}","route":"${event.route}","caller":${callSite(event.caller)}` +
    `,"library":${quote(event.library)},"symbol":${quote(event.symbol)}` +
    optionalText('version', event.version) +
    optionalText('demangled', event.demangled) +
    optionalText('shownAs', event.shownAs) +
    `,"inMainProgram":${flag(event.inMainProgram)}` +
    `,"args":${jsonArguments(event.args)}` +
    script(event.script) +
    (event.backtrace === undefined ? '' : `,"backtrace":[${event.backtrace.map(frame).join(',')}]`)
  );
}

function returnProperties(event: ReturnEvent): string {
  return `${resultProperties(event)}${optionalNumber('cpuTime', event.cpuTime)}`;
}

function syscallProperties(event: SyscallEvent): string {
  return (
    `,"call":${event.call}${optionalNumber('parent', event.parent)},"depth":${event.depth}` +
    `,"number":${event.number},"name":${quote(event.name)}` +
    `,"args":${jsonArguments(event.args)},"caller":${callSite(event.caller)}` +
    script(event.script)
  );
}

function resultProperties(event: ReturnEvent | SyscallReturn): string {
  const outArgs = event.outArgs.length === 0 ? '[]' : jsonArguments(event.outArgs);
  return (
    `,"call":${event.call.call},"result":${jsonValue(event.result)}` +
    `,"rawResult":${exact(event.rawResult)}${textProperty(event.result)},"outArgs":${outArgs}` +
    errnoProperties(event.errno) +
    `,"duration":${event.at - event.call.at}`
  );
}

function sessionProperties(event: SessionStarted): string {
  return (
    `,"format":"tsltrace","schema":${SCHEMA_VERSION},"version":${quote(event.version)}` +
    `,"wallStart":"${event.wallStart}","monotonicStart":"${event.monotonicStart}"` +
    `,"command":[${event.command.map(quote).join(',')}],"tracingCost":${event.tracingCost}` +
    identity(event.identity)
  );
}

function identity(of: SessionStarted['identity']): string {
  if (of === undefined) return '';
  const labels = Object.entries(of.labels).map(([key, value]) => `${quote(key)}:${quote(value)}`);
  return `,"run":${quote(of.run)},"host":${quote(of.host)},"labels":{${labels.join(',')}}`;
}

function signalProperties(event: SignalEvent): string {
  return (
    `,${signalNumber(event.signal)},"code":${event.code}` +
    optionalNumber('sender', event.sender) +
    optionalNumber('senderUser', event.senderUser) +
    // Plain numbers, under the names that they have in the event.
    optionalObject('child', event.child) +
    (event.value === undefined ? '' : `,"value":${exact(event.value)}`) +
    optionalObject('timer', event.timer) +
    optionalObject('descriptor', event.descriptor) +
    refusedSyscall(event.refusedSyscall) +
    (event.faultAddress === undefined ? '' : `,"faultAddress":${exact(event.faultAddress)}`) +
    `,"pc":${callSite(event.pc)}`
  );
}

function refusedSyscall(refused: SignalEvent['refusedSyscall']): string {
  if (refused === undefined) return '';
  const { number, architecture, at } = refused;
  return `,"refusedSyscall":{"number":${number},"architecture":${architecture},"at":${exact(at)}}`;
}

function threadStateProperties({ doing, within, backtrace }: ThreadStateEvent): string {
  const details =
    doing.kind === 'syscall'
      ? `,"number":${doing.number},"name":${quote(doing.name)},"args":${jsonArguments(doing.args)}`
      : '';
  return (
    `,"doing":{"kind":"${doing.kind}"${details}}` +
    (within === undefined ? '' : `,"within":[${within.map(quote).join(',')}]`) +
    (backtrace === undefined ? '' : `,"backtrace":[${backtrace.map(frame).join(',')}]`)
  );
}

function coverageProperties(event: CoverageEvent): string {
  return (
    `,"calls":${event.calls},"stops":${event.stops}` +
    `,"modules":[${event.modules.map(moduleCoverage).join(',')}]` +
    optionalNumber('selected', event.selected) +
    (event.left === undefined ? '' : `,"left":${plainData(event.left)}`) +
    (event.conditions === undefined ? '' : `,"conditions":${plainData(event.conditions)}`) +
    `,"unmatchedRules":[${event.unmatchedRules.map(jsonUnmatched).join(',')}]`
  );
}

function moduleCoverage(module: ModuleCoverage): string {
  const refused = module.refused.map(
    (place) => `{"symbol":${quote(place.symbol)},"reason":${quote(place.reason)}}`,
  );
  return (
    `{"module":${quote(module.module)},"path":${quote(module.path)}` +
    `${optionalText('buildId', module.buildId)},"placed":${module.placed}` +
    `,"refused":[${refused.join(',')}]${optionalText('unreadable', module.unreadable)}}`
  );
}

function callSite(site: CallSite): string {
  const place = `"module":${quote(site.module)},"offset":${exact(site.offset)}${symbol(site.symbol)}${source(site.source)}`;
  return `{"returnAddress":${exact(site.returnAddress)},${place}}`;
}

function symbol(symbol: PlaceInFunction | undefined): string {
  if (symbol === undefined) return '';
  const name = `"name":${quote(symbol.name)}${optionalText('demangled', symbol.demangled)}`;
  return `,"symbol":{${name},"offset":${symbol.offset}}`;
}

function frame(frame: Frame): string {
  return frame.language === undefined ? nativeFrame(frame) : scriptFrame(frame);
}

function script(frames: readonly ScriptFrame[] | undefined): string {
  return frames === undefined ? '' : `,"script":[${frames.map(scriptFrame).join(',')}]`;
}

function scriptFrame({ language, function: name, file, line }: ScriptFrame): string {
  return `{"language":"${language}","function":${quote(name)},"file":${quote(file)}${optionalNumber('line', line)}}`;
}

function nativeFrame(frame: NativeFrame): string {
  let out = `{"address":${frame.address},"module":${quote(frame.module)},"offset":${frame.offset}`;
  out += symbol(frame.symbol);
  if (frame.inlined !== undefined) {
    const functions = frame.inlined.map(
      ({ name, demangled, source: at }) =>
        `{"name":${quote(name)}${optionalText('demangled', demangled)}${source(at)}}`,
    );
    out += `,"inlined":[${functions.join(',')}]`;
  }
  return `${out}${source(frame.source)}}`;
}

function source(position: SourcePosition | undefined): string {
  if (position === undefined) return '';
  const { file, line, column } = position;
  return `,"source":{"file":${quote(file)},"line":${line},"column":${column}}`;
}

function signalNumber(signal: number): string {
  return `"signal":${signal},"signalName":"${signalName(signal)}"`;
}

function errnoProperties(errno: number | undefined): string {
  if (errno === undefined) return '';
  const name = errnoName(errno);
  return `,"errno":${errno}${name === undefined ? '' : `,"errnoName":"${name}"`}`;
}

function flag(value: boolean): string {
  return value ? 'true' : 'false';
}

function optionalObject(name: string, value: Readonly<Record<string, number>> | undefined): string {
  return value === undefined ? '' : `,"${name}":${JSON.stringify(value)}`;
}

function optionalNumber(name: string, value: number | undefined): string {
  return value === undefined ? '' : `,"${name}":${value}`;
}
