// Puts the script and the style of HTML reports into two files beside the code that writes them.
const path = require('node:path');
const esbuild = require('esbuild');

const root = path.join(__dirname, '..');
const to = path.join(root, 'dist', 'src', 'output', 'html');

/** The page is in every report: its size is watched. */
const MOST_BYTES = 64 * 1024;

async function bundle(from, file, more) {
  const { outputFiles } = await esbuild.build({
    entryPoints: [path.join(root, 'src', 'page', from)],
    outfile: path.join(to, file),
    bundle: true,
    minify: true,
    charset: 'ascii',
    target: 'es2022',
    logLevel: 'warning',
    write: false,
    ...more,
  });
  const [{ text }] = outputFiles;
  // Whatever a string of ours says, it must not end the element that it stands in.
  if (/<\/(?:script|style)|<!--/i.test(text)) throw new Error(`bundle-page: ${file} ends itself`);
  if (text.length > MOST_BYTES) throw new Error(`bundle-page: ${file} has ${text.length} bytes`);
  require('node:fs').writeFileSync(path.join(to, file), text);
}

Promise.all([
  bundle('main.ts', 'page.js', { format: 'iife', platform: 'browser' }),
  bundle('page.css', 'page.css', {}),
]).catch((error) => {
  // esbuild has said its own mistakes already.
  if (error.errors === undefined) console.error(error.message);
  process.exitCode = 1;
});
