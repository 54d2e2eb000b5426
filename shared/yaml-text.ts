import { parseDocument } from 'yaml';

/**
 * The value of one YAML document; null when it is empty. Duplicate keys, unknown tags and aliases that would blow up are
 * refused like any other mistake.
 * @throws Error whose message is one line that names the mistake and its place.
 */
export function parseYaml(text: string): unknown {
  const document = parseDocument(text);
  const mistake = document.errors[0] ?? document.warnings[0];
  // The parser's message goes on with a drawing of the place; its first line already has line and column.
  if (mistake !== undefined) throw new Error(firstLine(mistake.message), { cause: mistake });
  return document.toJS() as unknown;
}

function firstLine(message: string): string {
  return (message.split('\n')[0] ?? message).replace(/:$/, '');
}
