import type { TopLevelSpec } from 'vega-lite';

/** A drawn figure in both forms. */
interface Figure {
  readonly svg: string;
  readonly png: Buffer;
}

/** A Vega-Lite specification that carries its data. */
export type FigureSpec = TopLevelSpec;

/** A part of a figure that stands beside or above others. */
export type PanelSpec = Extract<FigureSpec, { hconcat: unknown }>['hconcat'][number];

/** Installed with most Linux desktops and servers, and drawn alike everywhere, so figures do not change with the machine. */
const FONT = 'DejaVu Sans, Verdana, sans-serif';

/** Vega's 72 px an inch twice over: sharp on a dense screen. */
const PNG_DENSITY = 144;

/**
 * Draws a Vega-Lite specification without a browser; nothing is fetched.
 * Libraries are loaded with the first figure, because they take a third of a second.
 */
export async function renderFigure(spec: FigureSpec): Promise<Figure> {
  const [{ compile }, { View, parse }, { default: sharp }] = await Promise.all([
    import('vega-lite'),
    import('vega'),
    import('sharp'),
  ]);
  const compiled = compile(spec, { config: { font: FONT, background: 'white' } });
  const view = new View(parse(compiled.spec), { renderer: 'none' });
  try {
    const svg = await view.toSVG();
    const png = await sharp(Buffer.from(svg), { density: PNG_DENSITY }).png().toBuffer();
    return { svg, png };
  } finally {
    view.finalize();
  }
}
