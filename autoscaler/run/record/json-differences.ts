/** Where two values of plain data differ: 'scenario.workload.control.maxSteps is 20 here and 30 there'. Equal: none. */
export function jsonDifferences(here: unknown, there: unknown, path = ''): string[] {
  if (Object.is(here, there)) return [];
  if (isObject(here) && isObject(there)) {
    const keys = [...new Set([...Object.keys(here), ...Object.keys(there)])];
    return keys.flatMap((key) => jsonDifferences(here[key], there[key], path === '' ? key : `${path}.${key}`));
  }
  return [`${path} is ${shown(here)} here and ${shown(there)} there`];
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}

const LONGEST_SHOWN = 60;

function shown(value: unknown): string {
  const text = value === undefined ? 'nothing' : JSON.stringify(value);
  return text.length > LONGEST_SHOWN ? `${text.slice(0, LONGEST_SHOWN)}...` : text;
}
