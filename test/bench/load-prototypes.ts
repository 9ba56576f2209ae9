/** Says how much CPU time it took, in a fresh process, to find the bundled prototypes of the functions given. */
import { prototypeFiles, BUNDLED_PROTOTYPES } from '../../src/prototype/prototype-files.js';
import { defaultPlaces, PrototypeLibrary } from '../../src/prototype/prototype-library.js';

const start = process.cpuUsage();
const fail = (what: unknown): never => {
  throw new Error(JSON.stringify(what));
};
const places = defaultPlaces(process.env, [], BUNDLED_PROTOTYPES);
const library = new PrototypeLibrary(prototypeFiles(fail), places, fail);
for (const word of process.argv.slice(2)) {
  const [symbol = '', module = ''] = word.split('@');
  if (library.lookup([module], symbol) === undefined) throw new Error(`${word} is not known`);
}
const { user, system } = process.cpuUsage(start);
process.stdout.write(`elapsed_ns ${1000 * (user + system)}\n`);
