/** `-D`: which channels of the debug log are on. */
import { DEBUG_CHANNELS, type DebugChannel } from '../base/debug-log.js';
import { usageError } from './command-line.js';

/** A comma list of names, `all`, or an octal mask as ltrace takes it. Throws UserError ('usage'). */
export function parseDebugChannels(text: string): readonly DebugChannel[] {
  if (text === 'all') return DEBUG_CHANNELS;
  if (/^[0-7]{1,10}$/.test(text)) {
    const mask = parseInt(text, 8);
    return DEBUG_CHANNELS.filter((_, bit) => (mask & (1 << bit)) !== 0);
  }
  return text.split(',').map((name) => {
    const channel = DEBUG_CHANNELS.find((known) => known === name);
    if (channel !== undefined) return channel;
    throw usageError(
      `-D: '${name}' is none of ${DEBUG_CHANNELS.join(', ')}, all, help, or an octal mask`,
    );
  });
}

export function debugHelp(): string {
  const rows = DEBUG_CHANNELS.map(
    (name, bit) => `  ${(1 << bit).toString(8).padStart(2)}  ${name}\n`,
  );
  return `Channels of --debug, and their bits for an octal mask:\n${rows.join('')}  77  all\n`;
}
