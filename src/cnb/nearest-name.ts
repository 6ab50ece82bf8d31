/** The name that somebody may have meant: with at most a third of the letters added, left out, changed or swapped, and no more than three. */
export function nearestName(name: string, known: readonly string[]): string | undefined {
  const most = Math.min(3, Math.max(1, Math.floor(name.length / 3)));
  for (let edits = 0; edits <= most; edits++) {
    const found = known.find((candidate) => isWithin(name.toLowerCase(), candidate.toLowerCase(), edits));
    if (found !== undefined) return found;
  }
  return undefined;
}

/** Whether so many edits of a letter, or swaps of two neighbours, make one word of the other. */
function isWithin(from: string, to: string, edits: number): boolean {
  if (from[0] === to[0]) return from === '' || isWithin(from.slice(1), to.slice(1), edits);
  if (edits === 0) return false;
  const isSwap = from[0] === to[1] && from[1] === to[0];
  return (
    isWithin(from.slice(1), to.slice(1), edits - 1) ||
    isWithin(from.slice(1), to, edits - 1) ||
    isWithin(from, to.slice(1), edits - 1) ||
    (isSwap && isWithin(from.slice(2), to.slice(2), edits - 1))
  );
}
