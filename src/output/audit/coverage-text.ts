/** The part of an audit's report that says what was looked at: no finding means something only there. */
import type { AuditReport } from '../../audit/report/report.js';
import { escapeName } from '../text/escape.js';
import { wrapped } from './wrap.js';

const MOST_LINES = 12;

export function coverageText({ programs, coverage }: AuditReport, width: number): string {
  const { libraries, unreadable, refused, notes } = coverage;
  return [
    ...limited(
      programs.map(({ path, pid, end }) =>
        wrapped(
          '  ',
          `${escapeName(path)}, process ${pid}, ${end === '' ? 'still running' : end}`,
          width,
          4,
        ),
      ),
      'programs',
    ),
    ...libraries.map(({ module, buildId, placed, calls }) => {
      const build = buildId === '' ? '' : `, build ${buildId.slice(0, 12)}`;
      const used = calls === 0 ? 'loaded, never called' : `${calls} calls`;
      return wrapped('  ', escapeName(`${module}${build}: ${placed} places, ${used}`), width, 4);
    }),
    ...unreadable.map(({ path, reason }) =>
      wrapped('  not read: ', `${escapeName(path)}: ${escapeName(reason)}`, width, 4),
    ),
    ...limited(
      refused.map(({ module, symbol, reason }) =>
        wrapped('  not seen: ', escapeName(`${symbol} of ${module}: ${reason}`), width, 4),
      ),
      'places',
    ),
    ...notes.map((note) => wrapped('  not looked at: ', note, width, 4)),
  ].join('');
}

function limited(lines: readonly string[], what: string): readonly string[] {
  const rest = lines.length - MOST_LINES;
  return rest > 0 ? [...lines.slice(0, MOST_LINES), `  and ${rest} ${what} more\n`] : lines;
}
