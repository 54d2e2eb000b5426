import { expect, test } from 'vitest';
import { StartGate } from '../../../../local/gateway/replica/start-gate.ts';

const never = new AbortController().signal;

test('two at a time, then in the order of arrival, each place given back once', async () => {
  const gate = new StartGate(2);
  const leaveA = await gate.enter(never);
  const leaveB = await gate.enter(never);
  const entered: string[] = [];
  const enter = async (name: string) => {
    const leave = await gate.enter(never);
    entered.push(name);
    return leave;
  };
  const c = enter('c');
  const d = enter('d');
  const e = enter('e');
  await Promise.resolve();
  expect(entered).toEqual([]);
  leaveA?.();
  leaveA?.();
  await c;
  await Promise.resolve();
  expect(entered).toEqual(['c']);
  leaveB?.();
  (await c)?.();
  await Promise.all([d, e]);
  expect(entered).toEqual(['c', 'd', 'e']);
});

test('who gives up gets no place and takes none', async () => {
  const gate = new StartGate(1);
  const leave = await gate.enter(never);
  const impatient = new AbortController();
  const first = gate.enter(impatient.signal);
  const second = gate.enter(never);
  impatient.abort();
  expect(await first).toBeNull();
  leave?.();
  expect(await second).toBeTypeOf('function');
  expect(await gate.enter(impatient.signal)).toBeNull();
});
