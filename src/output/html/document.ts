/** One HTML file with data, style and script inside, and nothing from elsewhere. */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { asciiJson } from '../../base/ascii-json.js';
import type { RunIdentity } from '../../trace/event.js';
import { escapeName } from '../text/escape.js';
import type { PageData } from './page-data.js';

/** Beside the compiled code of this file; scripts/bundle-page.js puts them there. */
const SCRIPT_FILE = path.join(__dirname, 'page.js');
const STYLE_FILE = path.join(__dirname, 'page.css');

/** What the header says of the machine and the run. */
export function identityFacts(identity: RunIdentity | undefined): PageData['facts'] {
  if (identity === undefined) return [];
  return [
    ['host', escapeName(identity.host)],
    ...Object.entries(identity.labels).map(
      ([key, value]) => [escapeName(key), escapeName(value)] as const,
    ),
  ];
}

export function htmlDocument(data: PageData): string {
  const script = readFileSync(SCRIPT_FILE, 'utf8');
  const style = readFileSync(STYLE_FILE, 'utf8');
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policyFor(script, style)}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<meta name="color-scheme" content="light dark">
<title>${elementText(data.title)} – tsltrace</title>
<style>${style}</style>
</head>
<body>
<noscript><p>This report needs JavaScript to be shown. It loads nothing from elsewhere.</p></noscript>
<script type="application/json" id="data">${jsonInScript(data)}</script>
<script>${script}</script>
</body>
</html>
`;
}

/** Nothing may be loaded, sent or run but what stands here: by the digests of both. */
function policyFor(script: string, style: string): string {
  return [
    "default-src 'none'",
    `script-src '${digestOf(script)}'`,
    `style-src '${digestOf(style)}'`,
    "base-uri 'none'",
    "form-action 'none'",
  ].join('; ');
}

function digestOf(text: string): string {
  return `sha256-${createHash('sha256').update(text).digest('base64')}`;
}

/** A script element ends at `</script`, and changes its reading at `<!--`: no `<` stands in the data. */
function jsonInScript(data: PageData): string {
  return asciiJson(data, 0).replaceAll('<', '\\u003c');
}

function elementText(text: string): string {
  return text.replace(/[<>&"']/g, (character) => `&#${character.charCodeAt(0)};`);
}
