// Where a moment of the derivative comes from in the original, and the way back. Times are seconds.

export interface Passage {
  readonly derivativeStart: number;
  readonly derivativeEnd: number;
  readonly originalStart: number;
  readonly originalEnd: number;
}

/** Reads rows of [derivative start, derivative end, original start, original end] in milliseconds. */
export function readPassages(text: string): Passage[] {
  const rows = JSON.parse(text) as unknown;
  if (!Array.isArray(rows)) return [];
  return rows.map((row: unknown) => {
    const numbers = Array.isArray(row) ? row.map((value) => Number(value) / 1000) : [];
    const [derivativeStart = 0, derivativeEnd = 0, originalStart = 0, originalEnd = 0] = numbers;
    return { derivativeStart, derivativeEnd, originalStart, originalEnd };
  });
}

export function passageAt(passages: readonly Passage[], derivative: number): number {
  return passages.findIndex((p) => derivative >= p.derivativeStart && derivative < p.derivativeEnd);
}

export function toOriginal(passages: readonly Passage[], derivative: number): number {
  const passage = passages[passageAt(passages, derivative)];
  if (!passage) return derivative;
  const part = (derivative - passage.derivativeStart) / (passage.derivativeEnd - passage.derivativeStart);
  return passage.originalStart + part * (passage.originalEnd - passage.originalStart);
}

/** A passage may be heard more than once in the derivative: the one nearest to `near` is meant. */
export function toDerivative(passages: readonly Passage[], original: number, near: number): number {
  let best: number | undefined;
  for (const p of passages) {
    const length = p.originalEnd - p.originalStart;
    const inside = original >= p.originalStart && original < p.originalEnd && length > 0;
    if (!inside) continue;
    const part = (original - p.originalStart) / length;
    const moment = p.derivativeStart + part * (p.derivativeEnd - p.derivativeStart);
    if (best === undefined || Math.abs(moment - near) < Math.abs(best - near)) best = moment;
  }
  if (best !== undefined) return best;
  // cut from the derivative: the next passage that stayed
  const later = passages.filter((p) => p.originalStart >= original).sort((a, b) => a.originalStart - b.originalStart);
  return later[0]?.derivativeStart ?? near;
}
