const usual = [0.5, 0.75, 1, 1.25, 1.5, 2, 2.5, 3];

/** The speeds to choose from; one that was set elsewhere is among them. */
export function speeds(own: number) {
  const all = usual.includes(own) ? usual : [...usual, own].sort((a, b) => a - b);
  return all.map((value) => ({ id: String(value), name: `${value} ×` }));
}
