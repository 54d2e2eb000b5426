import type { FigureSpec } from '#autoscaler/run/figure.ts';

/** What a figure is made of, without its data and looks: titles, panels, marks, axes, texts. One line each. */
export function structureOf(spec: FigureSpec): string {
  return `${describe(spec, 0).join('\n')}\n`;
}

type Node = Readonly<Record<string, unknown>>;

function describe(value: unknown, depth: number): string[] {
  const node = value as Node;
  const indent = '  '.repeat(depth);
  const title = titleOf(node['title']);
  const lines = title === '' ? [] : [`${indent}${title}`];
  if (node['mark'] !== undefined) lines.push(`${indent}${markOf(node)}`);
  for (const key of ['concat', 'vconcat', 'hconcat', 'layer']) {
    for (const part of (node[key] ?? []) as readonly unknown[]) lines.push(...describe(part, depth + 1));
  }
  return lines;
}

function titleOf(title: unknown): string {
  if (title === undefined) return '';
  if (typeof title === 'string') return title;
  const { text, subtitle } = title as { text: string; subtitle?: string | readonly string[] };
  return [text, ...(subtitle === undefined ? [] : [subtitle].flat())].join(' | ');
}

function markOf(node: Node): string {
  const mark = node['mark'] as { type: string; shape?: string; interpolate?: string };
  const encoding = (node['encoding'] ?? {}) as Readonly<Record<string, Node>>;
  const channels = Object.entries(encoding).map(([channel, { field, datum, title, scale }]) => {
    const kind = (scale as { type?: string } | null | undefined)?.type;
    const words = [field ?? datum, typeof title === 'string' ? `"${title}"` : '', kind ?? ''];
    return `${channel}: ${words.filter((word) => word !== '').join(' ')}`;
  });
  const looks = [mark.type, mark.shape, mark.interpolate].filter((look) => look !== undefined);
  return `${looks.join(' ')} (${channels.join(', ')})`;
}
