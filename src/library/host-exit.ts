/** Lets the tracees go when the host exits in the middle of a trace. */

const leaving = new Set<() => void>();

/**
 * @param leave called when this process or thread exits; must not need the event loop
 * @returns takes it back
 */
export function leaveBeforeExit(leave: () => void): () => void {
  if (leaving.size === 0) process.on('exit', leaveAll);
  leaving.add(leave);
  return () => {
    leaving.delete(leave);
    if (leaving.size === 0) process.off('exit', leaveAll);
  };
}

function leaveAll(): void {
  for (const leave of leaving) leave();
}
