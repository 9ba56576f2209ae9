// Stands in for Node's assert in the bundle: elfy uses nothing else of it, and what it throws is caught.
module.exports = {
  equal(actual, expected) {
    if (actual !== expected) throw new Error(`${actual} is not ${expected}`);
  },
};
