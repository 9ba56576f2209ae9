/** The forms of output: a new one gets a function here, and a name in cli/formats.ts. */
import { AuditSink, type AuditOptions } from './audit/audit-sink.js';
import { ChromeSink } from './chrome-sink.js';
import { HtmlSink, type PageOptions } from './html/html-sink.js';
import type { OutputFormat } from './output-format.js';
import { JsonSink } from './recording/json-sink.js';
import { foldedStacks, speedscopeStacks, StackSink } from './stacks/stack-sink.js';
import type { SummaryOptions } from './summary/summary-options.js';
import { SummarySink } from './summary/summary-sink.js';
import type { NameStyle } from './text/look.js';
import type { TextOptions } from './text/text-options.js';
import { TextSink } from './text/text-sink.js';

/** What most programs that read an output expect: every value, and nothing between. */
const FOR_PROGRAMS = { reads: 'arguments', cost: 'unstated', remarks: 'unwanted' } as const;

export type TextFormat = OutputFormat<Omit<TextOptions, 'notices'>>;

export function textFormat(options: TextFormat['options']): TextFormat {
  return {
    ...FOR_PROGRAMS,
    name: 'text',
    options,
    remarks: 'lines-of-it',
    open: (stream, notices) => new TextSink(stream, { ...options, notices }),
  };
}

export const JSON_FORMAT: OutputFormat = {
  ...FOR_PROGRAMS,
  name: 'json',
  options: {},
  open: (stream) => new JsonSink(stream),
};

export function chromeFormat(names: NameStyle): OutputFormat<NameStyle> {
  return {
    ...FOR_PROGRAMS,
    name: 'chrome',
    options: names,
    open: (stream) => new ChromeSink(stream, names),
  };
}

export function htmlFormat(options: PageOptions): OutputFormat<PageOptions> {
  return {
    ...FOR_PROGRAMS,
    name: 'html',
    options,
    reads: options.calls === 'counted' ? 'outcomes' : 'arguments',
    open: (stream) => new HtmlSink(stream, options),
  };
}

export function foldedFormat(names: NameStyle): OutputFormat<NameStyle> {
  return {
    ...FOR_PROGRAMS,
    name: 'folded',
    options: names,
    reads: 'outcomes',
    open: (stream) => new StackSink(stream, names, foldedStacks),
  };
}

export function speedscopeFormat(names: NameStyle): OutputFormat<NameStyle> {
  return {
    ...FOR_PROGRAMS,
    name: 'speedscope',
    options: names,
    reads: 'outcomes',
    open: (stream) => new StackSink(stream, names, speedscopeStacks),
  };
}

export function summaryFormat(options: SummaryOptions): OutputFormat<SummaryOptions> {
  return {
    name: 'summary',
    options,
    reads: 'outcomes',
    cost: 'stated',
    remarks: options.form === 'text' ? 'between' : 'unwanted',
    open: (stream) => new SummarySink(stream, options),
  };
}

export function auditFormat(options: AuditOptions): OutputFormat<AuditOptions> {
  return {
    ...FOR_PROGRAMS,
    name: 'audit',
    options,
    reads: 'handshakes',
    open: (stream) => new AuditSink(stream, options),
  };
}
