// What is rewritten in compiled files on their way into the bundle. Each throws where it does not find what it expects.

/** @param what text or regular expression that must be there exactly once */
function replaceOnce(text, what, make) {
  const count = text.split(what).length - 1;
  if (count !== 1) throw new Error(`bundle: '${what}' was found ${count} times, not once`);
  return text.replace(what, () => make());
}

/** Files that the program looks for beside its own keep their place: __dirname is that of the file bundled. */
function keepFolder(text, folder) {
  let count = 0;
  const kept = text.replace(/\b__dirname\b/g, () => {
    count++;
    return `(__dist + ${JSON.stringify(`/${folder}`)})`;
  });
  return { text: kept, count };
}

/** A file of ours is asked for, neither for its effects alone nor as a whole (`import * as abi`). */
const IMPORTS = /^(?!require\("|const \w+ = __importStar\().*\brequire\("\./;

function complain(text, file, what, isUnknown) {
  const line = text.split('\n').find(isUnknown);
  if (line !== undefined) throw new Error(`bundle: ${file}: ${what} of an unknown form: ${line}`);
}

/**
 * A module is run when something of it is used for the first time: a trace uses a third of them. TypeScript writes
 * imports as `const name_js_1 = require("./name.js")` and each use as `name_js_1.something`; an import for its effects
 * alone has no name and stays where it is.
 */
function importLate(text, file) {
  const names = [];
  const late = text.replace(
    /^const (\w+_\d+) = ((?:\w+\()?require\("[^"]+"\)\)?);$/gm,
    (_, name, value) => {
      names.push(name);
      return `let ${name}_; const ${name} = () => (${name}_ ??= ${value});`;
    },
  );
  complain(late, file, 'an import', (line) => IMPORTS.test(line) && !line.startsWith('let '));
  if (names.length === 0) return { text: late, count: 0 };
  const used = names.join('|');
  const rewritten = late
    .replace(new RegExp(`\\bnew (${used})\\.(\\w+)`, 'g'), 'new ($1().$2)')
    .replace(new RegExp(`\\b(${used})\\.`, 'g'), '$1().');
  const inOldForm = new RegExp(`\\b(?:${used})\\b(?!\\(\\))`);
  const withoutNames = (line) => line.replace(/^let \w+; const \w+ = /, '');
  complain(rewritten, file, 'a use', (line) => inOldForm.test(withoutNames(line)));
  return { text: rewritten, count: names.length };
}

module.exports = { importLate, keepFolder, replaceOnce };
