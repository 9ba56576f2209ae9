/** The forms of `--format` by name. */
import {
  chromeFormat,
  foldedFormat,
  htmlFormat,
  JSON_FORMAT,
  speedscopeFormat,
  textFormat,
} from '../output/formats.js';
import type { OutputFormat } from '../output/output-format.js';
import type { NameStyle } from '../output/text/look.js';
import type { TextOptions } from '../output/text/text-options.js';

/** In the order in which help names them. */
export const FORMAT_NAMES = ['text', 'json', 'chrome', 'html', 'folded', 'speedscope'] as const;

type FormatName = (typeof FORMAT_NAMES)[number];

/** What forms are made of; asked for what they need only. */
export interface FormatOptions {
  text(): Omit<TextOptions, 'notices'>;
  names(): NameStyle;
}

const FORMATS: Readonly<Record<FormatName, (options: FormatOptions) => OutputFormat>> = {
  text: (options) => textFormat(options.text()),
  json: () => JSON_FORMAT,
  chrome: (options) => chromeFormat(options.names()),
  html: (options) => htmlFormat({ names: options.names(), calls: 'one-by-one' }),
  folded: (options) => foldedFormat(options.names()),
  speedscope: (options) => speedscopeFormat(options.names()),
};

export function formatNamed(name: string, options: FormatOptions): OutputFormat {
  const known = FORMAT_NAMES.find((one) => one === name) ?? 'text';
  return FORMATS[known](options);
}
