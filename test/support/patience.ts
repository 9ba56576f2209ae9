/** Loaded before each end-to-end suite: the time that a test may take unless it says otherwise. */
jest.setTimeout(60_000);

export {};
