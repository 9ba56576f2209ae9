// Stands in for yargs/helpers in the bundle: the parser alone, without the rest of yargs that it loads.
module.exports = { Parser: require('yargs-parser') };
