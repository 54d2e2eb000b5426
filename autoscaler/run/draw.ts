import { renderFigure, type FigureSpec } from './figure.ts';
import type { RunDirectory } from './record/run-directory.ts';

/** Draws figures into a run's plots/, each as SVG and as PNG. Returns the PNGs' paths. */
export async function drawFigures(
  directory: RunDirectory,
  figures: readonly (readonly [name: string, spec: FigureSpec])[],
): Promise<string[]> {
  const paths: string[] = [];
  for (const [name, spec] of figures) {
    const { svg, png } = await renderFigure(spec);
    directory.write(`plots/${name}.svg`, svg);
    directory.write(`plots/${name}.png`, png);
    paths.push(directory.file(`plots/${name}.png`));
  }
  return paths;
}
